"""What a runner clears away before it runs jobs: nobody else touches the home's files then."""

import asyncio
from datetime import timedelta
from typing import Final

from video_gen.engine import discard
from video_gen.engine.blobs import Blobs
from video_gen.engine.ports import Ports

UNUSED_FOR: Final = timedelta(days=1)
"""How long media that were handed in wait for their job."""


async def tidy(ports: Ports, blobs: Blobs) -> None:
    """Remove what killed processes and refused requests left behind, and no job goes on with."""
    keys = await asyncio.to_thread(discard.keys_in, ports.work)
    needed = await ports.store.needed(keys)
    await asyncio.to_thread(discard.sweep, ports.work, needed)
    await sweep_inputs(ports, blobs)


async def sweep_inputs(ports: Ports, blobs: Blobs) -> None:
    """Remove media that were handed in and that no job has used."""
    used, before = await ports.store.inputs_used(), ports.now() - UNUSED_FOR
    await asyncio.to_thread(blobs.sweep, used, before=before.timestamp())
