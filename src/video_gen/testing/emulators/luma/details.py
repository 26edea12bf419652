"""What both services say alike: errors as FastAPI words them, links that end, the size of a film."""

import hashlib
import hmac
import json
from typing import Any, Final

from aiohttp import web

from video_gen.testing.emulators.emulator import RefusedError

Detail = dict[str, Any]
_SHORT: Final = {"360p": 360, "540p": 540, "720p": 720, "1080p": 1080, "4k": 2160}


def wrong(kind: str, message: str, *path: str | int) -> Detail:
    """Return one entry of a validation error."""
    return {"type": kind, "loc": ["body", *path], "msg": message}


def one_of(value: Any, choices: tuple[str, ...], *path: str | int) -> list[Detail]:
    """Return what is wrong with a value that must be one of `choices`."""
    if value in choices:
        return []
    *others, last = (f"'{each}'" for each in choices)
    listed = f"{', '.join(others)} or {last}" if others else last
    return [wrong("literal_error", f"Input should be {listed}", *path)]


def unknown(body: dict[str, Any], known: set[str], *path: str) -> list[Detail]:
    """Return what is wrong with fields that nobody knows."""
    return [
        wrong("extra_forbidden", "Extra inputs are not permitted", *path, name) for name in body if name not in known
    ]


def invalid(details: list[Detail]) -> RefusedError:
    """Return the refusal of a body."""
    return RefusedError(422, "", "", details=details)


def error_body(refused: RefusedError) -> Any:
    """Return an error as both services shape it."""
    return {"detail": refused.more.get("details", refused.message)}


async def json_of(request: web.Request) -> dict[str, Any]:
    """Return a body that is a JSON object."""
    try:
        body = await request.json()
    except json.JSONDecodeError:
        raise invalid([wrong("json_invalid", "JSON decode error")]) from None
    if not isinstance(body, dict):
        raise invalid([wrong("dict_type", "Input should be a valid dictionary")])
    return body


def size_of(aspect: str | None, resolution: str | None) -> tuple[int, int]:
    """Return the size of a film in pixels."""
    wide, _, high = (aspect or "16:9").partition(":")
    shape, short = int(wide) / int(high), _SHORT.get(resolution or "720p", 720)
    long = round(short * max(shape, 1 / shape) / 2) * 2
    return (long, short) if shape >= 1 else (short, long)


def signature(secret: bytes, name: str, until: str) -> str:
    """Return what proves a link."""
    return hmac.new(secret, f"{name}:{until}".encode(), hashlib.sha256).hexdigest()


def denied() -> web.Response:
    """Return what storage says to a link that is forged or has ended."""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>'
    )
    return web.Response(status=403, text=text, content_type="application/xml")
