"""`/files`: pictures and videos handed in ahead of a prediction. Each is kept for a day; its name is not."""

import asyncio
import hashlib
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from video_gen.exceptions import InvalidRequestError
from video_gen.server.access import Generates, Reads
from video_gen.server.gateway import Gateway
from video_gen.server.uploads import LIFE

router = APIRouter(prefix="/files")

_CONTENT: Final = {"type": "object", "required": ["content"], "properties": {"content": {"format": "binary"}}}
_FORM: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _CONTENT}}}
}


class File(BaseModel):
    """A file that was handed in."""

    id: str
    name: str = Field(description="As it was handed in; later on its id.")
    content_type: str
    size: int = Field(description="Bytes.")
    etag: str
    checksums: dict[str, str]
    metadata: dict[str, Any] = Field(default_factory=dict, description="Not kept: always empty.")
    created_at: str
    expires_at: str
    urls: dict[str, str] = Field(description="`get`: the file itself; predictions may name it.")


@router.post("", status_code=201, summary="Hand a file in", openapi_extra=_FORM)
async def create(gateway: Generates, request: Request) -> File:
    """Take a file in as the part `content` of a form."""
    async with request.form(max_files=1, max_fields=10) as form:
        content = form.get("content")
        if not isinstance(content, UploadFile):
            raise InvalidRequestError("`content` is missing in the form: send the file as the part `content`")
        upload_id = await gateway.keep_upload(await content.read())
        shown = await _shown(gateway, upload_id)
        given = {"name": content.filename or shown.name, "content_type": content.content_type or shown.content_type}
    return shown.model_copy(update=given)


@router.get("/{file_id}", summary="Look at a file")
async def file(gateway: Reads, file_id: str) -> File:
    """Tell of a file that was handed in."""
    return await _shown(gateway, file_id)


@router.delete("/{file_id}", status_code=204, summary="Forget a file")
async def delete(gateway: Generates, file_id: str) -> Response:
    """Forget a file before its day is over."""
    await gateway.discard_upload(file_id)
    return Response(status_code=204)


async def _shown(gateway: Gateway, upload_id: str) -> File:
    found, at = await gateway.upload(upload_id), await gateway.upload_kept_at(upload_id)
    data = await asyncio.to_thread(lambda: b"".join(found.read()))
    return File(
        id=upload_id,
        name=upload_id,
        content_type=found.media_type,
        size=found.size,
        etag=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        checksums={"sha256": hashlib.sha256(data).hexdigest()},
        created_at=at.isoformat(),
        expires_at=(at + LIFE).isoformat(),
        urls={"get": gateway.upload_url(upload_id)},
    )
