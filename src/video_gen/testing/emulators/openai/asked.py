"""What a request asks for, read from JSON or a form, and refused in OpenAI's words where it does not fit.

Fields and their values: openai-openapi f85dbe2 (2026-08-21) and the video guide, which allows 16 and 20 seconds and
1080p besides. The words of refusals follow OpenAI's other APIs; no page has those of this one.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from video_gen.exceptions import MediaInputError
from video_gen.media.sniff import HEAD_BYTES, sniff
from video_gen.media.still import still_size
from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.form import parts_of

SMALL: Final = ("720x1280", "1280x720")
LARGE: Final = (*SMALL, "1024x1792", "1792x1024", "1080x1920", "1920x1080")
MODELS: Final[dict[str, tuple[str, ...]]] = {
    "sora-2": SMALL,
    "sora-2-2025-10-06": SMALL,
    "sora-2-2025-12-08": SMALL,
    "sora-2-pro": LARGE,
    "sora-2-pro-2025-10-06": LARGE,
}
SECONDS: Final = ("4", "8", "12", "16", "20")
PROMPT_MAX: Final = 32_000
IMAGE_URL_MAX: Final = 20 << 20
CREATE: Final = ("prompt", "model", "seconds", "size", "input_reference")
_PICTURES: Final = ("image/jpeg", "image/png", "image/webp")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file part of a form."""

    filename: str
    data: bytes

    @property
    def media_type(self) -> str:
        """By its bytes."""
        return sniff(self.data[:HEAD_BYTES]).media_type


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's fields; a form's are texts and uploads, each name with all its values."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    uploads: Mapping[str, tuple[Upload, ...]] = field(default_factory=dict)
    is_form: bool = False

    @property
    def shown(self) -> dict[str, Any]:
        """The fields and the names of files, as one body."""
        return {**self.fields, **{name: [each.filename for each in files] for name, files in self.uploads.items()}}

    def text(self, name: str) -> str | None:
        """Return a field as text; a number counts as its digits."""
        value = self.fields.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise invalid(name, f"Invalid type for '{name}': expected a string.", "invalid_type")
        return str(value)

    def upload(self, name: str) -> Upload | None:
        """Return the one file of a name."""
        files = self.uploads.get(name, ())
        if len(files) > 1:
            raise invalid(name, f"Duplicate parameter: '{name}'.", "duplicate_parameter")
        return files[0] if files else None


def invalid(param: str | None, message: str, code: str = "invalid_value", status: int = 400) -> RefusedError:
    """Return the refusal of a parameter."""
    return RefusedError(status, code, message, type="invalid_request_error", param=param)


async def read(request: web.Request) -> Asked:
    """Read a body, JSON or a form."""
    if request.content_type == "multipart/form-data":
        return await _form(request)
    if request.content_type != "application/json":
        raise invalid(None, f"Unsupported content type: '{request.content_type}'.", "unsupported_content_type")
    try:
        body = json.loads(await request.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise invalid(None, "We could not parse the JSON body of your request.", "invalid_json")
    return Asked(body)


async def _form(request: web.Request) -> Asked:
    fields: dict[str, Any] = {}
    uploads: dict[str, tuple[Upload, ...]] = {}
    try:
        parts = await parts_of(request)
    except ValueError:
        raise invalid(None, "We could not parse the multipart form of your request.", "invalid_form") from None
    for part in parts:
        name = part.name.removesuffix("[]")
        if part.filename:
            uploads[name] = (*uploads.get(name, ()), Upload(part.filename, part.data))
        elif name:
            fields[name] = part.data.decode(errors="replace")
    return Asked(fields, uploads, is_form=True)


def only(asked: Asked, names: tuple[str, ...]) -> None:
    """Refuse fields that are unknown."""
    unknown = sorted((asked.fields.keys() | asked.uploads.keys()) - set(names))
    if unknown:
        raise invalid(unknown[0], f"Unknown parameter: '{unknown[0]}'.", "unknown_parameter")


def prompt_of(asked: Asked) -> str:
    """Return the prompt."""
    prompt = asked.text("prompt")
    if not prompt:
        raise invalid("prompt", "Missing required parameter: 'prompt'.", "missing_required_parameter")
    if len(prompt) > PROMPT_MAX:
        message = f"Invalid 'prompt': string too long. Expected a string with maximum length {PROMPT_MAX}."
        raise invalid("prompt", message, "string_above_max_length")
    return prompt


def one_of(asked: Asked, name: str, allowed: tuple[str, ...], default: str) -> str:
    """Return a field that takes one of some values."""
    value = asked.text(name)
    if value is None:
        return default
    if value not in allowed:
        listed = ", ".join(f"'{each}'" for each in allowed)
        raise invalid(name, f"Invalid value: '{value}'. Supported values are: {listed}.")
    return value


def reference_of(asked: Asked, files: Mapping[str, Upload]) -> Upload | None:
    """Return the picture handed in: a part of the form, a data URL, or a file sent before."""
    sent = asked.upload("input_reference")
    if sent is not None:
        return sent
    value = asked.fields.get("input_reference")
    if value is None:
        return None
    if isinstance(value, str) and asked.is_form:
        value = _parsed(value)
    if not isinstance(value, dict) or ("image_url" in value) == ("file_id" in value):
        raise invalid("input_reference", "Provide exactly one of 'image_url' or 'file_id'.")
    if "file_id" in value:
        known = files.get(str(value["file_id"]))
        if known is None:
            raise invalid("input_reference.file_id", f"No such file: '{value['file_id']}'.")
        return known
    return Upload("image", _downloaded(str(value["image_url"])))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _downloaded(url: str) -> bytes:
    head, _, data = url.partition(",")
    if len(url) > IMAGE_URL_MAX or not head.startswith("data:image/") or not head.endswith(";base64"):
        raise invalid("input_reference.image_url", "The image could not be downloaded from 'image_url'.")
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        raise invalid("input_reference.image_url", "The image data is not valid base64.") from None


def check_picture(picture: Upload, size: str | None) -> None:
    """Refuse what is no picture, or, where a size is given, not of that very size."""
    if picture.media_type not in _PICTURES:
        listed = ", ".join(f"'{each}'" for each in _PICTURES)
        message = f"Invalid file 'input_reference': unsupported mimetype ('{picture.media_type}'). Supported: {listed}."
        raise invalid("input_reference", message, "unsupported_file_mimetype")
    try:
        width, height = still_size(picture.data, label="input_reference")
    except MediaInputError:
        raise invalid("input_reference", "The image could not be decoded.", "invalid_image_file") from None
    if size is not None and f"{width}x{height}" != size:
        raise invalid("input_reference", "Inpaint image must match the requested width and height", "invalid_value")
