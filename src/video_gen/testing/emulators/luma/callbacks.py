"""Dream Machine's notices: the generation, posted to its callback URL at each new state.

They carry no signature, are tried three times more, 100 ms apart, and given 5 s (docs.lumalabs.ai, changelog 1.1.0).
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

import aiohttp

from video_gen.testing.emulators.world import Render

TRIES: Final = 4
PAUSE: Final = 0.1
PATIENCE: Final = 5.0
LOOK: Final = 0.02

Shown = Callable[[Render], dict[str, Any]]


async def tell(render: Render, shown: Shown) -> None:
    """Post a generation's states to its callback URL until it has ended."""
    told = "queued"
    twice = 2 if "duplicate_webhook" in render.faults else 1
    while told not in {"completed", "failed"} and not render.deleted:
        await asyncio.sleep(LOOK)
        generation = shown(render)
        if generation["state"] != told:
            told = generation["state"]
            for _ in range(twice):
                await _post(render.callback, generation)


async def _post(url: str, generation: dict[str, Any]) -> None:
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for _ in range(TRIES):
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.post(url, json=generation) as reply:
                    if reply.status == 200:
                        return
            await asyncio.sleep(PAUSE)
