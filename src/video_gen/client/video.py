"""`client.video`: queue, retrieve, wait, quote, complete, with the names and fields that programs for Venice know."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar, Unpack
from typing import Protocol as TypingProtocol

from video_gen.client.jobs import JobsView
from video_gen.client.spoken import words_from
from video_gen.client.video_job import AsyncVideoJob, VideoJob, VideoQuote, facts_of, quote_of
from video_gen.client.words import Key, MediaSource, Words
from video_gen.engine.faults import error_of
from video_gen.engine.intake import Terms
from video_gen.exceptions import InvalidRequestError, WaitTimeoutError
from video_gen.spec import Job, Plan

Length = int | float | str | None
"""Seconds: 5, "5" or "5s"."""
T = TypeVar("T")
_POLL_S = 5
_PATIENCE_S = 900


class Maker(TypingProtocol):
    """What makes the videos; an `AsyncClient`, whose methods these are."""

    @property
    def jobs(self) -> JobsView:
        """Its jobs."""
        ...

    async def plan(self, prompt: str = "", **words: Unpack[Words]) -> Plan:
        """Plan."""
        ...

    async def submit(self, plan: Plan, *, api_key: Key = None, **terms: Unpack[Terms]) -> Job:
        """Hand a plan in."""
        ...

    def run(self) -> None:
        """Carry jobs out."""
        ...

    async def link(self, job: Job) -> str | None:
        """Return where a job's first file is to be had."""
        ...

    async def fetch(self, job_id: str, out: str | None = None, *, overwrite: bool = False) -> Job:
        """Copy a job's files."""
        ...


class VideoView:
    """Videos of an `AsyncClient`. A video goes on while nobody waits for it, and after this program has ended."""

    def __init__(self, client: Maker) -> None:
        self._client = client

    async def queue(
        self,
        model: str,
        prompt: str | None = None,
        image: MediaSource | None = None,
        duration: Length = None,
        resolution: str | None = None,
        audio: bool = False,  # noqa: FBT001, FBT002 - the documented signature
        **options: Any,
    ) -> AsyncVideoJob:
        """Hand a video in.

        Args:
            model: A model's id or alias.
            prompt: What the video shows.
            image: The first frame: path, URL, data URI, base64 or bytes.
            duration: Seconds: 5, "5" or "5s".
            resolution: "720p", "1080p", "4k".
            audio: With sound.
            options: `seed`, `negative_prompt`, `aspect_ratio`, `fps`, `motion_bucket_id` (1 to 127), every word of
                `Client.plan`; what is none of these is an option of the provider, such as `guidance_scale`. An
                `idempotency_key` makes it the same video, however often it is handed in.

        Raises:
            VideoGenerationError: one of its kinds, when it cannot be done as asked. Nothing was spent.
        """
        key = options.pop("idempotency_key", None)
        words = _words(model, image, duration, resolution, {**options, "audio": audio})
        plan = await self._client.plan(prompt or "", **words)
        job = await self._client.submit(plan, idempotency_key=key)
        self._client.run()
        return await self.shown(job)

    async def retrieve(self, job_id: str, model: str | None = None) -> AsyncVideoJob:  # noqa: ARG002 - callers have it
        """Return a video as it stands. The id tells enough: a `model` is of no effect.

        Raises:
            JobNotFoundError: there is none.
        """
        return await self.shown(await self._client.jobs.get(job_id))

    async def wait_for_completion(
        self,
        job_id: str,
        poll_interval: float = _POLL_S,
        max_wait_time: float | None = None,
        callback: Callable[[AsyncVideoJob], object] | None = None,
        model: str | None = None,  # noqa: ARG002 - callers have it
    ) -> AsyncVideoJob:
        """Wait until a video is there. The id tells enough: a `model` is of no effect.

        Args:
            job_id: Which.
            poll_interval: Seconds between two calls of `callback`; the end is noticed at once.
            max_wait_time: Seconds to wait at most; None: without end.
            callback: Is told where the video stands, first and last too.
            model: Of no effect.

        Raises:
            WaitTimeoutError: the time is over; the video goes on.
            VideoGenerationError: what ended it otherwise.
        """
        job: Job | None = None
        async for job in self.looks(job_id, poll_interval, max_wait_time):
            if callback is not None:
                callback(await self.shown(job))
        return await self.shown(ended_well(job))

    async def quote(
        self,
        model: str,
        prompt: str | None = None,
        image: MediaSource | None = None,
        duration: Length = None,
        resolution: str | None = None,
        audio: bool = False,  # noqa: FBT001, FBT002 - the documented signature
        **options: Any,
    ) -> VideoQuote:
        """Return what a video would cost; arguments and errors as of `queue`. Spends nothing."""
        words = _words(model, image, duration, resolution, {**options, "audio": audio})
        return quote_of(await self._client.plan(prompt or "", **words))

    async def complete(self, model: str, *asked: Any, timeout: float = _PATIENCE_S, **options: Any) -> AsyncVideoJob:  # noqa: ASYNC109
        """Hand a video in, as `queue` does, and wait for it at most `timeout` seconds."""
        job = await self.queue(model, *asked, **options)
        return await self.wait_for_completion(job.job_id, max_wait_time=timeout)

    async def looks(self, job_id: str, every: float, most: float | None) -> AsyncIterator[Job]:
        """Yield a job now, every so many seconds, and when it has ended.

        Raises:
            InvalidRequestError: `every` is no time.
            WaitTimeoutError: `most` seconds are over.
        """
        if every <= 0:
            raise InvalidRequestError(f"`poll_interval={every}` is no time: give seconds above 0, such as {_POLL_S}")
        now = asyncio.get_running_loop().time
        end = None if most is None else now() + most
        jobs = self._client.jobs
        job = await jobs.get(job_id)
        self._client.run()  # it may be one that an earlier program left
        yield job
        while not job.status.terminal:
            left = every if end is None else min(every, end - now())
            if left <= 0:
                raise WaitTimeoutError(
                    f"job `{job.id}` is {job.status} after {most:g} s: it goes on, wait again or retrieve it later"
                )
            job = await jobs.look(job.id, within_s=left)
            yield job

    async def shown(self, job: Job) -> AsyncVideoJob:
        """Return a job as a video."""
        return AsyncVideoJob(**facts_of(job, await self._client.link(job)), fetch=self.fetch)

    async def fetch(self, job_id: str, path: Path) -> Path:
        """Copy a video to a path, replacing what stands there."""
        job = await self._client.fetch(job_id, os.fspath(path), overwrite=True)
        return Path(job.artifacts[0].path)


class VideoCalls:
    """Videos of a `Client`; each method as in `VideoView`, waiting for its answer."""

    def __init__(self, videos: Callable[[], VideoView], call: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._videos = videos
        self._call = call

    def queue(
        self,
        model: str,
        prompt: str | None = None,
        image: MediaSource | None = None,
        duration: Length = None,
        resolution: str | None = None,
        audio: bool = False,  # noqa: FBT001, FBT002 - the documented signature
        **options: Any,
    ) -> VideoJob:
        """Hand a video in; see `VideoView.queue`."""
        return self._job(self._call(self._videos().queue(model, prompt, image, duration, resolution, audio, **options)))

    def retrieve(self, job_id: str, model: str | None = None) -> VideoJob:
        """Return a video as it stands."""
        return self._job(self._call(self._videos().retrieve(job_id, model)))

    def wait_for_completion(
        self,
        job_id: str,
        poll_interval: float = _POLL_S,
        max_wait_time: float | None = None,
        callback: Callable[[VideoJob], object] | None = None,
        model: str | None = None,  # noqa: ARG002 - callers have it
    ) -> VideoJob:
        """Wait until a video is there; see `VideoView.wait_for_completion`. The callback is called in this thread."""
        videos = self._videos()
        looks, job = videos.looks(job_id, poll_interval, max_wait_time), None
        while (look := self._call(_next(looks))) is not None:
            job = look
            if callback is not None:
                callback(self._job(self._call(videos.shown(job))))
        return self._job(self._call(videos.shown(ended_well(job))))

    def quote(
        self,
        model: str,
        prompt: str | None = None,
        image: MediaSource | None = None,
        duration: Length = None,
        resolution: str | None = None,
        audio: bool = False,  # noqa: FBT001, FBT002 - the documented signature
        **options: Any,
    ) -> VideoQuote:
        """Return what a video would cost."""
        quote: VideoQuote = self._call(
            self._videos().quote(model, prompt, image, duration, resolution, audio, **options)
        )
        return quote

    def complete(self, model: str, *asked: Any, timeout: float = _PATIENCE_S, **options: Any) -> VideoJob:
        """Hand a video in, as `queue` does, and wait for it at most `timeout` seconds."""
        return self._job(self._call(self._videos().complete(model, *asked, timeout=timeout, **options)))

    def _job(self, job: AsyncVideoJob) -> VideoJob:
        fields = {name: getattr(job, name) for name in AsyncVideoJob.__dataclass_fields__ if name != "fetch"}
        return VideoJob(**fields, fetch=lambda job_id, path: self._call(self._videos().fetch(job_id, path)))


def ended_well(job: Job | None) -> Job:
    """Return a completed job; raise what ended any other."""
    assert job is not None
    if job.error is not None:
        raise error_of(job.error)
    return job


async def _next(looks: AsyncIterator[Job]) -> Job | None:
    return await anext(looks, None)


def _words(
    model: str, image: MediaSource | None, duration: Length, resolution: str | None, options: dict[str, Any]
) -> Words:
    return words_from({**options, "model": model, "image": image, "duration": duration, "resolution": resolution})
