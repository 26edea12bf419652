"""Write docs/reference/settings.md from video_gen.config and the providers of the catalog."""

from _generate import publish, table

from video_gen.catalog import load_catalog
from video_gen.config import Config

HEAD = """\
# Settings

<!-- Written by tools/settings_table.py from src/video_gen/config; `make docs` writes it again. -->

Settings are read from the environment and from a file `.env` in the working directory; the environment wins.
`video-gen config` shows which are in force and where each comes from. It names keys and never shows them.
"""


def settings() -> str:
    """Return the table of variables that set something for every provider."""
    rows = []
    for info in Config.model_fields.values():
        if isinstance(info.validation_alias, str):
            default = "" if info.default_factory or info.default is None else f"`{info.default}`"
            rows.append([f"`{info.validation_alias}`", info.description or "", default])
    return table(["variable", "meaning", "default"], rows)


def keys() -> str:
    """Return the table of what each provider reads; of several variables the first that is set counts."""
    rows = []
    for provider in sorted(load_catalog().providers.values(), key=lambda each: each.id):
        others = {**provider.settings_env, **({"base URL": provider.base_url_env} if provider.base_url_env else {})}
        if provider.key_env or others:
            named = "; ".join(f"{name}: {code(names)}" for name, names in others.items())
            rows.append([f"`{provider.id}`", provider.title, code(provider.key_env), named])
    return table(["provider", "title", "key", "other settings"], rows) if rows else "None needs a key.\n"


def code(names: tuple[str, ...]) -> str:
    """Return variable names as code."""
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    publish("settings.md", f"{HEAD}\n{settings()}\n\n## Keys and addresses of providers\n\n{keys()}\n")
