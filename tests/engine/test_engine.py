"""Who runs which jobs, when, and what happens when that process stops, dies or is one of several."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path

import pytest
from paid_world import PRICE, PaidWorld, make_plan

from video_gen.engine.lock import RunnerLock
from video_gen.engine.service import Jobs
from video_gen.exceptions import (
    InvalidRequestError,
    JobNotFoundError,
    JobStateError,
    MediaNotFoundError,
    StorageError,
    WaitTimeoutError,
)
from video_gen.spec import Event, Job, MediaRef, Phase, Status

SCRIPT = Path(__file__).with_name("runner.py")
FOREVER = 10**9


@pytest.fixture
async def jobs(world: PaidWorld, home: Path, outputs: Path) -> AsyncIterator[Jobs]:
    opened = await world.jobs(home, outputs)
    yield opened
    await opened.close()


async def all_jobs(jobs: Jobs, **filters) -> list[Job]:
    return list((await jobs.page(limit=1000, **filters)).jobs)


async def until(check: Callable, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await check():
            await asyncio.sleep(0.02)


# --- the lock ------------------------------------------------------------------------------------------------------


def test_one_runner_at_a_time(tmp_path: Path):
    one, two = RunnerLock(tmp_path / "home" / "lock"), RunnerLock(tmp_path / "home" / "lock")
    assert (one.take(), one.take(), two.take()) == (True, True, False)
    assert (one.held, two.held) == (True, False)
    assert one.holder() == two.holder() is not None
    one.release()
    one.release()
    assert two.holder() is None
    assert two.take()
    two.release()


def test_a_lock_that_cannot_be_made_is_a_storage_error(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        RunnerLock(tmp_path / "file" / "lock").take()


# --- order and limits ----------------------------------------------------------------------------------------------


async def test_jobs_start_by_priority_then_age_within_the_limit(world: PaidWorld, home: Path, outputs: Path):
    jobs = await world.jobs(home, outputs, limit=1)
    made = [await jobs.create(make_plan(prompt=str(n)), priority=n // 2) for n in range(6)]
    jobs.run()
    for job in made:
        await jobs.wait(job.id, timeout_s=20)
    await jobs.close()
    assert [line["prompt"] for line in world.accepted()] == ["4", "5", "2", "3", "0", "1"]


async def test_a_limit_is_never_passed_and_always_used(world: PaidWorld, home: Path, outputs: Path):
    world.hold.clear()
    jobs = await world.jobs(home, outputs, limit=3)
    jobs.run()
    made = [await jobs.create(make_plan()) for _ in range(7)]

    async def fetching() -> bool:
        return [job.phase for job in await all_jobs(jobs)].count(Phase.COLLECTING) == 3

    await until(fetching)
    await asyncio.sleep(0.2)
    assert len(world.accepted()) == 3
    world.hold.set()
    done = [await jobs.wait(job.id, timeout_s=20) for job in made]
    await jobs.close()
    assert {job.status for job in done} == {Status.COMPLETED}
    assert len({job.artifacts[0].path for job in done}) == 7, "made in the same second, named apart"


async def test_paid_jobs_are_taken_up_before_new_ones_and_beyond_the_limit(world: PaidWorld, home: Path, outputs: Path):
    world.polls = FOREVER
    jobs = await world.jobs(home, outputs)
    jobs.run()
    paid = [await jobs.create(make_plan()) for _ in range(4)]

    async def generating() -> bool:
        return len([job for job in await all_jobs(jobs) if job.phase is Phase.GENERATING]) == 4

    await until(generating)
    await jobs.close()
    jobs = await world.jobs(home, outputs, limit=1)
    urgent = await jobs.create(make_plan(), priority=100)
    world.asked.clear()
    jobs.run()

    async def asked() -> bool:
        return len(world.asked) == 4

    await until(asked)
    await asyncio.sleep(0.2)
    assert (await jobs.get(urgent.id)).status is Status.QUEUED, "its turn comes when the paid ones are done"
    world.polls = 0
    done = [await jobs.wait(job.id, timeout_s=20) for job in [*paid, urgent]]
    await jobs.close()
    assert {job.status for job in done} == {Status.COMPLETED}
    assert len(world.accepted()) == 5


# --- stopping ------------------------------------------------------------------------------------------------------


async def test_stopping_hands_jobs_over_and_draining_finishes_them(world: PaidWorld, home: Path, outputs: Path):
    world.polls = FOREVER
    jobs = await world.jobs(home, outputs, limit=1)
    jobs.run()
    first, second = [await jobs.create(make_plan()) for _ in range(2)]

    async def generating() -> bool:
        return (await jobs.get(first.id)).phase is Phase.GENERATING

    await until(generating)
    await jobs.close()
    jobs = await world.jobs(home, outputs, limit=1)
    assert [job.status for job in await all_jobs(jobs)] == [Status.QUEUED, Status.RUNNING]
    world.asked.clear()
    jobs.run()

    async def asked() -> bool:
        return bool(world.asked)

    await until(asked)
    world.polls = 20
    world.asked.clear()
    await jobs.close(drain=True)
    jobs = await world.jobs(home, outputs, limit=1)
    assert (await jobs.get(first.id)).status is Status.COMPLETED
    assert (await jobs.get(second.id)).status is Status.QUEUED, "nothing new is begun while draining"
    await jobs.close()


async def test_a_submit_under_way_is_noted_before_the_runner_stops(world: PaidWorld, home: Path, outputs: Path):
    sent, answer = asyncio.Event(), asyncio.Event()
    plain = world.drive

    async def slow(flow, provider):
        result = await plain(flow, provider)
        if world.calls[-1].startswith("POST"):
            sent.set()
            await answer.wait()
        return result

    world.drive = slow
    jobs = await world.jobs(home, outputs)
    jobs.run()
    job = await jobs.create(make_plan())
    async with asyncio.timeout(20):
        await sent.wait()
    closing = asyncio.create_task(jobs.close())
    await asyncio.sleep(0.1)
    assert not closing.done()
    answer.set()
    await closing
    jobs = await world.jobs(home, outputs)
    [attempt] = await jobs.attempts(job.id)
    await jobs.close()
    assert attempt.operation is not None, "so that nobody has to ask what became of it"
    assert attempt.operation.id == "op-1"


# --- several processes ---------------------------------------------------------------------------------------------


class Process:
    """A runner of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, folder: Path, video: Path, polls: int) -> "Process":
        process = await asyncio.create_subprocess_exec(
            sys.executable, SCRIPT, str(folder), str(video), str(polls), stdout=asyncio.subprocess.PIPE
        )
        started = cls(process)
        await started.says("open")
        return started

    async def says(self, word: str, seconds: float = 20) -> None:
        assert self._process.stdout is not None
        async with asyncio.timeout(seconds):
            assert (await self._process.stdout.readline()).decode().strip() == word

    async def end(self, how: signal.Signals) -> int:
        if self._process.returncode is None:
            self._process.send_signal(how)
        return await self._process.wait()


@pytest.fixture
async def start(tmp_path: Path, video: Path):
    started: list[Process] = []

    async def one(polls: int = 1) -> Process:
        started.append(await Process.start(tmp_path, video, polls))
        return started[-1]

    yield one
    for process in started:
        await process.end(signal.SIGKILL)


async def test_one_process_hands_in_and_another_carries_out(jobs: Jobs, start, world: PaidWorld):
    runner = await start()
    await runner.says("runs")
    made = [await jobs.create(make_plan()) for _ in range(3)]
    for job in made:
        done = await jobs.wait(job.id, timeout_s=20)
        assert done.status is Status.COMPLETED
        assert Path(done.artifacts[0].path).is_file()
    assert not jobs.runs
    assert len(world.accepted()) == 3
    assert await runner.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_another_process_takes_over_at_once(jobs: Jobs, start, world: PaidWorld, how: signal.Signals):
    first = await start(FOREVER)
    await first.says("runs")
    second = await start(1)
    made = [await jobs.create(make_plan()) for _ in range(12)]

    async def five_paid() -> bool:
        return len([job for job in await all_jobs(jobs) if job.phase is Phase.GENERATING]) == 5

    await until(five_paid)
    await first.end(how)
    await second.says("runs", seconds=3)
    done = [await jobs.wait(job.id, timeout_s=30) for job in made]
    assert {job.status for job in done} == {Status.COMPLETED}
    assert len(world.accepted()) == 12, "the five that were paid are not paid again"
    assert len({job.artifacts[0].path for job in done}) == 12
    assert (await jobs.balance()).spent == 12 * PRICE


async def test_a_job_is_followed_from_another_process(jobs: Jobs, start):
    runner = await start(30)
    await runner.says("runs")
    job = await jobs.create(make_plan())
    seen = [each async for each in jobs.watch(job.id)]
    events = [each for each in seen if isinstance(each, Event)]
    states = [each for each in seen if isinstance(each, Job)]
    assert [event.kind for event in events][:2] == ["job.queued", "job.started"]
    assert events[-1].kind == "job.completed"
    assert len({event.seq for event in events}) == len(events)
    assert all(one.progress <= two.progress for one, two in pairwise(states))
    assert (states[0].status, seen[-1]) == (Status.QUEUED, await jobs.get(job.id))
    again = [each async for each in jobs.watch(job.id, after=events[-2].seq)]
    assert again == [events[-1], seen[-1]]


async def test_a_new_job_is_noticed_soon_by_another_process(jobs: Jobs, start):
    runner = await start()
    await runner.says("runs")
    await asyncio.sleep(0.5)  # everybody idle
    loop = asyncio.get_running_loop()
    begun = loop.time()
    job = await jobs.create(make_plan())

    async def taken() -> bool:
        return (await jobs.get(job.id)).status is not Status.QUEUED

    await until(taken)
    assert loop.time() - begun < 1.5


# --- the facade ----------------------------------------------------------------------------------------------------


async def test_progress_is_known_at_once_in_the_process_that_runs(jobs: Jobs, world: PaidWorld):
    world.polls = 40
    jobs.run()
    job = await jobs.create(make_plan())
    seen = [each.progress async for each in jobs.watch(job.id) if isinstance(each, Job)]
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    assert seen[-1] == 1.0


async def test_waiting_ends_and_the_job_goes_on(jobs: Jobs, world: PaidWorld):
    world.hold.clear()
    jobs.run()
    job = await jobs.create(make_plan())
    with pytest.raises(WaitTimeoutError, match=rf"job `{job.id}` did not end within 0\.2 s; it goes on"):
        await jobs.wait(job.id, timeout_s=0.2)
    world.hold.set()
    assert (await jobs.wait(job.id, timeout_s=20)).status is Status.COMPLETED


async def test_who_waits_hears_of_a_store_that_fails(world: PaidWorld, home: Path, outputs: Path, monkeypatch):
    jobs = await world.jobs(home, outputs)

    async def refuse():
        raise StorageError("the disk is gone")

    monkeypatch.setattr(jobs._store, "running", refuse)
    job = await jobs.create(make_plan())
    jobs.run()
    with pytest.raises(StorageError, match="the disk is gone"):
        await jobs.wait(job.id, timeout_s=20)
    await jobs.close()


async def test_the_same_key_gives_the_same_job_though_its_file_is_there(jobs: Jobs, tmp_path: Path, world: PaidWorld):
    jobs.run()
    asked = {"out": tmp_path / "film.mp4", "idempotency_key": "once"}
    made = await asyncio.gather(*(jobs.create(make_plan(), **asked) for _ in range(10)))
    job = await jobs.wait(made[0].id, timeout_s=20)
    again = await jobs.create(make_plan(), **asked)
    assert {each.id for each in [*made, again]} == {job.id}
    assert again == job
    with pytest.raises(JobStateError, match="another request"):
        await jobs.create(make_plan(prompt="other"), idempotency_key="once")
    with pytest.raises(InvalidRequestError, match="already exists"):
        await jobs.create(make_plan(), out=tmp_path / "film.mp4")
    assert len(world.accepted()) == 1


async def test_overwriting_replaces_what_stands_there(jobs: Jobs, tmp_path: Path):
    jobs.run()
    out = tmp_path / "film.mp4"
    out.write_text("old")
    job = await jobs.wait((await jobs.create(make_plan(), out=out, overwrite=True)).id, timeout_s=20)
    assert job.artifacts[0].path == str(out)
    assert out.stat().st_size == job.artifacts[0].info.bytes


async def test_overwriting_is_about_a_named_file_and_never_about_what_a_folder_holds(jobs: Jobs, tmp_path: Path):
    jobs.run()
    out = f"{tmp_path}/films/"
    made = [await jobs.create(make_plan(prompt=prompt), out=out, overwrite=True) for prompt in ("one", "two")]
    paths = {(await jobs.wait(job.id, timeout_s=20)).artifacts[0].path for job in made}
    assert len(paths) == 2, "named by the second, one would have replaced the other"


async def test_media_must_be_at_hand(jobs: Jobs):
    plan = make_plan()

    def with_picture(sha256: str):
        picture = MediaRef(sha256=sha256, media_type="image/png", bytes=1, label="cat.png")
        return plan.model_copy(update={"settings": plan.settings.model_copy(update={"first_frame": picture})})

    with pytest.raises(MediaNotFoundError, match=r"`cat\.png`"):
        await jobs.create(with_picture("0" * 64))
    assert await all_jobs(jobs) == []
    kept = jobs.blobs.put(b"a picture")
    job = await jobs.create(with_picture(kept))
    assert await jobs._store.inputs_used() == {kept}
    await jobs.cancel(job.id)
    await jobs.delete(job.id)
    assert not jobs.blobs.path(kept).exists(), "forgotten with the last job that used it"


async def test_a_failed_job_is_tried_again_as_a_new_one(jobs: Jobs, world: PaidWorld):
    world.status = 400
    jobs.run()
    failed = await jobs.wait((await jobs.create(make_plan(), tags={"a": "b"}, priority=3)).id, timeout_s=20)
    world.status = 0
    again, resumed = await jobs.retry(failed.id)
    assert not resumed
    assert (again.tags, again.priority) == ({"a": "b", "retry_of": failed.id}, 3)
    done = await jobs.wait(again.id, timeout_s=20)
    assert done.status is Status.COMPLETED
    assert (await jobs.get(failed.id)) == failed
    with pytest.raises(JobStateError, match="is completed: only a failed or cancelled job"):
        await jobs.retry(done.id)
    with pytest.raises(JobStateError, match=r"is completed: its video is .*\.mp4"):
        await jobs.resume(done.id)
    with pytest.raises(JobStateError, match="nothing to go on with"):
        await jobs.resume(failed.id)


async def test_deleting_leaves_what_is_not_ours(jobs: Jobs, tmp_path: Path):
    jobs.run()
    made = [await jobs.create(make_plan(), out=tmp_path / f"{name}.mp4") for name in ("kept", "gone", "changed")]
    kept, gone, changed = [await jobs.wait(job.id, timeout_s=20) for job in made]
    (tmp_path / "changed.mp4").write_text("edited")
    await jobs.delete(kept.id)
    await jobs.delete(gone.id, files=True)
    await jobs.delete(changed.id, files=True)
    assert sorted(path.name for path in tmp_path.glob("*.mp4")) == ["changed.mp4", "kept.mp4"]
    with pytest.raises(JobNotFoundError):
        await jobs.get(kept.id)
    assert (await jobs.balance()).spent == 3 * PRICE


async def test_a_home_can_be_used_twice_in_one_process(world: PaidWorld, home: Path, outputs: Path, jobs: Jobs):
    other = await world.jobs(home, outputs)
    jobs.run()
    other.run()
    made = [await each.create(make_plan()) for each in (jobs, other)]
    for job in made:
        assert (await other.wait(job.id, timeout_s=20)).status is Status.COMPLETED
    assert [jobs.runs, other.runs].count(True) == 1
    await other.close()
    assert len(world.accepted()) == 2


async def test_many_jobs_at_once(jobs: Jobs, world: PaidWorld):
    jobs.run()
    made = await asyncio.gather(*(jobs.create(make_plan(prompt=str(n))) for n in range(60)))
    done = await asyncio.gather(*(jobs.wait(job.id, timeout_s=100) for job in made))
    assert {job.status for job in done} == {Status.COMPLETED}
    assert len({job.artifacts[0].path for job in done}) == 60
    assert sorted(int(line["prompt"]) for line in world.accepted()) == list(range(60))
    balance = await jobs.balance()
    assert (balance.held, balance.spent) == (0, 60 * PRICE)
