"""Whatever is done to a job in whatever order, its rows stay in a state that means one thing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from paid_world import PRICE, make_plan

from video_gen.engine import ledger, lifecycle
from video_gen.engine.ledger import balance
from video_gen.engine.lifecycle import Step
from video_gen.exceptions import JobStateError, SpendLimitError
from video_gen.spec import (
    Artifact,
    Attempt,
    AttemptState,
    Done,
    ErrorFacts,
    Job,
    MediaInfo,
    Operation,
    Output,
    Phase,
    Plan,
    Status,
)

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
PLAN = make_plan()
OTHER = PLAN.model_copy(update={"model": "other/m"})
ERROR = ErrorFacts(code="job_failed", message="it failed")
BUSY = ErrorFacts(code="rate_limited", message="too many", retryable=True)
OPERATION = Operation(provider="paid-none", protocol="paid-none", id="op-1")
DONE = Done(outputs=(Output(url="/files/1"),))


def new_job() -> Job:
    return Job(id="j", status=Status.QUEUED, request=PLAN.request, plan=PLAN, created_at=AT, updated_at=AT)


def new_attempt(number: int = 1, state: AttemptState = AttemptState.INTENT, plan: Plan = PLAN, **fields) -> Attempt:
    return Attempt(
        id=f"a{number}",
        job_id="j",
        number=number,
        model=plan.model,
        plan=plan,
        state=state,
        idempotency_key=f"k{number}",
        intent_at=AT,
        reserved=PRICE,
        **fields,
    )


def new_artifact() -> Artifact:
    info = MediaInfo(
        container="mp4", bytes=1, seconds=1, width=2, height=2, fps=24, codec="h264", pixel_format="yuv420p"
    )
    return Artifact(id="r", job_id="j", index=0, path="a.mp4", sha256="0" * 64, info=info, created_at=AT)


class Lives(RuleBasedStateMachine):
    """Anything a run or a caller may do, at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.job = new_job()
        self.attempts: list[Attempt] = []
        self.entries: dict[tuple[str, str], ledger.Entry] = {}
        self.at = AT
        self.epoch = 0
        self.submits = 0
        self.by_hand = 0
        self.chain = [PLAN, OTHER]

    @initialize(ceiling=st.sampled_from([None, 0, PRICE, 2 * PRICE - 1, 2 * PRICE]))
    def the_job_has_a_ceiling(self, ceiling):
        self.ceiling = ceiling
        request = PLAN.request.model_copy(update={"max_cost": ceiling})
        self.chain = [plan.model_copy(update={"request": request}) for plan in self.chain]

    def tick(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def put(self, attempt: Attempt) -> None:
        self.attempts = [*(each for each in self.attempts if each.id != attempt.id), attempt]
        self.job = lifecycle.charged(self.job, self.attempts)

    def book(self, entry: ledger.Entry) -> None:
        known = self.entries.setdefault((entry.attempt_id, entry.leg), entry)
        assert (known.held, known.spent) == (entry.held, entry.spent), "a leg is never booked at two amounts"

    def settle(self, attempt: Attempt) -> None:
        self.put(attempt)
        self.book(ledger.settle(attempt, self.at))

    @property
    def open(self) -> Attempt:
        attempt = lifecycle.open_attempt(self.attempts)
        assert attempt is not None
        return attempt

    def affordable(self, plan: Plan) -> bool:
        try:
            ledger.check_ceiling(plan, self.attempts)
        except SpendLimitError:
            return False
        return True

    def at_step(self, *steps: Step) -> bool:
        return self.job.status is Status.RUNNING and lifecycle.next_step(self.job, self.attempts) in steps

    @precondition(lambda self: not self.job.status.terminal)
    @rule()
    def run_begins(self):
        self.job = lifecycle.claimed(self.job, self.attempts, self.tick())

    @precondition(lambda self: self.at_step(Step.INTEND))
    @rule()
    def intent(self):
        left = lifecycle.candidates_left(self.chain, self.attempts, retries=2)
        plan = next((plan for plan in left if self.affordable(plan)), None)
        if plan is None:
            self.job = lifecycle.failed(self.job, ERROR, self.tick())
            return
        attempt = new_attempt(len(self.attempts) + 1, plan=plan)
        self.put(attempt)
        self.book(ledger.reserve(attempt, self.tick()))
        self.submits += 1

    @precondition(lambda self: self.at_step(Step.RECONCILE))
    @rule(error=st.sampled_from([ERROR, BUSY]))
    def refused(self, error):
        self.settle(lifecycle.rejected(self.open, error, self.tick()))

    @precondition(lambda self: self.at_step(Step.RECONCILE))
    @rule()
    def lost(self):
        self.put(lifecycle.lost(self.open, ERROR, self.tick()))

    @precondition(lambda self: self.at_step(Step.RECONCILE))
    @rule()
    def accepted(self):
        self.put(lifecycle.submitted(self.open, OPERATION, self.tick()))

    @precondition(lambda self: self.at_step(Step.AWAIT, Step.COLLECT))
    @rule()
    def done(self):
        self.put(lifecycle.finished(self.open, DONE))

    @precondition(lambda self: self.at_step(Step.AWAIT, Step.COLLECT))
    @rule(cost=st.sampled_from([0, PRICE // 2, PRICE]), cancel=st.booleans())
    def ended(self, cost, cancel):
        end = lifecycle.attempt_cancelled if cancel else lifecycle.attempt_failed
        self.settle(end(self.open, ERROR, cost, self.tick()))
        self.job = (lifecycle.cancelled if cancel else lifecycle.failed)(self.job, ERROR, self.tick())

    @precondition(lambda self: self.at_step(Step.AWAIT, Step.COLLECT))
    @rule(cost=st.sampled_from([0, PRICE]))
    def failed_and_another_model_may_be_tried(self, cost):
        self.settle(lifecycle.attempt_failed(self.open, ERROR, cost, self.tick()))

    @precondition(lambda self: self.at_step(Step.COLLECT))
    @rule(cost=st.sampled_from([0, PRICE]))
    def completed(self, cost):
        self.settle(lifecycle.succeeded(self.open, cost, self.tick()))
        self.job = lifecycle.completed(self.job, [new_artifact()], PLAN.model, self.tick())

    @precondition(lambda self: self.at_step(Step.INTEND))
    @rule()
    def cancelled_with_nothing_under_way(self):
        self.job = lifecycle.cancelled(self.job, ERROR, self.tick())

    @precondition(lambda self: self.job.status.terminal)
    @rule()
    def run_comes_too_late(self):
        with pytest.raises(JobStateError):
            lifecycle.claimed(self.job, self.attempts, self.tick())

    @precondition(lambda self: not self.job.status.terminal)
    @rule()
    def cancel_is_asked(self):
        self.job = lifecycle.cancel_asked(self.job, self.tick())

    @precondition(lambda self: lifecycle.resumable(self.job, self.attempts))
    @rule()
    def reopened(self):
        self.job, attempt = lifecycle.reopened(self.job, self.attempts, self.tick())
        self.put(attempt)

    def unresolved(self) -> bool:
        unknown = any(attempt.state is AttemptState.UNKNOWN for attempt in self.attempts)
        return self.job.status.terminal and unknown

    @precondition(unresolved)
    @rule()
    def found_by_hand(self):
        self.job, attempt = lifecycle.found_by_hand(self.job, self.attempts, OPERATION, self.tick())
        self.put(attempt)

    @precondition(unresolved)
    @rule()
    def sent_again_by_hand(self):
        self.job, attempt = lifecycle.never_arrived(self.job, self.attempts, BUSY, self.tick())
        self.settle(attempt)
        self.by_hand += 1

    @precondition(unresolved)
    @rule(cost=st.sampled_from([0, PRICE // 2, PRICE]))
    def written_off(self, cost):
        self.job, attempt = lifecycle.written_off(self.job, self.attempts, cost, self.tick())
        self.settle(attempt)

    @precondition(lambda self: self.job.status is Status.RUNNING)
    @rule(progress=st.floats(0, 1))
    def progress(self, progress):
        before = self.job.progress
        self.job = lifecycle.progressed(self.job, progress, self.tick())
        assert self.job.progress >= before

    @invariant()
    def at_most_one_attempt_is_open(self):
        assert sum(attempt.state in lifecycle.OPEN for attempt in self.attempts) <= 1

    @invariant()
    def the_epoch_never_falls(self):
        assert self.job.epoch >= self.epoch
        self.epoch = self.job.epoch

    @invariant()
    def a_state_says_one_thing(self):
        assert (self.job.status is Status.RUNNING) == (self.job.phase is not None)
        assert self.job.status.terminal == (self.job.ended_at is not None)
        assert (self.job.status is Status.COMPLETED) == bool(self.job.artifacts)
        assert (self.job.error is not None) == (self.job.status in {Status.FAILED, Status.CANCELLED})
        assert (lifecycle.next_step(self.job, self.attempts) is Step.END) == self.job.status.terminal

    @invariant()
    def the_books_say_what_the_attempts_say(self):
        total = balance(self.entries.values())
        closed = [attempt for attempt in self.attempts if attempt.cost is not None]
        waiting = [attempt for attempt in self.attempts if attempt.cost is None]
        assert total.spent == sum(attempt.cost for attempt in closed) == self.job.cost
        assert total.held == PRICE * len(waiting)

    @invariant()
    def each_attempt_has_one_leg_that_opens_and_one_that_closes_when_its_cost_is_known(self):
        assert set(self.entries) == {(attempt.id, "open") for attempt in self.attempts} | {
            (attempt.id, "close") for attempt in self.attempts if attempt.cost is not None
        }

    @invariant()
    def the_ceiling_holds_over_all_models_and_tries(self):
        total = balance(self.entries.values())
        assert self.ceiling is None or total.held + total.spent <= self.ceiling

    @invariant()
    def a_price_is_promised_exactly_while_the_next_attempt_is_not_reserved(self):
        waits = all(attempt.cost is not None for attempt in self.attempts)
        if not self.job.status.terminal and self.attempts:
            assert self.job.planned == (PRICE if waits and lifecycle.open_attempt(self.attempts) is None else 0)

    @invariant()
    def a_paid_candidate_is_never_submitted_again(self):
        for plan in self.chain:
            own = [attempt for attempt in self.attempts if attempt.model == plan.model]
            assert sum(attempt.state is not AttemptState.REJECTED for attempt in own) <= 1
        assert self.submits <= 3 * len(self.chain)
        assert self.by_hand <= self.submits


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
def test_what_has_ended_stays_ended(status: Status):
    job = new_job().model_copy(update={"status": status, "ended_at": AT})
    for act in (
        lambda: lifecycle.claimed(job, [], AT),
        lambda: lifecycle.moved(job, Phase.COLLECTING, AT),
        lambda: lifecycle.progressed(job, 0.5, AT),
        lambda: lifecycle.completed(job, [new_artifact()], "m", AT),
        lambda: lifecycle.failed(job, ERROR, AT),
        lambda: lifecycle.cancelled(job, ERROR, AT),
        lambda: lifecycle.cancel_asked(job, AT),
        lambda: lifecycle.reopened(job, [], AT),
    ):
        with pytest.raises(JobStateError, match=f"job `j` is {status}"):
            act()


def test_a_job_does_not_complete_without_a_video():
    job = lifecycle.claimed(new_job(), [], AT)
    with pytest.raises(JobStateError, match="without a stored video"):
        lifecycle.completed(job, [], "m", AT)


@given(st.sampled_from(list(AttemptState)))
def test_an_attempt_moves_only_from_where_it_is(state: AttemptState):
    attempt = new_attempt(state=state)
    moves = {
        AttemptState.INTENT: [
            lambda: lifecycle.submitted(attempt, OPERATION, AT),
            lambda: lifecycle.rejected(attempt, ERROR, AT),
            lambda: lifecycle.lost(attempt, ERROR, AT),
            lambda: lifecycle.intended_again(attempt, AT),
        ],
        AttemptState.SUBMITTED: [
            lambda: lifecycle.finished(attempt, DONE),
            lambda: lifecycle.succeeded(attempt, 0, AT),
            lambda: lifecycle.attempt_failed(attempt, ERROR, 0, AT),
            lambda: lifecycle.attempt_cancelled(attempt, ERROR, 0, AT),
        ],
    }
    for origin, possible in moves.items():
        for move in possible:
            if origin is state:
                move()
            else:
                with pytest.raises(JobStateError, match=f"attempt `a1` is {state}"):
                    move()


@pytest.mark.parametrize(
    ("attempt", "step", "phase"),
    [
        (None, Step.INTEND, Phase.SUBMITTING),
        (new_attempt(), Step.RECONCILE, Phase.RECONCILING),
        (new_attempt(state=AttemptState.SUBMITTED, operation=OPERATION), Step.AWAIT, Phase.GENERATING),
        (new_attempt(state=AttemptState.SUBMITTED, operation=OPERATION, outcome=DONE), Step.COLLECT, Phase.COLLECTING),
        (new_attempt(state=AttemptState.REJECTED, error=BUSY), Step.INTEND, Phase.SUBMITTING),
    ],
)
def test_the_rows_say_where_a_job_goes_on(attempt: Attempt | None, step: Step, phase: Phase):
    attempts = [attempt] if attempt else []
    assert lifecycle.next_step(new_job(), attempts) is step
    assert lifecycle.claimed(new_job(), attempts, AT).phase is phase


def test_candidates_are_tried_in_order_and_each_once():
    other = PLAN.model_copy(update={"model": "other/m"})
    refused = new_attempt(state=AttemptState.REJECTED, error=ERROR)
    busy = new_attempt(state=AttemptState.REJECTED, error=BUSY)

    def choice(*attempts):
        return next(iter(lifecycle.candidates_left([PLAN, other], attempts, retries=1)), None)

    assert choice() is PLAN
    assert choice(busy) is PLAN
    assert choice(busy, busy) is other
    assert choice(refused) is other
    assert choice(new_attempt(state=AttemptState.FAILED, error=ERROR)) is other
    assert choice(refused, refused.model_copy(update={"model": "other/m"})) is None
    assert choice(new_attempt(state=AttemptState.UNKNOWN, error=ERROR)) is None, "it may be paid: nothing else is tried"


def test_a_reopened_attempt_keeps_the_amount_it_was_settled_for():
    attempt = new_attempt(state=AttemptState.SUBMITTED, operation=OPERATION, outcome=DONE, cost=PRICE)
    for end in (lifecycle.attempt_failed, lifecycle.attempt_cancelled):
        assert end(attempt, ERROR, 7, AT).cost == PRICE
    assert lifecycle.succeeded(attempt, 7, AT).cost == PRICE
    assert lifecycle.succeeded(attempt.model_copy(update={"cost": None}), 7, AT).cost == 7


def test_what_can_be_resumed():
    failed = lifecycle.failed(lifecycle.claimed(new_job(), [], AT), ERROR, AT)

    def ended(state: AttemptState, **fields) -> list[Attempt]:
        return [new_attempt(state=state, operation=OPERATION, error=ERROR, **fields)]

    assert lifecycle.resumable(failed, ended(AttemptState.FAILED, outcome=DONE, cost=PRICE)), "made, and not fetched"
    assert lifecycle.resumable(failed, ended(AttemptState.CANCELLED, cost=PRICE)), "could not be stopped"
    assert not lifecycle.resumable(failed, ended(AttemptState.CANCELLED, cost=0)), "was stopped"
    assert not lifecycle.resumable(failed, ended(AttemptState.FAILED, cost=0)), "the provider failed it"
    assert not lifecycle.resumable(failed, [new_attempt(state=AttemptState.UNKNOWN)])
    assert not lifecycle.resumable(failed, [])
    assert not lifecycle.resumable(new_job(), ended(AttemptState.FAILED, outcome=DONE))
