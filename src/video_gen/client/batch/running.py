"""Makes the rows of a batch, a few at a time. One that fails leaves the others alone."""

from collections.abc import Callable

from video_gen.client.batch.identity import key_of
from video_gen.client.batch.lanes import each
from video_gen.client.batch.plan import BatchItem, BatchPlan, most
from video_gen.client.batch.results import BatchResult, BatchRow, row_of, row_of_bad, row_of_error
from video_gen.client.following import Follower
from video_gen.exceptions import JobStateError, VideoGenerationError
from video_gen.spec import AttemptState, Job, Plan

OnRow = Callable[[BatchRow], None]
OnProgress = Callable[[BatchItem, Job], None]


async def make(
    client: Follower,
    batch: BatchPlan,
    *,
    at_once: int,
    bounded: bool,
    on_row: OnRow,
    on_progress: OnProgress | None,
) -> BatchResult:
    """Make every row that is not made yet; return how all of them ended.

    Args:
        client: Makes them.
        batch: What to make.
        at_once: How many are under way at once.
        bounded: The whole has a ceiling, so that no row may cost more than was counted for it.
        on_row: Told of each row when it has ended.
        on_progress: Told of each row's job whenever it looks different.
    """

    async def made(item: BatchItem) -> BatchRow:
        row = await _made(client, item, bounded=bounded, on_progress=on_progress)
        on_row(row)
        return row

    left_out = [row_of_bad(row) for row in batch.bad]
    for row in left_out:
        on_row(row)
    rows = [*left_out, *await each(batch.items, made, at_once=at_once)]
    return BatchResult(rows=tuple(sorted(rows, key=lambda row: row.line)))


async def _made(client: Follower, item: BatchItem, *, bounded: bool, on_progress: OnProgress | None) -> BatchRow:
    before = item.spent
    try:
        job = await _job(client, item, bounded=bounded)
        if job.id in {take.id for take in item.takes if take.status.terminal}:
            before -= job.cost  # counted with the job itself
        place = {"out": job.out or item.out, "overwrite": job.overwrite or item.overwrite}  # a server's job has none
        job = await client.follow(
            job.model_copy(update=place), None if on_progress is None else lambda news: on_progress(item, news)
        )
    except VideoGenerationError as error:
        return row_of_error(item.line, error, model=item.plan.model, before=before)
    return row_of(item.line, job, before=before)


async def _job(client: Follower, item: BatchItem, *, bounded: bool) -> Job:
    """Return the job that makes a row: the one there is, as long as it can still lead somewhere, else its next take."""
    last = item.takes[-1] if item.takes else None
    if last is not None:
        if not last.status.terminal or item.made or item.refused or await _may_be_paid(client, last):
            return last
        try:
            return await client.jobs.resume(last.id)  # what its provider made already is fetched, and not paid again
        except JobStateError:
            pass
    plan = _bounded(item.plan) if bounded else item.plan
    key = key_of(item.identity, item.number, len(item.takes))
    return await client.submit(plan, out=item.out, overwrite=item.overwrite, idempotency_key=key)


async def _may_be_paid(client: Follower, job: Job) -> bool:
    return any(attempt.state is AttemptState.UNKNOWN for attempt in await client.jobs.attempts(job.id))


def _bounded(plan: Plan) -> Plan:
    """Return a plan that may cost no more than was counted for it, whichever models of its chain are tried."""
    ceiling = most(plan)
    if plan.request.max_cost is not None or ceiling is None:
        return plan
    request = plan.request.model_copy(update={"max_cost": ceiling})
    others = tuple(other.model_copy(update={"request": request}) for other in plan.alternatives)
    return plan.model_copy(update={"request": request, "alternatives": others})
