"""Where a call goes: the Gemini API knows versions, Google Cloud projects and locations too.

Paths as google-genai 3.4.0 builds them, read 2026-11-21.
"""

import re
from typing import Final

from video_gen.exceptions import ConfigurationError
from video_gen.spec import Context

GEMINI_HOST: Final = "https://generativelanguage.googleapis.com"
_FILE: Final = re.compile(r"(/v\w+/files/[\w-]+)(?::download)?")


def on_cloud(context: Context) -> bool:
    """Whether the provider is Google Cloud, not the Gemini API."""
    return context.provider.settings.get("surface") == "vertex"


def version(context: Context) -> str:
    """Return "/v1beta"."""
    return f"/{context.provider.settings.get('api_version', 'v1')}"


def parent(context: Context) -> str:
    """Return the path that calls begin with: "/v1beta", or "/v1/projects/P/locations/L".

    Raises:
        ConfigurationError: a project is needed and none is set, or the location has no host of its own.
    """
    if not on_cloud(context):
        return version(context)
    provider, settings = context.provider, context.provider.settings
    project, location = settings.get("project", ""), settings.get("location", "us-central1")
    if not project:
        variables = " or ".join(provider.settings_env.get("project", ("its project",)))
        raise ConfigurationError(f"`{provider.id}` needs a Google Cloud project: set {variables}", provider=provider.id)
    if location == "global" and "{location}" in provider.base_url:
        variables = " or ".join(provider.settings_env.get("location", ("its location",)))
        raise ConfigurationError(
            f"`{provider.id}` runs in regions, and `global` is none: set {variables} to one like us-central1",
            provider=provider.id,
        )
    return f"{version(context)}/projects/{project}/locations/{location}"


def bucket(context: Context) -> str | None:
    """Return the folder of the caller's bucket that this attempt's videos go to; its key names it, for people.

    Raises:
        ConfigurationError: what is set is no place in Cloud Storage.
    """
    uri = context.provider.settings.get("storage_uri", "") if on_cloud(context) else ""
    if uri and not uri.startswith("gs://"):
        raise ConfigurationError(f"`{uri}` is no place in Cloud Storage: {_set_bucket(context)}")
    return f"{uri.rstrip('/')}/{context.idempotency_key}/" if uri else None


def check_delivery(context: Context) -> None:
    """Refuse, before it is paid, what would not fit into an answer: without a bucket, the videos are in there.

    Raises:
        ConfigurationError: a bucket is needed and none is set.
    """
    settings = context.plan.settings
    large = "4k videos" if settings.resolution == "4k" else "several videos at once" if settings.count > 1 else ""
    if large and on_cloud(context) and bucket(context) is None:
        raise ConfigurationError(
            f"`{context.provider.id}` delivers {large} into a bucket of yours only: {_set_bucket(context)}",
            provider=context.provider.id,
        )


def _set_bucket(context: Context) -> str:
    variables = " or ".join(context.provider.settings_env.get("storage_uri", ("storage_uri",)))
    return f"set {variables} to a place like gs://my-bucket/videos"


def labels(context: Context) -> dict[str, str]:
    """Return the labels of a request: they reach the bill, where a person can look a lost submit up by its key.

    Only Google Cloud is known to take them.
    """
    return {"video-gen-key": context.idempotency_key} if on_cloud(context) else {}


def own(url: str) -> str:
    """Return a URL of the Gemini API as a path, so that it is fetched where the calls are sent, and with the key.

    >>> own("https://generativelanguage.googleapis.com/v1beta/files/a1")
    '/v1beta/files/a1:download?alt=media'
    """
    path = url.removeprefix(GEMINI_HOST)
    if path == url or not path.startswith("/"):
        return url
    file = _FILE.fullmatch(path)
    return f"{file[1]}:download?alt=media" if file else path
