"""Sends messages to webhooks beside everything else the server does; what cannot be sent now waits in its row."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from standardwebhooks import Webhook as Signer

from video_gen.engine.postbag import Postbag, Taken
from video_gen.engine.webhook import Try
from video_gen.exceptions import VideoGenerationError
from video_gen.server.notices import Notice
from video_gen.transport.posting import Poster

AT_ONCE: Final = 32
PER_HOST: Final = 4
LOOK_ANYWAY: Final = 2.0
"""Seconds after which the rows are looked at though nobody announced a change: a message may be due again."""
GAP: Final = 0.1
"""Seconds at least between two looks."""
PRUNE_EVERY: Final = 1800
"""Looks between two times that old messages are forgotten."""
_log = logging.getLogger(__name__)


class Deliverer:
    """Takes messages that are due and sends them, a few at a time and fewer to each host."""

    def __init__(
        self,
        postbag: Postbag,
        poster: Poster,
        notice: Notice,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._postbag = postbag
        self._poster = poster
        self._notice = notice
        self._now = now
        self._chance = chance
        self._busy: Counter[str] = Counter()
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Send until cancelled; what was being sent then is sent again later, by whoever is there."""
        looks = 0
        with self._postbag.changes.listen() as changed:
            try:
                while True:
                    changed.clear()
                    await self._look(prune=looks % PRUNE_EVERY == 0)
                    looks += 1
                    await asyncio.sleep(GAP)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_ANYWAY):
                            await changed.wait()
            finally:
                await self._break_off()

    async def _look(self, *, prune: bool) -> None:
        try:
            if prune:
                await self._postbag.prune()
            taken = await self._postbag.take(AT_ONCE - len(self._sending), self._busy, PER_HOST)
        except VideoGenerationError as error:
            _log.warning("messages to webhooks wait: %s", error)
            return
        for each in taken:
            self._busy[each.host] += 1
            task = asyncio.create_task(self._send(each), name=f"video-gen {each.message.id}")
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send(self, taken: Taken) -> None:
        try:
            told = await self._told(taken)
            await self._postbag.note(taken, told, random=self._chance())
        except VideoGenerationError as error:  # its lease runs out, and it is taken again
            _log.warning("message %s waits: %s", taken.message.id, error)
        finally:
            self._busy[taken.host] -= 1

    async def _told(self, taken: Taken) -> Try:
        at, message = self._now(), taken.message
        secret = await asyncio.to_thread(self._postbag.secret, taken)
        letter = await self._notice(taken, at)
        # The library writes the moment that it is given as if it were UTC, whatever it says of itself.
        signature = Signer(secret.get_secret_value()).sign(message.id, at.astimezone(UTC), letter.body.decode())
        headers = {
            **letter.headers,
            "Content-Type": "application/json",
            "User-Agent": "video-gen",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
        }
        posted = await self._poster.post(taken.url, letter.body, headers)
        return Try(at=at, ms=posted.ms, status=posted.status, error=posted.error)

    async def _break_off(self) -> None:
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        await self._poster.close()
