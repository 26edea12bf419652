"""`/files/...`: what signed links lead to. No key is asked for; the link is the permission."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from video_gen.exceptions import InvalidRequestError
from video_gen.server.links import FOLDER
from video_gen.server.sending import sent
from video_gen.server.services import services_of
from video_gen.server.uploads import FOLDER as UPLOADS

router = APIRouter(tags=["files"])
_PATH: Final = f"{FOLDER}/{{of}}/{{seal}}/{{name}}"
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The file.", "content": {"video/mp4": {}, "image/*": {}}},
    206: {"description": "The part that `Range` asks for."},
    307: {"description": "The object store that holds it sends it (VIDEO_GEN_PRESIGNED_LINKS)."},
    304: {"description": "The caller has it already."},
    "4XX": {"description": "The link was changed (403), has expired or leads to nothing any more (410)."},
}
_REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"description": "The link was changed (403), has expired (410), or the file is too large (413)."}
}


@router.put(f"{FOLDER}/{UPLOADS}/{{seal}}/{{name}}", status_code=204, responses=_REFUSED, summary="Upload a file")
async def upload(request: Request, seal: str, name: str) -> Response:
    """Take a file in at the link that was given for it; the link is the permission. It is kept for a day."""
    services = services_of(request)
    services.links.check(UPLOADS, seal, name)
    await services.uploads.store(name, await request.body())
    return Response(status_code=204)


@router.post(f"{FOLDER}/{UPLOADS}/{{seal}}/{{name}}", status_code=204, include_in_schema=False)
async def upload_form(request: Request, seal: str, name: str) -> Response:
    """Take a file in as the part `file` of a form."""
    services = services_of(request)
    services.links.check(UPLOADS, seal, name)
    async with request.form(max_files=1, max_fields=50) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidRequestError("`file` is missing in the form: send the file as the part `file`")
        await services.uploads.store(name, await file.read())
    return Response(status_code=204)


@router.get(_PATH, response_class=Response, responses=_ANSWERS, summary="Get a file")
@router.head(_PATH, response_class=Response, include_in_schema=False)
async def file(
    request: Request,
    of: str,
    seal: str,
    name: str,
    download: Annotated[str | None, Query(description="Say it, and a browser saves the file.")] = None,
) -> Response:
    """Send the file that a link leads to, whole or in part. The link is the permission: no key is needed."""
    services = services_of(request)
    left = services.links.check(of, seal, name)
    found = await services.files.find(of, name)
    if services.client.config.presigned_links and (url := await asyncio.to_thread(found.link, left)):
        return RedirectResponse(url, status_code=307)
    return sent(request, found, seconds=left, to_save=download is not None)
