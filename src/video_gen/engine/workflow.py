"""A job's life, from top to bottom.

    plan -> reserve -> for each candidate: record intent -> submit -> await -> collect -> verify -> settle

Six rules hold at every line, also when the process is killed there:

1. Intent before money. An attempt, its idempotency key and what is held for it are stored before the submit is sent.
2. An unknown outcome is a state, not a guess. A run that finds an intent without an answer asks the provider.
3. A timeout is not a verdict. Trouble with asking never fails a job that the provider may still finish.
4. Done means verified. A video is checked, hashed and on the disk under its name before the job is completed.
5. Every amount is settled once.
6. A decision is explained, by an event that a person can read.

The rows are the only memory: each step reads what is still to do from them, so a job goes on where it stood, however
often it is delivered. Whoever wants to hear of the end watches the events.
"""

import logging
from collections.abc import Sequence

from video_gen.engine import lifecycle
from video_gen.engine.cancelling import CANCELLED, GIVEN_UP, stop
from video_gen.engine.delivery import collect, deliver
from video_gen.engine.faults import facts, facts_of, words_of
from video_gen.engine.ledger import check_ceiling
from video_gen.engine.lifecycle import Step
from video_gen.engine.ports import Ports
from video_gen.engine.record import DisplacedError
from video_gen.engine.rows import Note
from video_gen.engine.run import Run
from video_gen.engine.signal import Signal
from video_gen.engine.submission import reconcile
from video_gen.engine.turn import send_in_turn
from video_gen.engine.waiting import wait
from video_gen.exceptions import (
    DeadlineExceededError,
    JobCancelledError,
    SpendLimitError,
    StorageError,
    VideoGenerationError,
)
from video_gen.spec import ErrorFacts, Plan

_log = logging.getLogger(__name__)


async def advance(job_id: str, ports: Ports, signal: Signal) -> None:
    """Carry a job from where its rows say it stands to its end.

    Raises:
        StorageError: the store or the disk refused; the job goes on with the next delivery.
        Exception: trouble on our side while the provider may be at work; likewise.
    """
    run = await Run.claim(job_id, ports, signal)
    if run is None:
        return
    try:
        await _to_its_end(run)
    except DisplacedError:
        _log.info("job %s: a newer run has taken over", job_id)
    finally:
        ports.board.forget(job_id)


async def _to_its_end(run: Run) -> None:
    try:
        try:
            await _live(run)
        except JobCancelledError:
            await stop(run, CANCELLED)
        except DeadlineExceededError:
            await stop(run, GIVEN_UP)
    except (DisplacedError, StorageError):
        raise
    except Exception as error:
        if run.in_flight:
            note = Note("job.troubled", f"Trouble on our side, the job goes on soon: {words_of(error)}")
            await run.record(note)
            raise
        await _fail(run, _facts(error, run.job.id))


async def _live(run: Run) -> None:
    while run.step is not Step.END:
        run.signal.check()
        if run.step is Step.INTEND:
            run.check()
            plan = _reachable(run, await _affordable(run, run.next_candidates()))
            if plan is None:
                return await _fail(run, _last_error(run))
            if not await send_in_turn(run, plan):
                continue
        if run.step is Step.RECONCILE:
            await reconcile(run)
        if run.step is Step.AWAIT:
            await wait(run)
        if run.step is Step.COLLECT:
            videos = await collect(run)
            if videos:
                await deliver(run, videos)
    return None


async def _affordable(run: Run, candidates: Sequence[Plan]) -> Sequence[Plan]:
    """Return the candidates that the job's ceiling and those of the day allow.

    Raises:
        SpendLimitError: there are candidates, and all of them are too expensive.
    """
    allowed: list[Plan] = []
    refused: SpendLimitError | None = None
    for plan in candidates:
        try:
            run.check_day(plan)
            check_ceiling(plan, run.attempts)
        except SpendLimitError as error:
            refused = refused or error
            if not allowed:
                await run.record(Note("routing.excluded", f"{plan.model} is passed over: {error.message}"))
        else:
            allowed.append(plan)
    if refused is not None and not allowed:
        raise refused
    return allowed


def _reachable(run: Run, candidates: Sequence[Plan]) -> Plan | None:
    """Return the first candidate whose provider is not known to be down, or else the first."""
    up = (plan for plan in candidates if not run.ports.breaker.down(plan.provider, plan.model))
    return next(up, None) or next(iter(candidates), None)


async def _fail(run: Run, error: ErrorFacts) -> None:
    job = lifecycle.failed(run.job, error, run.ports.now())
    await run.record(Note("job.failed", error.message, {"code": error.code}), job=job)


def _last_error(run: Run) -> ErrorFacts:
    ended = run.attempts[-1].error if run.attempts else None
    return ended or facts("video_generation_error", f"no candidate is left to try for job `{run.job.id}`")


def _facts(error: Exception, job_id: str) -> ErrorFacts:
    if isinstance(error, VideoGenerationError):
        return facts_of(error)
    _log.error("job %s: unexpected error", job_id, exc_info=error)
    return facts("video_generation_error", words_of(error))
