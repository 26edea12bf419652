"""`/files/...`: what signed links lead to. No key is asked for; the link is the permission."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import FileResponse, Response

from video_gen.server.files import Found
from video_gen.server.links import FOLDER
from video_gen.server.services import services_of

router = APIRouter(tags=["files"])


@router.api_route(
    f"{FOLDER}/{{of}}/{{seal}}/{{name}}", methods=["GET", "HEAD"], response_class=Response, summary="Get a file"
)
async def file(
    request: Request, of: str, seal: str, name: str, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Send the file that a link leads to, whole or the range that is asked for."""
    services = services_of(request)
    left = services.links.check(of, seal, name)
    return sent(await services.files.find(of, name), if_none_match, seconds=left)


def sent(found: Found, if_none_match: str | None, *, seconds: float) -> Response:
    """Return the answer that sends a file, which its receiver may keep for so many seconds."""
    tag = f'"{found.tag}"'
    headers = {"ETag": tag, "Cache-Control": f"private, max-age={int(seconds)}", "X-Content-Type-Options": "nosniff"}
    if if_none_match is not None and _matches(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return _OneRange(found.path, media_type=found.media_type, headers=headers, filename=found.name)


class _OneRange(FileResponse):
    """Sends the whole file to those who ask for several ranges at once (RFC 9110, 14.2 allows it)."""

    max_ranges = 1


def _matches(condition: str, tag: str) -> bool:
    return condition.strip() == "*" or tag in {each.strip().removeprefix("W/") for each in condition.split(",")}
