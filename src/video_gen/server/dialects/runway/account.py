"""`/v1/uploads` and `/v1/organization`."""

from typing import Any, Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from video_gen.server.access import Generates, Reads
from video_gen.server.dialects.runway.shown import CREDIT

router = APIRouter()

_UNLIMITED: Final = 1_000_000_000
"""Credits that are said to be left where no ceiling is set: the wire has no word for "without a limit"."""


class UploadBody(BaseModel):
    """A file that will be sent."""

    filename: str = Field(min_length=3, max_length=255)
    type: Literal["ephemeral"]


@router.post("/uploads", summary="Begin an upload")
async def upload(gateway: Generates, body: UploadBody) -> dict[str, Any]:  # noqa: ARG001 - the name is of no effect
    """Say where to send a file, and by which address tasks may name it for a day."""
    name = gateway.new_upload()
    return {"uploadUrl": gateway.upload_url(name), "fields": {"key": name}, "runwayUri": f"runway://{name}"}


@router.get("/organization", summary="Look at what is left")
async def organization(gateway: Reads) -> dict[str, Any]:
    """Tell what may still be spent today (UTC), and what was made."""
    used = await gateway.usage()
    left, ceiling = used.today.left, used.today.max_cost
    return {
        "creditBalance": _UNLIMITED if left is None else max(0, left) // CREDIT,
        "tier": {"maxMonthlyCreditSpend": _UNLIMITED if ceiling is None else ceiling * 30 // CREDIT, "models": {}},
        "usage": {"models": {each.name: {"dailyGenerations": each.attempts} for each in used.models}},
    }
