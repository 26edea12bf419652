"""Answers that send a file: whole or in part, or not at all to who has it already (RFC 9110, 13 and 14)."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from video_gen.server.faults import RangeError
from video_gen.server.files import Found
from video_gen.server.ranges import part_of


def sent(request: Request, found: Found, *, seconds: float, to_save: bool = False) -> Response:
    """Return the answer that sends a file.

    Args:
        request: Asks for it; its conditions and its range count.
        found: The file.
        seconds: How long its receiver may keep it.
        to_save: A browser saves it instead of showing it.

    Raises:
        RangeError: the part that is asked for is behind the end.
    """
    tag = f'"{found.tag}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"private, max-age={int(seconds)}",
        "X-Content-Type-Options": "nosniff",
    }
    if _has_it(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    headers["Accept-Ranges"] = "bytes"
    headers["Content-Disposition"] = _disposition(found.name, "attachment" if to_save else "inline")
    return _whole_or_part(request, found, _part(request, found, tag), headers)


def _has_it(condition: str | None, tag: str) -> bool:
    if condition is None:
        return False
    return condition.strip() == "*" or tag in {each.strip().removeprefix("W/") for each in condition.split(",")}


def _disposition(name: str, how: str) -> str:
    plain = quote(name)
    return f'{how}; filename="{name}"' if plain == name else f"{how}; filename*=utf-8''{plain}"


def _part(request: Request, found: Found, tag: str) -> slice | None:
    if request.headers.get("if-range") not in {None, tag}:
        return None  # a part of something else that the caller has
    try:
        return part_of(request.headers.get("range"), found.size)
    except RangeError:
        request.state.headers = {"Content-Range": f"bytes */{found.size}"}
        raise


def _whole_or_part(request: Request, found: Found, part: slice | None, headers: dict[str, str]) -> Response:
    start, stop = (0, found.size) if part is None else (part.start, part.stop)
    headers["Content-Length"] = str(stop - start)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{found.size}"
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, media_type=found.media_type, headers=headers)
    pieces = found.read(start, stop - start)
    return StreamingResponse(pieces, status_code=status, media_type=found.media_type, headers=headers)
