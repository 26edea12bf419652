"""Reads the pictures and videos that requests carry as base64."""

import base64
import binascii
from typing import Any, Final

from video_gen.media.sniff import sniff
from video_gen.testing.emulators.google.errors import invalid

PICTURES: Final = frozenset({"image/jpeg", "image/png"})
LARGEST: Final = 20 << 20
"""Bytes of one picture."""


def decoded(data: Any, name: str) -> bytes:
    """Return the bytes of a base64 text.

    Raises:
        RefusedError: it is none.
    """
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise invalid(f"Invalid value at '{name}' (TYPE_BYTES), Base64 decoding failed.") from None


def check_picture(data: bytes, media_type: Any, allowed: frozenset[str]) -> None:
    """Refuse what is no picture of a kind that is taken.

    Raises:
        RefusedError: it is none, or too large.
    """
    if media_type not in allowed:
        raise invalid(f"Unsupported mime type {media_type!r} for an image.")
    if len(data) > LARGEST:
        raise invalid(f"Image size exceeds the limit of {LARGEST >> 20} MB.")
    if not sniff(data).media_type.startswith("image/"):
        raise invalid("Unable to process input image. Please retry with a valid image.")


def check_video(data: bytes, media_type: Any) -> None:
    """Refuse what is no video.

    Raises:
        RefusedError: it is none.
    """
    if not isinstance(media_type, str) or not media_type.startswith("video/"):
        raise invalid(f"Unsupported mime type {media_type!r} for a video.")
    if not sniff(data).media_type.startswith("video/"):
        raise invalid("Unable to process input video. Please retry with a valid video.")
