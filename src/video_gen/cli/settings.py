"""`video-gen config`: the settings in force and where each comes from."""

from video_gen.cli.output import JsonOption, print_json, say, table


def config(as_json: JsonOption = False) -> None:
    """Show every setting, its value and where it comes from. Keys are named, never shown."""
    from video_gen.catalog import load_catalog
    from video_gen.config import Config, origin, variables

    settings = Config.from_environment()
    rows = [(name, str(getattr(settings, field) or ""), origin(name)) for name, field in variables().items()]
    keys = [
        (provider.id, provider.key_env, next((name for name in provider.key_env if name in settings.environment), None))
        for provider in load_catalog().providers.values()
        if provider.key_env
    ]
    if as_json:
        print_json(
            {
                "settings": {name: {"value": value, "origin": source} for name, value, source in rows},
                "keys": {provider: {"variables": names, "set": found} for provider, names, found in keys},
            }
        )
        return
    table(("setting", "value", "from"), rows)
    say()
    table(("provider", "key", "variables"), [(id_, found or "not set", ", ".join(names)) for id_, names, found in keys])
