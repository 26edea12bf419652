"""Opens a client for a command that only needs one while it works."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from video_gen.client import AsyncClient

T = TypeVar("T")


def with_client(work: "Callable[[AsyncClient], Awaitable[T]]") -> T:
    """Run `work` with an open client, and return what it returns."""
    from video_gen.client import AsyncClient

    async def run() -> T:
        async with AsyncClient.here() as client:
            return await work(client)

    return asyncio.run(run())
