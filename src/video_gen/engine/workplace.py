"""A worker's place on its machine: a work folder that no other process writes to, and nothing left by dead ones."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from video_gen.engine.lock import RunnerLock
from video_gen.engine.places import Places
from video_gen.engine.ports import Ports
from video_gen.engine.tidy import sweep_inputs

OWN: Final = "worker.lock"


@asynccontextmanager
async def workplace(places: Places, ports: Ports) -> AsyncIterator[None]:
    """Hold this process's work folder while it works, after clearing away what killed workers of the machine left.

    A download that a dead worker had begun is of no use any more: whoever took its job over has begun anew.

    Raises:
        ConfigurationError: jobs hold keys that this machine cannot open.
        StorageError: the disk or the store refused.
    """
    if await ports.store.holds_keys():
        places.keyring.check()
    lock = RunnerLock(places.work / OWN)
    await asyncio.to_thread(lock.take)
    try:
        await asyncio.to_thread(_sweep, places.work)
        await sweep_inputs(ports, places.blobs)
        yield
    finally:
        await asyncio.to_thread(shutil.rmtree, places.work, ignore_errors=True)
        lock.release()


def _sweep(own: Path) -> None:
    for path in own.parent.glob(f"*/{OWN}"):
        lock = RunnerLock(path)
        if path.parent != own and lock.take():
            shutil.rmtree(path.parent, ignore_errors=True)
            lock.release()
