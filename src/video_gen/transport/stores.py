"""Where a finished video is to be had: at its URL, or in the caller's own bucket that a provider has written to."""

import re
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from video_gen.exceptions import ApiRequestError
from video_gen.spec import Output
from video_gen.transport.address import joined
from video_gen.transport.caller import Caller, Outgoing
from video_gen.transport.endpoint import setting
from video_gen.transport.machine import Machine

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_WANTED: Final = {"Accept": "video/*, application/octet-stream, */*;q=0.5", "Accept-Encoding": "identity"}
_GOOGLE: Final = "https://storage.googleapis.com"


def located(output: Output, caller: Caller, machine: Machine) -> tuple[Caller, Outgoing]:
    """Return the request that fetches a video, and who makes it.

    Raises:
        ApiRequestError: it is in a bucket that this provider's credentials do not open.
        ConfigurationError: a setting, a credential or a library is missing.
    """
    scheme, _, rest = output.url.partition("://")
    if scheme == "s3":
        caller, url = _in_s3(rest, output, caller, machine)
    elif scheme == "gs":
        caller, url = _in_gcs(rest, output, caller)
    else:
        return caller, Outgoing(url=joined(caller.base, output.url), headers=_WANTED, signed=output.authorized)
    return caller, Outgoing(url=url, headers=_WANTED, signed=True)


def _in_s3(place: str, output: Output, caller: Caller, machine: Machine) -> tuple[Caller, str]:
    """A bucket has a host of its own (virtual-hosted), except where an endpoint is set or its name holds a dot."""
    bucket, key = _split(place, output, caller, "sigv4")
    provider = caller.provider
    region = setting(provider, "region")
    base = provider.settings.get("s3_endpoint", "").rstrip("/")
    if not base:
        domain = f"s3.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
        base = f"https://{domain}" if "." in bucket else f"https://{bucket}.{domain}"
    path = quote(key, safe="/~")
    url = f"{base}/{path}" if base.startswith(f"https://{bucket}.") else f"{base}/{bucket}/{path}"
    return _at(base, caller, signer=machine.aws(provider, "s3")), url


def _in_gcs(place: str, output: Output, caller: Caller) -> tuple[Caller, str]:
    bucket, key = _split(place, output, caller, "google")
    base = caller.provider.settings.get("gcs_endpoint", "").rstrip("/") or _GOOGLE
    return _at(base, caller), f"{base}/storage/v1/b/{quote(bucket, safe='')}/o/{quote(key, safe='')}?alt=media"


def _split(place: str, output: Output, caller: Caller, signing: str) -> tuple[str, str]:
    """Only a provider that is signed for with the bucket's kind of credentials may name a bucket."""
    bucket, _, key = place.partition("/")
    if caller.provider.signing != signing or not _BUCKET.fullmatch(bucket) or not key:
        raise ApiRequestError(
            f"`{caller.provider.id}` put the video at `{output.url[:200]}`, where its credentials do not reach",
            provider=caller.provider.id,
        )
    return bucket, key


def _at(base: str, caller: Caller, **changes: object) -> Caller:
    """Return the caller at another service of the same owner."""
    provider = caller.provider.model_copy(update={"headers": {}})
    return replace(caller, base=base, provider=provider, **changes)  # type: ignore[arg-type]
