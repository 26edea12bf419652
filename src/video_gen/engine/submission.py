"""Sending a plan to a provider, once; and finding out what became of it when no answer was noted."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final, TypeVar, cast

from video_gen.engine import ledger, lifecycle
from video_gen.engine.faults import facts, facts_of, words_of
from video_gen.engine.policy import refuses_request
from video_gen.engine.rows import Note
from video_gen.engine.run import Run
from video_gen.engine.signal import unbroken
from video_gen.exceptions import (
    ApiRequestError,
    ConfigurationError,
    InvalidRequestError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
    VideoGenerationError,
)
from video_gen.spec import Call, Flow, Guarantee, Operation, Phase, Reply, usd
from video_gen.spec.answers import dated

T = TypeVar("T")

CLOCKS: Final = 240.0
"""Seconds by which a provider's clock and ours may differ; protocols that look for a job by its time allow for 300."""
_log = logging.getLogger(__name__)


async def submit(run: Run) -> None:
    """Send the plan. What came of it is stored before anything else happens, also when the run is being stopped.

    Afterwards the attempt is submitted, rejected, or still an intent: its answer was lost.
    """
    await unbroken(_submit(run))


async def _submit(run: Run) -> None:
    run.sends += 1
    heard = _Heard()
    try:
        operation = await run.drive(_noting(run.protocol.submit(run.context), heard, run.ports.may_submit))
    except _OutOfTouchError as error:
        await _rejected(run, error)
    except Exception as error:  # noqa: BLE001 (whatever it is, the provider may have the job)
        if not isinstance(error, VideoGenerationError):
            _log.exception("job %s: the submit broke off", run.job.id)
        if not heard.calls or _never_accepted(error):
            await _rejected(run, error)
        else:
            await _unanswered(run, error)
    else:
        await _accepted(run, operation, "attempt.submitted", "accepted it")


class _OutOfTouchError(VideoGenerationError):
    """This process was silent for so long that another one may have its jobs: nothing was sent."""

    retryable = True


@dataclass(frozen=True, slots=True)
class _Heard:
    """What went over the wire."""

    calls: list[Call] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)


def _noting(flow: Flow[T], heard: _Heard, may_submit: Callable[[], bool]) -> Flow[T]:
    """Run a flow as it is, and note its calls and their replies: one that made no call has sent nothing.

    Raises:
        _OutOfTouchError: it came to a call that costs money, and that must not be sent now.
    """
    step: Callable[[], Call] = partial(next, flow)
    while True:
        try:
            call = step()
        except StopIteration as end:
            return cast("T", end.value)
        if call.buys and not may_submit():
            raise _OutOfTouchError
        heard.calls.append(call)
        try:
            reply = yield call
        except Exception as error:  # noqa: BLE001 (it is for the flow to judge)
            step = partial(flow.throw, error)
        else:
            heard.replies.append(reply)
            step = partial(flow.send, reply)


def _never_accepted(error: Exception) -> bool:
    """Whether the provider certainly does not have the job.

    An error of another kind proves nothing: it may have come up after the call had arrived.
    """
    refusal = isinstance(error, ApiRequestError | InvalidRequestError | ConfigurationError)
    return refusal and not isinstance(error, SubmissionUnknownError)


async def reconcile(run: Run) -> None:
    """Learn what became of a submit whose answer nobody noted: adopt it, send it again, or leave it to a person."""
    match run.protocol.guarantee:
        case Guarantee.IDEMPOTENT:
            await _send_again(run)
        case Guarantee.FINDABLE:
            await _find(run)
        case Guarantee.NONE:
            await give_up(run, "it offers no way to look a submit up")


async def _send_again(run: Run) -> None:
    """The same key never makes a second operation: sending again answers the question."""
    policy, why = run.ports.policy, ""
    for tries in range(1, policy.reconcile_tries + 1):
        run.signal.check()
        why = await unbroken(_resend(run))
        if not why:
            return
        await run.pause(policy.retry_after(tries, None))
    await give_up(run, f"it did not say in {policy.reconcile_tries} tries, the last: {why}")


async def _resend(run: Run) -> str:
    """Send again under the same key; return why the question is still open, nothing when it is answered."""
    try:
        operation = await run.drive(_noting(run.protocol.submit(run.context), _Heard(), run.ports.may_submit))
    except Exception as error:  # noqa: BLE001 (whatever it is, the question is still open)
        if not (isinstance(error, VideoGenerationError) and refuses_request(error)):
            return words_of(error)
        await _rejected(run, error)
    else:
        await _accepted(run, operation, "attempt.resent", "knows it by its key or has taken it now")
    return ""


async def _find(run: Run) -> None:
    policy = run.ports.policy
    tries = 0
    while True:
        try:
            with run.signal.stoppable():
                operation = await look_up(run)
        except Exception as error:  # noqa: BLE001 (whatever it is, the question is still open)
            run.signal.check()
            tries += 1
            if tries == policy.reconcile_tries:
                return await give_up(run, f"looking it up failed {tries} times, the last: {words_of(error)}")
            await run.pause(policy.retry_after(tries, None))
            continue
        if operation is not None:
            return await adopt(run, operation)
        left = settling(run)
        if left <= 0:
            return await _send_what_never_arrived(run)
        await run.pause(left)


async def look_up(run: Run) -> Operation | None:
    """Ask the provider for the operation of a submit without a noted answer; None when there certainly is none.

    Raises:
        VideoGenerationError: it cannot be told.
    """
    taken, alike = await run.ports.store.neighbours(run.attempt)
    heard, context = _Heard(), run.context.model_copy(update={"taken": taken})
    operation = await run.drive(_noting(run.protocol.find(context), heard, run.ports.may_submit))
    if operation is None or operation.id in taken:
        _check_clocks(run, heard.replies)
        return None
    if alike and run.protocol.guarantee is Guarantee.FINDABLE:
        raise ServiceUnavailableError(
            f"`{operation.id}` may also be another job's that asks for the same and is just being sent"
        )
    return operation


def _check_clocks(run: Run, replies: Sequence[Reply]) -> None:
    """Refuse to believe that a job is not there where our clock is wrong, or was: jobs are looked for by their time.

    Raises:
        ServiceUnavailableError: names the difference, and what to do.
    """
    now, sent = run.ports.now().timestamp(), run.attempt.intent_at.timestamp()
    for there in filter(None, map(dated, replies)):
        off = max(abs(now - there), sent - there)
        if off > CLOCKS:
            raise ServiceUnavailableError(
                f"`{run.provider.id}` shows no such job, which proves nothing: its clock and the one that the job was "
                f"sent by are {off:.0f} s apart, and up to {CLOCKS:g} s are allowed for; set this machine's clock",
                provider=run.provider.id,
            )


def settling(run: Run) -> float:
    """Return the seconds in which a submit of a sender that died may still arrive."""
    end = run.attempt.intent_at + timedelta(seconds=run.ports.policy.settle)
    return min(run.ports.policy.settle, (end - run.ports.now()).total_seconds())


async def _send_what_never_arrived(run: Run) -> None:
    if run.sends > run.ports.policy.retries:
        message = f"`{run.provider.id}` never received the job, though it was sent {run.sends} times"
        await _rejected(run, ServiceUnavailableError(message, provider=run.provider.id), final=True)
        return
    note = Note("attempt.not_found", f"{run.provider.title} has no such job, so it is sent again.")
    at = run.ports.now()
    await run.record(
        note,
        job=lifecycle.moved(run.job, Phase.SUBMITTING, at),
        attempt=lifecycle.intended_again(run.attempt, at),
    )
    await submit(run)


async def adopt(run: Run, operation: Operation) -> None:
    """Take over an operation that a submit without a noted answer has made."""
    await unbroken(_accepted(run, operation, "attempt.adopted", "has it already"))


async def give_up(run: Run, why: str) -> None:
    """Leave the attempt to a person: nobody can tell whether it is paid, so what is held for it stays held."""
    attempt, at = run.attempt, run.ports.now()
    message = (
        f"the submit to `{run.provider.id}` may have been accepted and charged, and {why}. {usd(attempt.reserved)} "
        f"stay held; look there for what was sent at {attempt.intent_at:%Y-%m-%d %H:%M:%S} UTC (key "
        f"{attempt.idempotency_key}, where it shows keys)"
    )
    error = facts(SubmissionUnknownError.code, message, run.provider.id)
    await run.record(Note("attempt.unknown", message), attempt=lifecycle.lost(attempt, error, at))


async def _accepted(run: Run, operation: Operation, kind: str, words: str) -> None:
    run.ports.breaker.answered(run.provider.id, run.attempt.model)
    at = run.ports.now()
    note = Note(kind, f"{run.provider.title} {words}: {operation.id}.", {"operation": operation.id})
    job = lifecycle.moved(run.job, Phase.GENERATING, at)
    await run.keep(note, job=job, attempt=lifecycle.submitted(run.attempt, operation, at))


async def _rejected(run: Run, error: Exception, *, final: bool = False) -> None:
    why = error if isinstance(error, VideoGenerationError) else VideoGenerationError(words_of(error))
    breaker, provider, model = run.ports.breaker, run.provider.id, run.attempt.model
    if isinstance(why, ServiceUnavailableError):
        breaker.failed(provider, model)
    else:
        breaker.answered(provider, model)
    if isinstance(why, RateLimitError) and why.retry_after is not None:
        breaker.hold(provider, why.retry_after)
    kept = facts_of(why).model_copy(update={"retryable": why.retryable and not final})
    at = run.ports.now()
    attempt = lifecycle.rejected(run.attempt, kept, at)
    note = Note("attempt.rejected", f"Not accepted, nothing spent: {why.message}", {"code": why.code})
    await run.keep(note, job=run.job, attempt=attempt, entries=[ledger.settle(attempt, at)])


async def _unanswered(run: Run, error: Exception) -> None:
    run.ports.breaker.failed(run.provider.id, run.attempt.model)
    note = Note(
        "attempt.unanswered",
        f"The submit to {run.provider.title} was sent and its answer lost: finding out what became of it.",
        {"error": words_of(error)},
    )
    await run.record(note, job=lifecycle.moved(run.job, Phase.RECONCILING, run.ports.now()))
