"""Ending a job early, by its caller's wish or its deadline: stop what can be stopped, settle honestly what cannot."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from video_gen.engine import ledger, lifecycle
from video_gen.engine.faults import facts_of, words_of
from video_gen.engine.lifecycle import Step
from video_gen.engine.rows import Note
from video_gen.engine.run import Run
from video_gen.engine.submission import adopt, give_up, look_up, settling
from video_gen.exceptions import (
    DeadlineExceededError,
    JobCancelledError,
    ServiceUnavailableError,
    VideoGenerationError,
)
from video_gen.spec import Attempt, ErrorFacts, Guarantee, Job, Operation, usd

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """Why a job ends early, and what becomes of it."""

    error: type[VideoGenerationError]
    words: Callable[[Job], str]
    event: str
    close: Callable[[Job, ErrorFacts, datetime], Job]


CANCELLED: Final = Ending(
    error=JobCancelledError, words=lambda _: "was cancelled", event="job.cancelled", close=lifecycle.cancelled
)
GIVEN_UP: Final = Ending(
    error=DeadlineExceededError,
    words=lambda job: f"was not finished within {job.request.give_up_after:g} s and was given up",
    event="job.given_up",
    close=lifecycle.failed,
)


async def stop(run: Run, ending: Ending) -> None:
    """Stop the job, whatever it is doing."""
    if run.step is Step.RECONCILE:
        await _look_it_up(run)
    match run.step:
        case Step.AWAIT:
            await _stop(run, ending)
        case Step.COLLECT:
            assert run.attempt.outcome is not None
            cost = run.attempt.outcome.cost
            cost = run.attempt.reserved if cost is None else cost
            await _end(run, ending, cost, "the provider had finished it")
        case Step.INTEND:
            await _end_without_attempt(run, ending)
        case Step.RECONCILE | Step.END:
            raise AssertionError("looked up above, or nothing to cancel")


async def _look_it_up(run: Run) -> None:
    """Find out whether the provider has it, without sending anything that could make it begin."""
    if run.protocol.guarantee is Guarantee.NONE:
        return await give_up(run, "it offers no way to look a submit up")
    try:
        operation = await _found(run)
    except Exception as error:  # noqa: BLE001 (whatever it is, the question stays open)
        return await give_up(run, f"looking it up failed: {words_of(error)}")
    if operation is not None:
        return await adopt(run, operation)
    never = ServiceUnavailableError(f"`{run.provider.id}` never received the job", provider=run.provider.id)
    attempt = lifecycle.rejected(run.attempt, facts_of(never), run.ports.now())
    await run.end_attempt(attempt, Note("attempt.not_found", f"{run.provider.title} has no such job."))
    return None


async def _found(run: Run) -> Operation | None:
    while True:
        operation = await look_up(run)
        left = settling(run)
        if operation is not None or left <= 0:
            return operation
        await run.ports.sleep(left)


async def _stop(run: Run, ending: Ending) -> None:
    if await _stopped(run):
        return await _end(run, ending, 0, "the provider stopped it")
    why = "the provider could not be stopped and may charge for it"
    way_out = f"; `video-gen jobs resume {run.job.id}` fetches what it makes" if run.attempt.reserved else ""
    return await _end(run, ending, run.attempt.reserved, why + way_out)


async def _stopped(run: Run) -> bool:
    operation = run.attempt.operation
    assert operation is not None
    policy = run.ports.policy
    for tries in range(1, policy.cancel_tries + 1):
        try:
            return await run.drive(run.protocol.cancel(operation, run.context))
        except VideoGenerationError as error:
            _log.warning("job %s: cancelling failed: %s", run.job.id, error)
        except Exception:  # noqa: BLE001 (a fault of ours: asking again would not help)
            _log.exception("job %s: cancelling failed", run.job.id)
            return False
        if tries < policy.cancel_tries:
            await run.ports.sleep(policy.retry_after(tries, None))
    return False


async def _end(run: Run, ending: Ending, cost: int, why: str) -> None:
    at = run.ports.now()
    error = _error(run, ending, f"{why}; cost {usd(cost)}")
    attempt: Attempt = lifecycle.attempt_cancelled(run.attempt, error, cost, at)
    words = f"The job {ending.words(run.job)}: {why}. Cost: {usd(attempt.cost or 0)}."
    note = Note(ending.event, words, {"cost": attempt.cost})
    job = ending.close(run.job, error, at)
    await run.record(note, job=job, attempt=attempt, entries=[ledger.settle(attempt, at)])


async def _end_without_attempt(run: Run, ending: Ending) -> None:
    held = ledger.committed(run.attempts) - sum(attempt.cost or 0 for attempt in run.attempts)
    why = f"{usd(held)} stay held for a submit of unknown outcome" if held else "nothing was under way"
    job = ending.close(run.job, _error(run, ending, why), run.ports.now())
    await run.record(Note(ending.event, f"The job {ending.words(run.job)}: {why}."), job=job)


def _error(run: Run, ending: Ending, why: str) -> ErrorFacts:
    return facts_of(ending.error(f"job `{run.job.id}` {ending.words(run.job)}: {why}"))
