"""Renders in this process, driven like a provider's: handed in once, found again, stopped at once."""

import asyncio
import hashlib
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future
from pathlib import Path

import av
import numpy as np
import pytest

from video_gen.engine.places import Places
from video_gen.engine.ports import Checked
from video_gen.engine.service import Jobs
from video_gen.exceptions import (
    JobCancelledError,
    ServiceUnavailableError,
    UnsupportedOptionError,
    VideoProcessingError,
)
from video_gen.local.service import LocalService, _Job
from video_gen.media.verify import verify
from video_gen.protocols.local import LocalProtocol
from video_gen.spec import (
    Context,
    Done,
    Failed,
    MediaRef,
    Operation,
    Output,
    Pending,
    Phase,
    Plan,
    Provider,
    Quote,
    Request,
    Settings,
    Status,
)

LOCAL = Provider(id="local", title="Local", protocol="local", base_url="local:", signing="none", concurrency=1)
PROTOCOL = LocalProtocol()


def new_plan(**settings) -> Plan:
    known = {"prompt": "a lake", "seconds": 0.5, "width": 64, "height": 64, "fps": 24}
    return Plan(
        request=Request(prompt="a lake", model="local"),
        model="local/draft",
        wire_model="draft",
        provider="local",
        protocol="local",
        task="text_to_video",
        settings=Settings(**(known | settings)),
        quote=Quote(low=0, high=0),
    )


def context(key: str = "key-1", **settings) -> Context:
    return Context(plan=new_plan(**settings), provider=LOCAL, idempotency_key=key, intent_at=0.0)


def draw(settings: Settings, inputs: Mapping[str, Path], out: Path, progress, cancelled) -> None:
    """A real renderer, of plain grey; its seed is its shade, its prompt may say how slow it is."""
    pause = float(settings.prompt.partition("slow ")[2] or 0)
    count = round(settings.seconds * settings.fps)
    partial = out.with_name(f".{out.name}.ab12.part")
    try:
        with av.open(partial, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
            stream = container.add_stream(
                "libx264", rate=round(settings.fps), options={"threads": "1", "tune": "zerolatency"}
            )
            stream.width, stream.height, stream.pix_fmt = settings.width, settings.height, "yuv420p"
            for index in range(count):
                if cancelled():
                    raise JobCancelledError
                shade = (settings.seed + index) % 200 + 16
                picture = np.full((settings.height, settings.width, 3), shade, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
                time.sleep(pause)
                progress((index + 1) / count)
            container.mux(stream.encode(None))
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


class Renders:
    """A service, and the calls a job makes of it."""

    def __init__(self, work: Path, render: Callable = draw, width: int = 1) -> None:
        self.work = work
        self.service = LocalService(work, lambda ref: work / ref.sha256, render, width=width)

    async def submit(self, context: Context) -> Operation:
        return await self.service.drive(PROTOCOL.submit(context), LOCAL)

    async def poll(self, context: Context) -> Pending | Done | Failed:
        operation = Operation(provider="local", protocol="local", id=context.idempotency_key)
        return await self.service.drive(PROTOCOL.poll(operation, context), LOCAL)

    async def cancel(self, context: Context) -> bool:
        operation = Operation(provider="local", protocol="local", id=context.idempotency_key)
        return await self.service.drive(PROTOCOL.cancel(operation, context), LOCAL)

    async def until(self, context: Context, check: Callable) -> Pending | Done | Failed:
        async with asyncio.timeout(20):
            while not check(outcome := await self.poll(context)):
                await asyncio.sleep(0.01)
        return outcome

    async def outcome(self, context: Context) -> Done | Failed:
        return await self.until(context, lambda outcome: not isinstance(outcome, Pending))

    async def collect(self, output: Output, dest: Path) -> None:
        await self.service.collect(output, LOCAL, dest, progress=lambda share: None, cancelled=lambda: False)


@pytest.fixture
async def renders(tmp_path: Path) -> AsyncIterator[Renders]:
    made = Renders(tmp_path / "renders")
    yield made
    await made.service.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_render_is_handed_in_drawn_and_taken_back(renders: Renders, tmp_path: Path):
    job = context()
    operation = await renders.submit(job)
    assert operation.id == "key-1"
    done = await renders.outcome(job)
    assert isinstance(done, Done)
    dest = tmp_path / "video.mp4"
    await renders.collect(done.outputs[0], dest)
    info = verify(dest).info
    assert (info.frames, info.width, info.fps) == (12, 64, 24)
    assert names(renders.work) == []


async def test_handing_in_twice_makes_one_video(renders: Renders):
    job = context(prompt="slow 0.01")
    for _ in range(3):
        await renders.submit(job)
    await renders.until(job, lambda outcome: isinstance(outcome, Pending) and outcome.progress)
    await renders.submit(job)
    assert isinstance(await renders.outcome(job), Done)
    await renders.submit(job)
    assert isinstance(await renders.poll(job), Done)
    assert names(renders.work) == ["key-1.mp4"]


async def test_progress_grows_and_the_next_one_waits(renders: Renders):
    first, second = context("one", prompt="slow 0.02"), context("two")
    await renders.submit(first)
    await renders.submit(second)
    seen = []

    def note(outcome) -> bool:
        if isinstance(outcome, Pending):
            seen.append(outcome.progress)
        return isinstance(outcome, Done)

    await renders.until(first, lambda outcome: isinstance(outcome, Pending) and outcome.progress)
    waiting = await renders.poll(second)
    assert isinstance(waiting, Pending)
    assert waiting.queued
    await renders.until(first, note)
    assert len(set(seen)) > 3
    assert seen == sorted(seen)
    assert isinstance(await renders.outcome(second), Done)


@pytest.mark.parametrize("begun", [True, False], ids=["running", "queued"])
async def test_a_render_is_stopped_at_once_and_leaves_nothing(renders: Renders, begun: bool):  # noqa: FBT001
    if not begun:
        await renders.submit(context("before", prompt="slow 0.05", seconds=5))
    job = context(prompt="slow 0.05", seconds=60)
    await renders.submit(job)
    if begun:
        await renders.until(job, lambda outcome: isinstance(outcome, Pending) and outcome.progress)
    asked = time.monotonic()
    assert await renders.cancel(job)
    assert time.monotonic() - asked < 1
    stopped = await renders.poll(job)
    assert isinstance(stopped, Failed), "and it is not begun again by asking for it"
    assert (stopped.code, stopped.charged, stopped.cost) == ("cancelled", False, 0)
    assert [name for name in names(renders.work) if "key-1" in name] == [] if renders.work.exists() else True
    assert await renders.cancel(context("never-heard-of"))


async def test_a_finished_render_can_be_thrown_away(renders: Renders):
    job = context()
    await renders.submit(job)
    await renders.outcome(job)
    assert await renders.cancel(job)
    assert names(renders.work) == []


async def test_what_goes_wrong_is_said(tmp_path: Path):
    faults = {
        "ours": UnsupportedOptionError("`fps=1000` is too fast"),
        "disk": OSError(28, "No space left on device"),
        "bug": ZeroDivisionError("division by zero"),
        "quit": JobCancelledError(),
    }

    def fail(settings, inputs, out, progress, cancelled):
        out.write_bytes(b"half")
        out.with_name(f".{out.name}.ab12.part").write_bytes(b"half")
        raise faults[settings.prompt]

    renders = Renders(tmp_path / "renders", fail, width=4)
    said = {}
    for prompt in faults:
        job = context(prompt, prompt=prompt)
        await renders.submit(job)
        outcome = await renders.outcome(job)
        assert isinstance(outcome, Failed)
        said[prompt] = (outcome.code, outcome.message)
    await renders.service.close()
    assert said["ours"] == ("unsupported_option", "`fps=1000` is too fast")
    assert said["disk"][0] == "storage_error"
    assert "No space left on device" in said["disk"][1]
    assert said["bug"] == ("video_processing_error", "the renderer failed: ZeroDivisionError: division by zero")
    assert said["quit"][0] == "cancelled"
    assert names(renders.work) == []


def test_a_render_that_fails_while_it_is_asked_for_is_not_done():
    class Ending(Future):
        def done(self) -> bool:
            job.error = VideoProcessingError("the renderer failed")
            return True

    job = _Job("a", Settings(prompt="a", width=16, height=16), future=Ending())
    assert job.state == "failed"


async def test_media_are_handed_over_as_files(tmp_path: Path):
    seen = {}

    def look(settings, inputs, out, progress, cancelled):
        seen.update(inputs)
        draw(settings, {}, out, progress, cancelled)

    renders = Renders(tmp_path / "renders", look)
    first, second = (MediaRef(sha256=letter * 64, media_type="image/png", bytes=1) for letter in "ab")
    job = context(first_frame=first, references=(second,))
    await renders.submit(job)
    await renders.outcome(job)
    await renders.service.close()
    assert seen == {ref.sha256: renders.work / ref.sha256 for ref in (first, second)}


@pytest.mark.parametrize("key", ["../../etc/passwd", "a/b", "", ".", "x" * 101, "a b"])
async def test_a_key_is_no_path(renders: Renders, key: str):
    with pytest.raises(Exception, match="is no name for a render"):
        await renders.submit(context(key))
    assert not renders.work.exists()
    with pytest.raises(ServiceUnavailableError):
        await renders.collect(Output(url=f"/renders/{key}/video"), renders.work / "x.mp4")


async def test_a_call_it_does_not_know_is_refused(renders: Renders):
    from video_gen.spec import Call

    def flow(**call):
        reply = yield Call(**call)
        return reply.status

    assert await renders.service.drive(flow(path="/nowhere"), LOCAL) == 404
    assert await renders.service.drive(flow(method="DELETE", path="/renders/../x"), LOCAL) == 404
    for body in (None, {}, {"key": "k"}, {"key": "k", "settings": {"fps": "fast"}}):
        assert await renders.service.drive(flow(method="POST", path="/renders", body=body), LOCAL) == 400


# --- restarts ------------------------------------------------------------------------------------------------------


async def test_a_finished_render_outlives_the_service(tmp_path: Path):
    first = Renders(tmp_path / "renders")
    job = context()
    await first.submit(job)
    await first.outcome(job)
    await first.service.close()
    drawn = []
    second = Renders(tmp_path / "renders", lambda *_: drawn.append(1))
    done = await second.poll(job)
    assert isinstance(done, Done)
    await second.collect(done.outputs[0], tmp_path / "video.mp4")
    await second.service.close()
    assert drawn == []
    assert verify(tmp_path / "video.mp4").info.frames == 12


@pytest.mark.parametrize("seed", [None, 0, 7])
async def test_drawn_again_it_looks_as_it_did(tmp_path: Path, seed: int | None):
    hashes = set()
    for folder in "ab":
        renders = Renders(tmp_path / folder)
        job = context(seed=seed)
        await renders.poll(job)  # it was never heard of, and so is handed in
        done = await renders.outcome(job)
        assert isinstance(done, Done)
        await renders.service.close()
        hashes.add(hashlib.sha256((renders.work / "key-1.mp4").read_bytes()).hexdigest())
    assert len(hashes) == 1


async def test_without_a_seed_two_renders_differ(renders: Renders):
    hashes = set()
    for key in ("one", "two"):
        job = context(key)
        await renders.submit(job)
        await renders.outcome(job)
        hashes.add(hashlib.sha256((renders.work / f"{key}.mp4").read_bytes()).hexdigest())
    assert len(hashes) == 2


async def test_what_a_killed_render_left_is_swept(renders: Renders):
    renders.work.mkdir()
    for name in ("key-1.part.mp4", ".key-1.part.mp4.ab12.part", "key-2.part.mp4"):
        (renders.work / name).write_bytes(b"half")
    job = context()
    await renders.submit(job)
    await renders.outcome(job)
    assert names(renders.work) == ["key-1.mp4", "key-2.part.mp4"]


async def test_a_collected_render_that_is_wanted_again_is_drawn_again(renders: Renders, tmp_path: Path):
    job = context()
    await renders.submit(job)
    done = await renders.outcome(job)
    assert isinstance(done, Done)
    await renders.collect(done.outputs[0], tmp_path / "one.mp4")
    with pytest.raises(ServiceUnavailableError, match="has to be drawn again"):
        await renders.collect(done.outputs[0], tmp_path / "two.mp4")
    await renders.submit(job)
    done = await renders.outcome(job)
    assert isinstance(done, Done)
    await renders.collect(done.outputs[0], tmp_path / "two.mp4")
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


async def test_closing_stops_what_is_drawn(tmp_path: Path):
    renders = Renders(tmp_path / "renders")
    job = context(prompt="slow 0.05", seconds=60)
    await renders.submit(job)
    await renders.until(job, lambda outcome: isinstance(outcome, Pending) and outcome.progress)
    asked = time.monotonic()
    await renders.service.close()
    assert time.monotonic() - asked < 1
    assert names(renders.work) == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("video-gen-render")]


# --- as a job ------------------------------------------------------------------------------------------------------


def check(path: Path, plan: Plan) -> Checked:
    return Checked(info=verify(path).info)


async def open_jobs(home: Path, outputs: Path, render: Callable = draw) -> tuple[Jobs, LocalService]:
    service = LocalService(home / "work", lambda ref: home / "inputs" / ref.sha256, render)
    jobs = await Jobs.open(
        Places.of(home, outputs),
        driver_of=lambda provider, key: service,
        protocol_of=lambda name: PROTOCOL,
        provider_of=lambda name: LOCAL,
        verify=check,
        limit=lambda provider: 1,
    )
    return jobs, service


async def test_a_local_job_lives_the_life_of_a_paid_one(home: Path, outputs: Path):
    jobs, service = await open_jobs(home, outputs)
    jobs.run()
    job = await jobs.wait((await jobs.create(new_plan())).id, timeout_s=20)
    entries = await jobs._store.entries(job.id)
    await jobs.close()
    await service.close()
    assert (job.status, job.cost) == (Status.COMPLETED, 0)
    assert [path.name for path in outputs.iterdir()] == [f"local_{job.created_at.astimezone():%Y%m%d_%H%M%S}.mp4"]
    assert [(entry.kind, entry.held, entry.spent) for entry in entries] == [("reserve", 0, 0), ("settle", 0, 0)]
    assert names(home / "work") == []


async def test_a_local_job_is_cancelled_while_it_is_drawn(home: Path, outputs: Path):
    jobs, service = await open_jobs(home, outputs)
    jobs.run()
    job = await jobs.create(new_plan(prompt="slow 0.05", seconds=60))
    async with asyncio.timeout(20):
        while not (await jobs.get(job.id)).progress:
            await asyncio.sleep(0.02)
    asked = time.monotonic()
    await jobs.cancel(job.id)
    job = await jobs.wait(job.id, timeout_s=20)
    took = time.monotonic() - asked
    await jobs.close()
    await service.close()
    assert (job.status, job.cost, took < 2) == (Status.CANCELLED, 0, True)
    assert names(home / "work") == []
    assert not outputs.exists()


KILLED = """
import asyncio, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
import importlib.util
spec = importlib.util.spec_from_file_location("service_tests", {file!r})
tests = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tests)

async def main():
    jobs, service = await tests.open_jobs(Path({home!r}), Path({outputs!r}))
    jobs.run()
    async for news in jobs.watch({job!r}):
        if getattr(news, "progress", 0) > 0.2:
            sys.stdout.write("drawing\\n"); sys.stdout.flush()
    await jobs.close(); await service.close()

asyncio.run(main())
"""


async def test_a_local_job_survives_the_death_of_its_process(home: Path, outputs: Path):
    jobs, service = await open_jobs(home, outputs)
    job = await jobs.create(new_plan(prompt="slow 0.05", seconds=2, seed=5))
    await jobs.close()
    script = KILLED.format(
        tests=str(Path(__file__).parent), file=__file__, home=str(home), outputs=str(outputs), job=job.id
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"drawing\n"
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert [name for name in names(home / "work") if name.startswith(".")] != [], "it left half a file"
    jobs, service = await open_jobs(home, outputs)
    assert (await jobs.get(job.id)).phase is Phase.GENERATING
    jobs.run()
    done = await jobs.wait(job.id, timeout_s=60)
    attempts = await jobs.attempts(job.id)
    await jobs.close()
    await service.close()
    assert (done.status, len(attempts), done.epoch) == (Status.COMPLETED, 1, 2)
    assert verify(Path(done.artifacts[0].path)).info.frames == 48
    assert names(home / "work") == []


async def test_a_broken_render_is_drawn_again(home: Path, outputs: Path):
    tries = []

    def broken_at_first(settings, inputs, out, progress, cancelled):
        tries.append(1)
        draw(settings, inputs, out, progress, cancelled)
        if len(tries) == 1:
            out.write_bytes(out.read_bytes()[:1500])

    from video_gen.engine.policy import Policy

    jobs, service = await open_jobs(home, outputs, broken_at_first)
    object.__setattr__(jobs._ports, "policy", Policy(retry_first=0.01))
    jobs.run()
    job = await jobs.wait((await jobs.create(new_plan())).id, timeout_s=20)
    await jobs.close()
    await service.close()
    assert (job.status, len(tries)) == (Status.COMPLETED, 2)
