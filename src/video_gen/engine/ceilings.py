"""What may be spent and made in a day: of the whole installation, and of each key. A day is a UTC day.

What counts is what is promised: spent, held for attempts of that day, and planned for jobs that wait. An attempt
belongs to the day on which its price was reserved, also when it ends after midnight or nobody ever learns how.
"""

from datetime import UTC, datetime, timedelta

from video_gen.exceptions import DailyLimitError, SpendLimitError
from video_gen.spec import Plan, usd
from video_gen.spec.value import Value


class Ceilings(Value):
    """What the installation allows for a day. None: without a limit."""

    max_cost_per_day: int | None = None
    """Micro-USD."""
    max_jobs_per_day: int | None = None
    unknown_prices: bool = False
    """A plan whose price nobody knows may run under a ceiling; the part that is known counts."""


class Standing(Value):
    """Where an installation or a key stands today; amounts are micro-USD."""

    owner: str | None = None
    """A key's id; None: the whole installation."""
    name: str | None = None
    """The key's name."""
    max_cost: int | None = None
    max_jobs: int | None = None
    spent: int = 0
    held: int = 0
    """For attempts under way, and for those whose outcome nobody knows."""
    planned: int = 0
    """For jobs that wait."""
    jobs: int = 0
    at: datetime

    @property
    def left(self) -> int | None:
        """What may still be promised; None where there is no ceiling, below zero where it was lowered."""
        return None if self.max_cost is None else self.max_cost - self.spent - self.held - self.planned

    @property
    def jobs_left(self) -> int | None:
        """How many more jobs may be made."""
        return None if self.max_jobs is None else self.max_jobs - self.jobs

    @property
    def day_ends(self) -> datetime:
        """When everything counts anew."""
        return day_start(self.at) + timedelta(days=1)


def day_start(at: datetime) -> datetime:
    """Return when the UTC day of a moment began."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def check_count(standing: Standing) -> None:
    """Refuse one job more than a day allows.

    Raises:
        DailyLimitError: names the limit, what was made, and when the day ends.
    """
    if standing.jobs_left is not None and standing.jobs_left < 1:
        raise _over(standing, f"{standing.jobs} of {standing.max_jobs} jobs a day are made", "max-jobs-per-day")


def check_money(standing: Standing, plan: Plan, asked: int, *, unknown_prices: bool) -> None:
    """Refuse what could cost more than is left of a day.

    Raises:
        DailyLimitError: names the limit, what is spent, held and planned, what is asked, and when the day ends.
        SpendLimitError: nobody knows what it will cost.
    """
    if standing.left is None or standing.max_cost is None:
        return
    if plan.quote.high is None and not unknown_prices:
        raise SpendLimitError(
            f"the price of `{plan.model}` is not known, so the ceiling of {usd(standing.max_cost)} a day cannot be "
            "kept: choose a model with a known price; who runs this installation may allow it with "
            "VIDEO_GEN_ALLOW_UNKNOWN_PRICES"
        )
    if asked > standing.left:
        raise _over(
            standing,
            f"`{plan.model}` costs up to {usd(asked)}, and of {usd(standing.max_cost)} a day {usd(standing.spent)} are "
            f"spent, {usd(standing.held)} held and {usd(standing.planned)} promised to jobs that wait",
            "max-cost-per-day",
        )


def _over(standing: Standing, why: str, option: str) -> DailyLimitError:
    seconds = (standing.day_ends - standing.at).total_seconds()
    if standing.owner is None:
        whose, raised = "this installation's ceiling", f"VIDEO_GEN_{option.upper().replace('-', '_')}"
    else:
        whose, raised = (
            f"the ceiling of the key `{standing.name}`",
            f"`video-gen keys limit {standing.owner} --{option}`",
        )
    hours, minutes = divmod(round(seconds / 60), 60)
    return DailyLimitError(
        f"{whose} is reached: {why}. The day ends at 00:00 UTC, in {hours} h {minutes:02} min; until then ask for "
        f"less, or have it raised with {raised}",
        retry_after=seconds,
    )
