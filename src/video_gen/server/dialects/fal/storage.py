"""fal's storage: files handed in ahead of a request, kept for a day.

At fal these are other hosts (rest.fal.ai, v3.fal.media), which its client holds as constants.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from video_gen.server.access import Generates
from video_gen.server.services import services_of

router = APIRouter()


class FileBody(BaseModel):
    """A file that will be sent."""

    file_name: str = Field(default="", max_length=255, description="Of no effect.")
    content_type: str = Field(default="", max_length=255, description="Of no effect: its content says it.")


@router.post("/storage/auth/token", summary="Get a token for uploads")
async def token(request: Request, gateway: Generates) -> dict[str, Any]:
    """Give a token to send files with."""
    sessions = services_of(request).sessions
    expires = datetime.now(UTC) + timedelta(seconds=sessions.seconds)
    return {
        "token": sessions.begin(gateway.caller.id),
        "token_type": "Bearer",
        "base_url": f"{gateway.base_url}/fal",
        "expires_at": expires.isoformat(),
    }


@router.post("/storage/upload/initiate", summary="Begin an upload")
async def initiate(gateway: Generates, body: FileBody) -> dict[str, str]:  # noqa: ARG001 - the name is of no effect
    """Say where to send a file, and by which link requests may name it."""
    link = gateway.upload_url(gateway.new_upload())
    return {"upload_url": link, "file_url": link}


@router.post("/files/upload", summary="Upload a file")
async def upload(request: Request, gateway: Generates) -> dict[str, str]:
    """Take a file in as the body."""
    return {"access_url": gateway.upload_url(await gateway.keep_upload(await request.body()))}
