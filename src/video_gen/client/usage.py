"""`client.usage()`: what was spent and made, added up."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from video_gen.client.installation import JobSource
from video_gen.engine.ceilings import Standing
from video_gen.engine.spending import Spending
from video_gen.spec import Value, usd


class Usage(Value):
    """What was spent and made by the installation, or by the key that asks a server; amounts are micro-USD."""

    spent: int
    held: int
    """Reserved for what has not ended, or whose outcome nobody knows."""
    attempts: int
    """Submits that were intended."""
    by_day: tuple[Spending, ...]
    """By UTC day, in order; a row's `name` is the day as "2026-11-25"."""
    by_model: tuple[Spending, ...]
    """By model, the dearest first."""
    today: Standing
    """Where this UTC day stands: jobs made, money promised, and what its ceilings leave."""

    def __str__(self) -> str:
        """Return it in a sentence."""
        held = f", {usd(self.held)} held" if self.held else ""
        return f"{usd(self.spent)} spent{held}, {self.attempts} submit{'' if self.attempts == 1 else 's'}"


async def usage_of(jobs: JobSource, since: date | None) -> Usage:
    """Add up what was spent from a UTC day on; None: ever."""
    start = datetime.combine(since or date.min, time.min, UTC)
    by_day = tuple(await jobs.spending(start, "day"))
    by_model = tuple(await jobs.spending(start, "model"))
    return Usage(
        spent=_sum(by_day, "spent"),
        held=_sum(by_day, "held"),
        attempts=_sum(by_day, "attempts"),
        by_day=by_day,
        by_model=by_model,
        today=await jobs.standing(None),
    )


def _sum(rows: Sequence[Spending], what: str) -> int:
    return sum(getattr(row, what) for row in rows)
