"""Serves emulators on loopback, in a thread of their own: a client under test may block its own."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aiohttp import web

from video_gen.testing.emulators.emulator import Emulator


class Host:
    """An event loop in a thread, and the applications it serves."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._runners: list[web.AppRunner] = []
        self._thread = threading.Thread(target=self._loop.run_forever, name="emulators", daemon=True)
        self._thread.start()

    def serve(self, application: web.Application, *, port: int = 0) -> str:
        """Serve an application on a free port of 127.0.0.1; return its URL."""
        return asyncio.run_coroutine_threadsafe(self._serve(application, port), self._loop).result(30)

    def close(self) -> None:
        """Stop serving."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    async def _serve(self, application: web.Application, port: int) -> str:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def _close(self) -> None:
        for runner in self._runners:
            await runner.cleanup()


@contextmanager
def serving(*emulators: Emulator) -> Iterator[Sequence[Emulator]]:
    """Serve emulators, each with the other host it may lead to, for the length of the block.

    >>> with serving(OpenAIEmulator()) as (emulator,):  # doctest: +SKIP
    ...     client = openai.OpenAI(base_url=emulator.url + "/v1", api_key=KEY)
    """
    host = Host()
    try:
        for emulator in emulators:
            emulator.trap.url = host.serve(emulator.trap.application())
            emulator.url = host.serve(emulator.application())
        yield emulators
    finally:
        host.close()
        for emulator in emulators:
            emulator.world.studio.close()
