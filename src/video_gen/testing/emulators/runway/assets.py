"""Media inputs: data URIs, links, and uploads (docs.dev.runwayml.com, assets/inputs and assets/uploads, 2026-11-21)."""

import base64
import binascii
import io
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from PIL import Image, UnidentifiedImageError

from video_gen.exceptions import VideoProcessingError
from video_gen.media.probe import probe
from video_gen.testing.emulators.runway.forms import Issue

DATA_URI_MAX: Final = 5_000_000
UPLOAD_MAX: Final = 200_000_000
URL_MAX: Final = 2048
_WIDEST: Final = 2.0
_VIDEO_SECONDS: Final = 30.0
_FIELDS: Final = {
    "promptImage": "image",
    "references": "image",
    "keyframes": "image",
    "promptVideo": "video",
    "videoUri": "video",
    "referenceVideos": "video",
    "referenceAudio": "audio",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A media input that could be read; without a size where only Runway could fetch it."""

    field: str
    kind: str
    width: int = 0
    height: int = 0
    seconds: float = 0.0


@dataclass
class Upload:
    """A place to upload to, and what came."""

    filename: str
    data: bytes | None = None


@dataclass
class Assets:
    """The uploads of an account, and what its bodies point at."""

    uploads: dict[str, Upload] = field(default_factory=dict)

    def read(self, body: Mapping[str, Any]) -> tuple[list[Asset], list[Issue]]:
        """Return the media inputs of a body that has the right form, and what is wrong with them."""
        found: list[Asset] = []
        wrong: list[Issue] = []
        for path, uri in _uris(body):
            try:
                asset = self._asset(str(path[0]), uri)
            except ValueError as error:
                wrong.append({"code": "custom", "path": path, "message": str(error)})
                continue
            found.append(asset)
            wrong += _out_of_limits(asset, path)
        return found, wrong

    def _asset(self, name: str, uri: str) -> Asset:
        """Return what a URI points at.

        Raises:
            ValueError: nothing that can be used; says why.
        """
        kind = _FIELDS[name]
        scheme, _, rest = uri.partition(":")
        if scheme == "data":
            return _measured(name, kind, _of_data_uri(kind, rest, len(uri)))
        if scheme == "runway":
            upload = self.uploads.get(uri)
            if upload is None or upload.data is None:
                raise ValueError("Upload not found. It may have expired, or nothing was uploaded.")
            return _measured(name, kind, upload.data)
        _check_link(uri)
        return Asset(name, kind)


def _uris(body: Mapping[str, Any]) -> Iterator[tuple[list[str | int], str]]:
    for name in _FIELDS.keys() & body.keys():
        value = body[name]
        if isinstance(value, str):
            yield [name], value
        elif isinstance(value, list):
            items = cast("list[dict[str, Any]]", value)
            for index, item in enumerate(items):
                yield [name, index, "uri"], item["uri"]


def _of_data_uri(kind: str, rest: str, length: int) -> bytes:
    head, comma, data = rest.partition(",")
    if not comma or not head.startswith(f"{kind}/") or not head.endswith(";base64"):
        raise ValueError(f"Invalid data URI. Expected a base64-encoded {kind}.")
    if length > DATA_URI_MAX:
        raise ValueError("Data URI is too large. Data URIs may be up to 5MB; upload larger assets instead.")
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        raise ValueError("Invalid data URI. The base64 content could not be decoded.") from None


def _check_link(uri: str) -> None:
    parts = urlsplit(uri)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("Invalid asset URL. Only HTTPS URLs, Runway upload URIs and data URIs are supported.")
    if len(uri) > URL_MAX:
        raise ValueError(f"Asset URLs may be at most {URL_MAX} characters long.")
    try:
        ip_address(parts.hostname)
    except ValueError:
        return
    raise ValueError("Asset URLs must use a domain name, not an IP address.")


def _measured(name: str, kind: str, data: bytes) -> Asset:
    if kind == "audio":
        return Asset(name, kind)
    try:
        if kind == "image":
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as picture:
                picture.load()
                return Asset(name, kind, *picture.size)
        with tempfile.TemporaryDirectory() as room:
            path = Path(room) / "asset"
            path.write_bytes(data)
            info = probe(path)
    except (UnidentifiedImageError, OSError, SyntaxError, VideoProcessingError):
        raise ValueError(f"Invalid asset. It could not be read as {'an' if kind == 'image' else 'a'} {kind}.") from None
    return Asset(name, kind, info.width, info.height, info.seconds)


def _out_of_limits(asset: Asset, path: list[str | int]) -> list[Issue]:
    if asset.kind == "image" and asset.height:
        ratio = asset.width / asset.height
        if not 1 / _WIDEST <= ratio <= _WIDEST:
            said = "at most 2" if ratio > 1 else "at least 0.5"
            message = f"Invalid asset aspect ratio. width / height ratio must be {said}. Got {ratio:.2f}."
            return [{"code": "custom", "path": path, "message": message}]
    if asset.kind == "video" and asset.seconds > _VIDEO_SECONDS:
        message = f"Asset duration must be at most {_VIDEO_SECONDS:g} seconds"
        more = {"origin": "number", "maximum": _VIDEO_SECONDS, "inclusive": True}
        return [{"code": "too_big", "path": path, "message": message, **more}]
    return []
