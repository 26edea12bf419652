"""`/api/v1/usage`: what was spent, and what is left of the day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from video_gen.engine.ceilings import Standing
from video_gen.engine.spending import Spending
from video_gen.server.access import Reads
from video_gen.server.dialects.native.shown import dollars
from video_gen.spec.money import MICRO

router = APIRouter(prefix="/api/v1/usage", tags=["usage"])


class UsageRow(BaseModel):
    """What belongs together."""

    name: str = Field(description="The UTC day, or the model.", examples=["2026-11-25"])
    attempts: int = Field(description="Submits.", examples=[3])
    spent_usd: float = Field(description="US dollars spent.", examples=[0.4])
    held_usd: float = Field(description="US dollars held for what has not ended, or whose outcome nobody knows.")


class Today(BaseModel):
    """Where this UTC day stands."""

    jobs: int = Field(description="Tasks made.", examples=[3])
    promised_usd: float = Field(description="US dollars that count today: spent, held, and planned for what waits.")
    jobs_left: int | None = Field(description="How many more may be made; null: without a limit.")
    left_usd: float | None = Field(description="US dollars that may still be promised; null: without a limit.")


class Usage(BaseModel):
    """What was spent, in US dollars."""

    attempts: int = Field(description="Submits, in all.", examples=[3])
    spent_usd: float = Field(description="US dollars spent, in all.", examples=[0.4])
    held_usd: float = Field(description="US dollars held, in all.", examples=[0.0])
    days: list[UsageRow] = Field(description="By UTC day, in order.")
    models: list[UsageRow] = Field(description="By model, the dearest first.")
    today: Today = Field(description="Where this UTC day stands.")


@router.get("", summary="Look at usage")
async def usage(
    gateway: Reads,
    since: Annotated[date | None, Query(description="The first UTC day that counts.")] = None,
) -> Usage:
    """Tell what was spent, by day and by model, and what is left of today."""
    start = datetime.combine(since or date.min, time.min, UTC)
    days, models = await gateway.spending(start, "day"), await gateway.spending(start, "model")
    return Usage(
        attempts=sum(each.attempts for each in days),
        spent_usd=sum(each.spent for each in days) / MICRO,
        held_usd=sum(each.held for each in days) / MICRO,
        days=_rows(days),
        models=_rows(models),
        today=_today(await gateway.standing()),
    )


def _rows(found: Sequence[Spending]) -> list[UsageRow]:
    return [
        UsageRow(name=each.name, attempts=each.attempts, spent_usd=each.spent / MICRO, held_usd=each.held / MICRO)
        for each in found
    ]


def _today(standing: Standing) -> Today:
    return Today(
        jobs=standing.jobs,
        promised_usd=(standing.spent + standing.held + standing.planned) / MICRO,
        jobs_left=standing.jobs_left,
        left_usd=dollars(standing.left),
    )
