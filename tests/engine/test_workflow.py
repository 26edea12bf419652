"""A job's life against a paid provider, from the intent to the settled, verified video."""

import asyncio
import hashlib
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from paid_world import FAST, PRICE, PaidProtocol, PaidWorld, make_plan

from video_gen.engine.ledger import EntryKind
from video_gen.engine.signal import Signal
from video_gen.engine.workflow import advance
from video_gen.exceptions import (
    JobCancelledError,
    JobStateError,
    RateLimitError,
    SpendLimitError,
    StorageError,
    SubmissionUnknownError,
)
from video_gen.spec import AttemptState, Call, Guarantee, Status

ALL = list(Guarantee)


@pytest.fixture
def start(world: PaidWorld, home: Path, outputs: Path):
    """Open the jobs of the home and carry them out, until the block ends."""

    @asynccontextmanager
    async def started(**options):
        jobs = await world.jobs(home, outputs, **options)
        jobs.run()
        try:
            yield jobs
        finally:
            await jobs.close()

    return started


async def kinds(jobs, job_id: str) -> list[str]:
    return [event.kind for event in await jobs.events(job_id)]


async def test_a_job_lives_from_plan_to_verified_video(start, world: PaidWorld, outputs: Path):
    async with start() as jobs:
        created = await jobs.create(make_plan(), tags={"shot": "7"})
        assert (created.status, created.epoch) == (Status.QUEUED, 0)
        job = await jobs.wait(created.id, timeout_s=20)
        [attempt] = await jobs.attempts(job.id)
        events = await jobs.events(job.id)
        balance = await jobs.balance(job.id)
        entries = await jobs._store.entries(job.id)
    assert (job.status, job.phase, job.progress, job.error) == (Status.COMPLETED, None, 1.0, None)
    assert (job.cost, job.model_used, job.tags) == (PRICE, "none/m", {"shot": "7"})
    [artifact] = job.artifacts
    path = Path(artifact.path)
    assert path.parent == outputs
    assert path.name == f"paid-none_{job.created_at.astimezone():%Y%m%d_%H%M%S}.mp4"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == artifact.sha256
    assert (artifact.info.width, artifact.info.frames, artifact.info.bytes) == (64, 12, path.stat().st_size)
    assert attempt.state is AttemptState.SUCCEEDED
    assert (attempt.reserved, attempt.cost) == (PRICE, PRICE)
    assert [event.kind for event in events] == [
        "job.queued",
        "job.started",
        "attempt.intent",
        "attempt.submitted",
        "attempt.finished",
        "artifact.stored",
        "job.completed",
    ]
    assert [event.seq for event in events] == sorted(event.seq for event in events)
    assert all(event.message.endswith(".") for event in events)
    assert [(entry.kind, entry.held, entry.spent) for entry in entries] == [
        (EntryKind.RESERVE, PRICE, 0),
        (EntryKind.SETTLE, -PRICE, PRICE),
    ]
    assert (balance.held, balance.spent) == (0, PRICE)
    assert len(world.accepted()) == 1
    assert list((jobs._ports.work).iterdir()) == []


@pytest.mark.parametrize("guarantee", ALL)
async def test_a_lost_answer_never_makes_a_second_paid_submit(start, world: PaidWorld, guarantee: Guarantee):
    world.lose = 1
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan(guarantee))).id, timeout_s=20)
        [attempt] = await jobs.attempts(job.id)
        seen = await kinds(jobs, job.id)
        balance = await jobs.balance()
    assert len(world.accepted()) == 1
    assert "attempt.unanswered" in seen
    if guarantee is Guarantee.NONE:
        assert job.status is Status.FAILED
        assert job.error is not None
        assert job.error.code == "submission_unknown"
        assert attempt.idempotency_key in job.error.message
        assert attempt.state is AttemptState.UNKNOWN
        assert (balance.held, balance.spent) == (PRICE, 0)
    else:
        assert job.status is Status.COMPLETED
        assert {Guarantee.IDEMPOTENT: "attempt.resent", Guarantee.FINDABLE: "attempt.adopted"}[guarantee] in seen
        assert (balance.held, balance.spent) == (0, PRICE)


async def test_an_unknown_submit_is_neither_retried_nor_forgotten(start, world: PaidWorld):
    world.lose = 1
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
        with pytest.raises(JobStateError, match="may have been accepted and charged"):
            await jobs.retry(job.id)
        with pytest.raises(JobStateError, match="may be paid"):
            await jobs.delete(job.id)
    assert len(world.accepted()) == 1


async def test_an_error_of_the_protocol_after_sending_is_an_unknown_outcome(start, world: PaidWorld, monkeypatch):
    def broken(self, body):
        raise KeyError("id")

    monkeypatch.setattr("paid_world.PaidProtocol._operation", broken)
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
    assert job.error is not None
    assert job.error.code == "submission_unknown"
    assert len(world.accepted()) == 1


async def test_an_error_of_the_protocol_before_sending_costs_nothing(start, world: PaidWorld, monkeypatch):
    def broken(self, context):
        yield from ()
        return context.plan.settings.extra["not there"]

    monkeypatch.setattr("paid_world.PaidProtocol.submit", broken)
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
        [attempt] = await jobs.attempts(job.id)
        balance = await jobs.balance()
    assert (job.status, attempt.state, balance.held) == (Status.FAILED, AttemptState.REJECTED, 0)
    assert job.error is not None
    assert job.error.message == "unexpected KeyError (see the log)"


@pytest.mark.parametrize("error", [StorageError, TimeoutError, JobCancelledError])
async def test_only_a_refusal_proves_that_nothing_was_accepted(start, world: PaidWorld, monkeypatch, error):
    """Such as a disk that is full when the answer has come, or a driver that gave up waiting for it."""
    accept = PaidWorld._accept

    def accept_and_break(self, body):
        accept(self, body)
        raise error("after it was accepted")

    monkeypatch.setattr(PaidWorld, "_accept", accept_and_break)
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
    assert job.error is not None
    assert job.error.code == "submission_unknown"


async def test_a_flow_may_mend_what_broke_its_call(start, world: PaidWorld, monkeypatch):
    plain, tries = PaidProtocol.submit, []

    def submit(self, context):
        try:
            yield Call(method="POST", path="/upload", safe=True)
        except RateLimitError as error:
            tries.append(str(error))
        return (yield from plain(self, context))

    answer = PaidWorld._answer

    def busy_at_first(self, call, provider):
        if call.path == "/upload":
            raise RateLimitError("later")
        return answer(self, call, provider)

    async def throwing(self, flow, provider):
        try:
            call = next(flow)
            while True:
                try:
                    reply = self._answer(call, provider)
                except RateLimitError as error:
                    call = flow.throw(error)
                else:
                    call = flow.send(reply)
        except StopIteration as end:
            return end.value

    monkeypatch.setattr(PaidProtocol, "submit", submit)
    monkeypatch.setattr(PaidWorld, "_answer", busy_at_first)
    monkeypatch.setattr(PaidWorld, "drive", throwing)
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
    assert (job.status, tries) == (Status.COMPLETED, ["later"])


async def test_a_submit_that_never_arrived_is_sent_again_after_it_had_time_to(start, world: PaidWorld, monkeypatch):
    lost = iter([True, False])
    accept = PaidWorld._accept

    def swallow(self, body):
        if next(lost):
            raise SubmissionUnknownError("nobody was there")
        return accept(self, body)

    monkeypatch.setattr(PaidWorld, "_accept", swallow)
    async with start(policy=replace(FAST, settle=1.0)) as jobs:  # longer than it takes to ask for the first time
        job = await jobs.wait((await jobs.create(make_plan(Guarantee.FINDABLE))).id, timeout_s=20)
        seen = await kinds(jobs, job.id)
        [attempt] = await jobs.attempts(job.id)
    assert job.status is Status.COMPLETED
    assert len(world.accepted()) == 1
    assert "attempt.not_found" in seen
    assert world.calls.count("GET /find") == 2, "an early `no` is not believed"
    assert attempt.number == 1


async def test_what_never_arrives_is_not_sent_for_ever(start, world: PaidWorld, monkeypatch):
    def swallow(self, body):
        raise SubmissionUnknownError("nobody was there")

    monkeypatch.setattr(PaidWorld, "_accept", swallow)
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan(Guarantee.FINDABLE))).id, timeout_s=20)
        balance = await jobs.balance()
    assert job.error is not None
    assert (job.status, job.error.code) == (Status.FAILED, "service_unavailable")
    assert world.calls.count("POST /jobs") == FAST.retries + 1
    assert (balance.held, balance.spent) == (0, 0), "it certainly never arrived"


@pytest.mark.parametrize(("status", "state"), [(400, AttemptState.REJECTED), (401, AttemptState.UNKNOWN)])
async def test_sending_again_may_learn_that_it_was_refused(
    start, world: PaidWorld, monkeypatch, status: int, state: AttemptState
):
    """A verdict on the request answers the question; a key that is refused now says nothing of before."""

    def lose_then_refuse(self, body):
        world.status = status
        raise SubmissionUnknownError("the answer is lost")

    monkeypatch.setattr(PaidWorld, "_accept", lose_then_refuse)
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan(Guarantee.IDEMPOTENT))).id, timeout_s=20)
        [attempt] = await jobs.attempts(job.id)
        balance = await jobs.balance()
    assert job.status is Status.FAILED
    assert attempt.state is state
    assert balance.held == (0 if state is AttemptState.REJECTED else PRICE)


async def test_a_temporary_refusal_is_repeated_as_a_new_attempt(start, world: PaidWorld):
    world.refusals = 2
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
        attempts = await jobs.attempts(job.id)
        balance = await jobs.balance()
    assert job.status is Status.COMPLETED
    assert [attempt.state for attempt in attempts] == [
        AttemptState.REJECTED,
        AttemptState.REJECTED,
        AttemptState.SUCCEEDED,
    ]
    assert len({attempt.idempotency_key for attempt in attempts}) == 3
    assert (job.cost, balance.held, balance.spent) == (PRICE, 0, PRICE)


async def test_refusals_end_where_the_policy_says(start, world: PaidWorld):
    world.refusals = 99
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
        attempts = await jobs.attempts(job.id)
    assert job.status is Status.FAILED
    assert job.error is not None
    assert (job.error.code, job.error.retryable) == ("rate_limited", True)
    assert len(attempts) == FAST.retries + 1
    assert [attempt.cost for attempt in attempts] == [0] * len(attempts)
    assert world.accepted() == []


async def test_a_final_refusal_is_not_repeated(start, world: PaidWorld):
    world.status = 400
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
        balance = await jobs.balance()
    assert job.status is Status.FAILED
    assert world.calls == ["POST /jobs"]
    assert (balance.held, balance.spent) == (0, 0)


async def test_trouble_with_asking_never_fails_a_paid_job(start, world: PaidWorld):
    world.outage = 25
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=30)
        seen = await kinds(jobs, job.id)
    assert job.status is Status.COMPLETED
    assert seen.count("poll.troubled") == 1, "said once, not each time"
    assert seen.count("poll.recovered") == 1


async def test_a_late_job_is_said_to_be_late_and_waited_for(start, world: PaidWorld):
    world.polls = 5
    async with start(policy=replace(FAST, late_after=0.001)) as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
        seen = await kinds(jobs, job.id)
    assert job.status is Status.COMPLETED
    assert seen.count("job.late") == 1


async def test_a_provider_failure_is_settled_at_what_it_charges(start, world: PaidWorld):
    world.verdict = "failed"
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
        entries = await jobs._store.entries(job.id)
    assert job.error is not None
    assert (job.status, job.error.code, job.cost) == (Status.FAILED, "content_policy_violation", 0)
    assert [entry.kind for entry in entries] == [EntryKind.RESERVE, EntryKind.REFUND]
    assert len(world.accepted()) == 1


async def test_the_provider_says_what_it_cost(start, world: PaidWorld):
    world.cost = 190_000
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
        balance = await jobs.balance()
    assert (job.cost, balance.held, balance.spent) == (190_000, 0, 190_000)


@pytest.mark.parametrize("fault", ["bad", "missing"])
async def test_a_broken_download_is_fetched_again_and_not_made_again(start, world: PaidWorld, fault: str):
    setattr(world, fault, 2)
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
        seen = await kinds(jobs, job.id)
    assert job.status is Status.COMPLETED
    assert seen.count("collect.retried") == 2
    assert len(world.accepted()) == 1


@pytest.mark.parametrize(("fault", "code"), [("bad", "verification_failed"), ("missing", "service_unavailable")])
async def test_a_video_that_cannot_be_had_is_paid_and_can_be_resumed(start, world: PaidWorld, fault: str, code: str):
    setattr(world, fault, 99)
    async with start() as jobs:
        failed = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
        assert failed.error is not None
        assert (failed.status, failed.error.code, failed.cost) == (Status.FAILED, code, PRICE)
        setattr(world, fault, 0)
        again, resumed = await jobs.retry(failed.id)
        assert resumed
        assert again.id == failed.id
        job = await jobs.wait(failed.id, timeout_s=20)
        balance = await jobs.balance()
    assert (job.status, job.cost) == (Status.COMPLETED, PRICE)
    assert (balance.held, balance.spent) == (0, PRICE)
    assert len(world.accepted()) == 1


async def test_an_address_that_has_expired_is_asked_for_anew(start, world: PaidWorld):
    world.expiring = True
    collected = []

    def expire_first(name: str) -> None:
        if name == "before collect":
            collected.append(1)
            world.asked["op-1"] += len(collected) == 1

    world.point = expire_first
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
    assert (job.status, len(collected)) == (Status.COMPLETED, 2)
    assert len(world.accepted()) == 1


@pytest.mark.parametrize("honest", [True, False])
async def test_a_promised_hash_is_held_against_the_file(start, world: PaidWorld, video: Path, honest: bool):  # noqa: FBT001
    world.sha256 = hashlib.sha256(video.read_bytes()).hexdigest().upper() if honest else "0" * 64
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
    if honest:
        assert job.status is Status.COMPLETED
    else:
        assert job.error is not None
        assert job.error.code == "verification_failed"
        assert "promised 000" in job.error.message


async def test_several_videos_of_one_job_get_names_of_their_own(start, world: PaidWorld):
    world.count = 3
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan(), out="film.mp4")).id, timeout_s=20)
    assert [Path(artifact.path).name for artifact in job.artifacts] == ["film.mp4", "film_2.mp4", "film_3.mp4"]
    assert [artifact.index for artifact in job.artifacts] == [0, 1, 2]
    assert len({Path(artifact.path).stat().st_ino for artifact in job.artifacts}) == 3


async def test_a_name_taken_meanwhile_costs_no_video(start, world: PaidWorld, tmp_path: Path):
    world.hold.clear()
    async with start() as jobs:
        job = await jobs.create(make_plan(), out=tmp_path / "film.mp4")
        (tmp_path / "film.mp4").write_text("mine")
        world.hold.set()
        job = await jobs.wait(job.id, timeout_s=20)
        seen = await kinds(jobs, job.id)
    assert job.artifacts[0].path == str(tmp_path / "film_2.mp4")
    assert (tmp_path / "film.mp4").read_text() == "mine"
    assert "artifact.renamed" in seen


async def test_a_ceiling_refuses_before_anything_is_stored(start, world: PaidWorld):
    async with start() as jobs:
        with pytest.raises(SpendLimitError, match=r"\$0\.25.*\$0\.20"):
            await jobs.create(make_plan(max_cost=200_000))
        with pytest.raises(SpendLimitError, match="not known"):
            await jobs.create(make_plan(price=None, max_cost=9_000_000))
        assert (await jobs.page()).jobs == ()
        allowed = await jobs.create(make_plan(max_cost=PRICE))
        assert (await jobs.wait(allowed.id, timeout_s=20)).status is Status.COMPLETED


async def test_an_unexpected_error_of_ours_fails_only_what_is_not_paid(start, world: PaidWorld, monkeypatch):
    def explode(name: str) -> None:
        if name == "before collect":
            raise ZeroDivisionError("of ours")

    world.point = explode
    async with start() as jobs:
        job = await jobs.create(make_plan())
        with pytest.raises(Exception, match="ZeroDivisionError"):
            await jobs.wait(job.id, timeout_s=20)
        assert (await jobs.get(job.id)).status is Status.RUNNING
        world.point = lambda name: None
        async with asyncio.timeout(20):
            while not (job := await jobs.get(job.id)).status.terminal:
                await asyncio.sleep(0.05)
        seen = await kinds(jobs, job.id)
    assert job.status is Status.COMPLETED
    assert "job.troubled" in seen
    assert len(world.accepted()) == 1


# --- several candidates --------------------------------------------------------------------------------------------


def with_second_choice(jobs, **changes):
    """A world in which every job has a second candidate."""
    second = make_plan(Guarantee.FINDABLE).model_copy(update=changes)
    return replace(jobs._ports, candidates=lambda job: (job.plan, second))


async def test_the_next_candidate_is_tried_and_the_job_says_so(world: PaidWorld, home: Path, outputs: Path):
    jobs = await world.jobs(home, outputs)
    job = await jobs.create(make_plan())
    plain = world._answer

    def refuse_the_first(call, provider):
        world.status = 400 if provider.id == "paid-none" else 0
        return plain(call, provider)

    world._answer = refuse_the_first
    await advance(job.id, with_second_choice(jobs), Signal())
    job = await jobs.get(job.id)
    seen = await kinds(jobs, job.id)
    await jobs.close()
    assert (job.status, job.model_used, job.fallback_from) == (Status.COMPLETED, "findable/m", "none/m")
    assert "routing.fallback" in seen


async def test_a_ceiling_holds_over_all_candidates(world: PaidWorld, home: Path, outputs: Path):
    world.verdict = "failed-at-a-price"
    jobs = await world.jobs(home, outputs)
    job = await jobs.create(make_plan(max_cost=PRICE))
    ports = with_second_choice(jobs, request=job.request)
    await advance(job.id, ports, Signal())
    job = await jobs.get(job.id)
    balance = await jobs.balance()
    await jobs.close()
    assert job.error is not None
    assert job.error.code == "spend_limit"
    assert len(world.accepted()) == 1
    assert (balance.held, balance.spent) == (0, PRICE)


async def test_a_wish_to_cancel_is_heard_with_the_next_step_that_is_stored(world: PaidWorld, home: Path, outputs: Path):
    """Also where no engine passes it on: the wish is in the row, and the run writes to that row."""
    world.polls = 10**9
    jobs = await world.jobs(home, outputs)
    job = await jobs.create(make_plan())
    plain = world.drive

    async def cancel_meanwhile(flow, provider):
        result = await plain(flow, provider)
        if world.calls[-1] == "POST /jobs":
            await jobs.cancel(job.id)
        return result

    world.drive = cancel_meanwhile
    async with asyncio.timeout(20):
        await advance(job.id, jobs._ports, Signal())
    job = await jobs.get(job.id)
    await jobs.close()
    assert job.status is Status.CANCELLED
    assert world.stopped() == {"stopped-op-1"}
