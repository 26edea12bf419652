"""What was spent, what is left, and what waits."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from fastapi import APIRouter

from video_gen.engine.ceilings import Standing
from video_gen.engine.ledger import Balance
from video_gen.engine.spending import Grouping, Spending
from video_gen.server.access import Reads

router = APIRouter()


@router.get("/balance")
async def balance(gateway: Reads, job_id: str | None = None) -> Balance:
    """Tell what is held and spent."""
    return await gateway.balance(job_id)


@router.get("/spending")
async def spending(gateway: Reads, since: datetime, by: Grouping = "day") -> Sequence[Spending]:
    """Tell what was spent from a moment on."""
    return await gateway.spending(since if since.tzinfo else since.replace(tzinfo=UTC), by)


@router.get("/standing")
async def standing(gateway: Reads) -> Standing:
    """Tell where the caller stands today."""
    return await gateway.standing()


@router.get("/line")
async def ahead(gateway: Reads) -> Mapping[str, int]:
    """Tell about how many jobs start before each that waits."""
    return await gateway.ahead()
