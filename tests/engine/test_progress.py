"""Progress is known at once here, and written now and then, for all jobs together."""

import asyncio
from pathlib import Path

import pytest
from test_store import AT, ERROR, claimed, new_job

from video_gen.engine import lifecycle
from video_gen.engine.progress import ProgressBoard
from video_gen.engine.store import Store
from video_gen.exceptions import StorageError
from video_gen.spec import Job, Phase


@pytest.fixture
async def store(tmp_path: Path):
    opened = await Store.open(tmp_path / "store.db")
    yield opened
    await opened.close()


async def running(store: Store) -> Job:
    job, _ = await claimed(store, await store.create(new_job(), "h", []))
    return job


async def test_many_steps_of_many_jobs_are_one_write(store: Store, monkeypatch: pytest.MonkeyPatch):
    writes, gate = [], asyncio.Event()
    plain = store.show_progress

    async def count(steps):
        writes.append(len(list(steps)))
        await plain(steps)

    async def sleep(seconds: float) -> None:
        await gate.wait()

    monkeypatch.setattr(store, "show_progress", count)
    board = ProgressBoard(store, sleep=sleep)
    one, two = [await running(store) for _ in range(2)]
    for percent in range(1, 50):
        for job in (one, two):
            board.note(lifecycle.progressed(job, percent / 100, AT))
        await asyncio.sleep(0)
    assert board.shown(one).progress == 0.49
    assert (await store.get(one.id)).progress < 0.49
    gate.set()
    async with asyncio.timeout(10):
        while (await store.get(two.id)).progress < 0.49:
            await asyncio.sleep(0.01)
    assert writes == [2, 2]
    await board.close()


async def test_the_board_knows_only_the_run_that_told_it(store: Store):
    board = ProgressBoard(store)
    job = await running(store)
    board.note(lifecycle.moved(lifecycle.progressed(job, 0.7, AT), Phase.VERIFYING, AT))
    shown = board.shown(job)
    assert (shown.progress, shown.phase) == (0.7, Phase.VERIFYING)
    newer = job.model_copy(update={"epoch": job.epoch + 1})
    assert board.shown(newer) == newer, "what an older run said is no news"
    further = lifecycle.progressed(job, 0.9, AT)
    assert board.shown(further).progress == 0.9
    ended = lifecycle.failed(job, ERROR, AT)
    assert board.shown(ended) == ended
    board.forget(job.id)
    assert board.shown(job) == job
    await board.close()


async def test_a_refusing_store_loses_a_step_and_nothing_else(store: Store, monkeypatch: pytest.MonkeyPatch):
    plain, tries = store.show_progress, []

    async def refuse_once(steps):
        tries.append(1)
        if len(tries) == 1:
            raise StorageError("full")
        await plain(steps)

    monkeypatch.setattr(store, "show_progress", refuse_once)
    board = ProgressBoard(store, every=0.01)
    job = await running(store)
    board.note(lifecycle.progressed(job, 0.1, AT))
    await asyncio.sleep(0.05)
    board.note(lifecycle.progressed(job, 0.2, AT))
    async with asyncio.timeout(10):
        while (await store.get(job.id)).progress != 0.2:
            await asyncio.sleep(0.01)
    await board.close()
