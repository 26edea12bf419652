"""What a film needs of a client: single videos planned and made as jobs, and their frames kept as inputs."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Unpack, cast
from typing import Protocol as TypingProtocol

from video_gen.catalog import ModelCard
from video_gen.client.ending import completed
from video_gen.client.jobs import JobsView
from video_gen.client.models import ModelsView
from video_gen.client.words import Key, MediaSource, Words
from video_gen.engine.files import intact
from video_gen.engine.intake import Terms
from video_gen.exceptions import InvalidRequestError, MediaNotFoundError
from video_gen.spec import Attempt, Job, MediaRef, Plan, Request


class Maker(TypingProtocol):
    """What makes the videos; an `AsyncClient`, whose methods these are."""

    @property
    def models(self) -> ModelsView:
        """Its models."""
        ...

    @property
    def jobs(self) -> JobsView:
        """Its jobs."""
        ...

    def long_work(self) -> AbstractContextManager[None]:
        """Within it, a server that is away is waited for."""
        ...

    @property
    def default_model(self) -> str:
        """The model of a video whose caller names none."""
        ...

    async def keep(self, source: MediaSource) -> MediaRef:
        """Keep a picture or video."""
        ...

    async def request(self, prompt: str, words: Words) -> Request:
        """Return a request in its normal form."""
        ...

    async def plan_of(self, request: Request) -> Plan:
        """Plan."""
        ...

    async def check(self, plan: Plan) -> None:
        """Refuse a plan of a provider that is out of reach."""
        ...

    async def submit(self, plan: Plan, *, api_key: Key = None, **terms: Unpack[Terms]) -> Job:
        """Hand a plan in."""
        ...

    def run(self) -> None:
        """Carry jobs out."""
        ...

    async def brought_home(self, job: Job) -> Job:
        """Return a completed job with its videos where they were wanted."""
        ...


class ClientStudio:
    """What a film needs of a client."""

    def __init__(self, client: Maker) -> None:
        """Plan and make by a client."""
        self._client = client

    @property
    def default_model(self) -> str:
        """The model of a shot that names none."""
        return self._client.default_model

    async def cards(self, name: str | None = None) -> Sequence[ModelCard]:
        """Return models as cards; see `films.Studio`."""
        return await self._client.models.cards(name)

    async def request(self, prompt: str, words: Mapping[str, Any]) -> Request:
        """Return a request in its normal form; see `films.Studio`."""
        return await self._client.request(prompt, cast("Words", words))

    async def plan(self, request: Request) -> Plan:
        """Return what would be sent, and its quote."""
        return await self._client.plan_of(request)

    async def check(self, plan: Plan) -> None:
        """Refuse a plan whose provider is out of reach."""
        await self._client.check(plan)

    async def frame(self, video: Path, *, last: bool) -> MediaRef:
        """Keep the last frame of a video, or its first one."""
        return await self._client.keep(await asyncio.to_thread(_frame, video, last=last))

    async def video(self, video: Path) -> MediaRef:
        """Keep a video."""
        return await self._client.keep(video)

    async def known(self, idempotency_key: str) -> Job | None:
        """Return the job that was handed in with a key."""
        return (await self._client.jobs.of_keys([idempotency_key])).get(idempotency_key)

    async def attempts(self, job_id: str) -> Sequence[Attempt]:
        """Return a job's attempts, oldest first."""
        return await self._client.jobs.attempts(job_id)

    async def submit(self, plan: Plan, *, out: Path, idempotency_key: str, tags: Mapping[str, str]) -> Job:
        """Hand a job in."""
        return await self._client.submit(plan, out=out, idempotency_key=idempotency_key, tags=tags)

    async def resume(self, job_id: str) -> Job:
        """Let an ended job fetch what its provider already made."""
        return await self._client.jobs.resume(job_id)

    async def watch(self, job_id: str) -> AsyncIterator[Job]:
        """Yield the job whenever it looks different; raise what ended it."""
        async for newest in self._client.jobs.watch(job_id):
            yield newest
            if newest.status.terminal:
                completed(newest)

    async def here(self, job: Job, clip: Path) -> Job | None:
        """Return a completed job with where its video is on this machine; see `films.Studio`."""
        try:
            here = await self._client.brought_home(job.model_copy(update={"out": job.out or str(clip)}))
        except (MediaNotFoundError, InvalidRequestError):
            return None
        first = here.artifacts[0]
        return here if await asyncio.to_thread(intact, Path(first.path), first.info.bytes, first.sha256) else None


def _frame(video: Path, *, last: bool) -> bytes:
    from video_gen.media.frames import first_frame, last_frame

    with TemporaryDirectory(prefix="video-gen-") as folder:
        return (last_frame if last else first_frame)(video, Path(folder) / "frame.png").read_bytes()
