"""When a submit may be sent: the wait that a refusal asked for is over, the provider is up, and it takes one more.

Every wait here may be broken off, costs nothing, and is told once.
"""

from datetime import timedelta

from video_gen.engine import ledger, lifecycle
from video_gen.engine.ledger import price_to_hold
from video_gen.engine.pacing import Pace, PacedError
from video_gen.engine.rows import Note
from video_gen.engine.run import Run
from video_gen.engine.signal import unbroken
from video_gen.engine.submission import submit
from video_gen.exceptions import SpendLimitError
from video_gen.spec import Attempt, AttemptState, Phase, Plan, usd


async def send_in_turn(run: Run, plan: Plan) -> bool:
    """Wait until the plan may be sent, then store the intent and submit it.

    Return whether that was done; it is not where the price no longer fits into the day.
    """
    await _cool_down(run, plan)
    said = False
    while True:
        await _let_through(run, plan)
        await _in_touch(run)
        try:
            await unbroken(_send(run, plan))
        except SpendLimitError as error:
            run.over_the_day[plan.model] = error
            return False
        except PacedError as paced:
            if not said:
                said = True
                takes = run.ports.provider_of(plan.provider).submits_per_minute
                words = f"{plan.provider} takes {takes} jobs a minute: it is sent as soon as it takes one more."
                await run.record(Note("submit.paced", words, {"seconds": paced.seconds}))
            await run.pause(paced.seconds)
        else:
            return True


async def _cool_down(run: Run, plan: Plan) -> None:
    """Wait out a temporary refusal; the rows say what is left of the wait, also after a restart."""
    refused = [each for each in run.attempts if each.model == plan.model]
    if not refused or refused[-1].ended_at is None:
        return
    hint = refused[-1].error.retry_after if refused[-1].error else None
    wait_s = run.ports.policy.retry_after(len(refused), hint)
    left = (refused[-1].ended_at + timedelta(seconds=wait_s) - run.ports.now()).total_seconds()
    await run.pause(min(wait_s, max(0.0, left)))


async def _let_through(run: Run, plan: Plan) -> None:
    """Wait while the model is left alone: its provider is down, or asks for patience."""
    breaker, said = run.ports.breaker, False
    while wait_s := breaker.wait(plan.provider, plan.model):
        if not said:
            said = True
            words = f"{plan.model} is left alone for a while: it failed several times in a row, or asked for patience."
            await run.record(Note("breaker.open", words, {"seconds": wait_s}))
        await run.pause(wait_s)
    breaker.sending(plan.provider, plan.model)


async def _in_touch(run: Run) -> None:
    """Wait while this process cannot be sure that its jobs are still its own."""
    while not run.ports.may_submit():
        await run.pause(run.ports.policy.touch_every)


async def _send(run: Run, plan: Plan) -> None:
    """Intend and submit, as one: told to stop in between, a run would leave an intent whose fate nobody knows."""
    await _intend(run, plan)
    await submit(run)


async def _intend(run: Run, plan: Plan) -> None:
    """Reserve the price and store the intent: from here on, a run that finds no answer must ask before it sends.

    Raises:
        PacedError: the provider takes no more just now; nothing was stored.
        SpendLimitError: the price no longer fits into the day; nothing was stored.
    """
    now = run.ports.now()
    attempt = Attempt(
        id=run.ports.new_id(),
        job_id=run.job.id,
        number=len(run.attempts) + 1,
        model=plan.model,
        plan=plan,
        state=AttemptState.INTENT,
        idempotency_key=run.ports.new_key(),
        intent_at=now,
        reserved=price_to_hold(plan.quote),
    )
    run.sends = 0
    takes = run.ports.provider_of(plan.provider).submits_per_minute
    await run.record(
        *_news(run, attempt),
        job=lifecycle.moved(run.job, Phase.SUBMITTING, now),
        attempt=attempt,
        entries=[ledger.reserve(attempt, now)],
        pace=None if takes is None else Pace(plan.provider, takes),
    )


def _news(run: Run, attempt: Attempt) -> list[Note]:
    again = f" (try {attempt.number})" if attempt.number > 1 else ""
    intent = Note(
        "attempt.intent",
        f"Sending it to {attempt.model}{again}{f', holding {usd(attempt.reserved)}' if attempt.reserved else ''}.",
        {"attempt": attempt.id, "model": attempt.model, "reserved": attempt.reserved},
    )
    before = run.attempts[-1] if run.attempts else attempt
    if before.model == attempt.model:
        return [intent]
    why = before.error.message if before.error else before.state
    fallback = Note("routing.fallback", f"{attempt.model} is tried instead of {before.model}: {why}")
    return [fallback, intent]
