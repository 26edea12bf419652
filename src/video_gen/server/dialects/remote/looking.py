"""Answers that are held back until there is something to tell (RFC 7240, 4.3: `Prefer: wait=SECONDS`).

A held answer needs nothing of either side when it breaks off: it is asked for again, also of a server that was started
anew meanwhile. A stream would have to be read apart, kept alive and taken up again.
"""

import asyncio
import re
from collections.abc import Coroutine
from typing import Any, Final

from video_gen.exceptions import WaitTimeoutError
from video_gen.server.dialects.remote.shown import answer, shown_job
from video_gen.server.gateway import Gateway
from video_gen.spec import Job

LONGEST: Final = 60.0
"""Seconds for which an answer is held back at most."""
_WAIT: Final = re.compile(r"wait\s*=\s*(\d{1,4})")
_NO_EVENTS: Final = 2**53


def held_for(prefer: str | None) -> float:
    """Return the seconds that a `Prefer` header allows to wait."""
    found = _WAIT.search(prefer or "")
    return min(LONGEST, float(found[1])) if found else 0.0


async def ended(gateway: Gateway, job_id: str, seconds: float) -> Job:
    """Return a job when it has ended, or as it stands when the time is over or the server is asked to stop."""
    await _until(gateway, _end(gateway, job_id, seconds))
    return await gateway.job(job_id)


async def changed(gateway: Gateway, job_id: str, tag: str, seconds: float) -> Job | None:
    """Return a job as soon as it looks different from what a tag names; None when the time is over before."""
    job = await gateway.job(job_id)
    if seconds <= 0 or _differs(job, gateway, tag):
        return job
    return await _until(gateway, _change(gateway, job_id, tag, seconds))


async def _end(gateway: Gateway, job_id: str, seconds: float) -> None:
    try:
        await gateway.ended(job_id, timeout_s=seconds)
    except WaitTimeoutError:
        return


async def _change(gateway: Gateway, job_id: str, tag: str, seconds: float) -> Job | None:
    try:
        async with asyncio.timeout(seconds):
            async for news in gateway.watch(job_id, after=_NO_EVENTS):
                if isinstance(news, Job) and _differs(news, gateway, tag):
                    return news
    except TimeoutError:
        return None
    return None


def _differs(job: Job, gateway: Gateway, tag: str) -> bool:
    return answer(shown_job(job, gateway)).headers["etag"] != tag


async def _until(gateway: Gateway, work: Coroutine[Any, Any, Job | None]) -> Job | None:
    """Wait for some work, no longer than the server is to run."""
    waiting, closing = asyncio.ensure_future(work), asyncio.ensure_future(gateway.closing.wait())
    try:
        await asyncio.wait({waiting, closing}, return_when=asyncio.FIRST_COMPLETED)
        return waiting.result() if waiting.done() else None
    finally:
        for each in (waiting, closing):
            each.cancel()
        await asyncio.wait({waiting, closing})
