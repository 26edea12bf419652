"""`Client`: the same for programs without asyncio. A thread of its own runs the loop."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import date
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from video_gen.catalog import Catalog
from video_gen.client.asynchronous import AsyncClient
from video_gen.client.batch.view import BatchCalls
from video_gen.client.comparison.view import ComparisonCalls
from video_gen.client.films import SequenceCalls
from video_gen.client.images import ImageCalls
from video_gen.client.jobs import Attempts, History
from video_gen.client.models import ModelsCalls
from video_gen.client.usage import Usage
from video_gen.client.video import VideoCalls
from video_gen.client.words import Key, Out, Words
from video_gen.config import Config
from video_gen.engine.intake import Terms
from video_gen.engine.resolving import Retry
from video_gen.exceptions import ConfigurationError
from video_gen.spec import Decision, Job, Plan, Status

T = TypeVar("T")


class Client:
    """Makes videos in this process, over a store that outlives it; or by a server, with the same methods and results.

        with Client() as client:
            job = client.generate("a calm ocean at sunset", out="ocean.mp4")
            print(job.artifacts[0].path)

    Leaving a call by Ctrl-C leaves its job resumable.
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        catalog: Catalog | None = None,
    ) -> None:
        """Take settings and models, or the address of a server, as `AsyncClient` does; and open the store.

        Raises:
            ConfigurationError: a setting or the address is none.
            ServiceUnavailableError: no server answers there.
            AuthenticationError: the server wants a key, or another one.
        """
        self._client = AsyncClient(config, base_url=base_url, api_key=api_key, catalog=catalog)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="video-gen client", daemon=True)
        self._thread.start()
        try:
            self._call(self._client.__aenter__())
        except BaseException:
            self._stop_loop()
            raise
        self.jobs = JobsCalls(self._client, self._call)
        """Every job there was and is."""
        self.batch = BatchCalls(lambda: self._client.batch, self._call)
        """Many videos from a file or a list: `client.batch("prompts.csv")`."""
        self.compare = ComparisonCalls(lambda: self._client.compare, self._call)
        """One prompt by several models: `client.compare("a calm ocean", ["veo", "gen4.5"])`."""
        self.models = ModelsCalls(lambda: self._client.models, self._call)
        """What can be asked for."""
        self.images = ImageCalls(lambda: self._client.images, self._call)
        """Images from prompts."""
        self.sequence = SequenceCalls(lambda: self._client.sequence, self._call)
        """Films of several shots: `client.sequence(storyboard, out="film.mp4")`."""
        self.video = VideoCalls(lambda: self._client.video, self._call)
        """Videos by the names that programs for Venice know: `queue`, `wait_for_completion` ..."""

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop.is_closed():
            work.close()
            raise ConfigurationError("the client is closed: make a new one")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def plan(self, prompt: str = "", **words: Unpack[Words]) -> Plan:
        """Return what exactly would be sent, and its quote; see `AsyncClient.plan`."""
        return self._call(self._client.plan(prompt, **words))

    def route(self, prompt: str = "", **words: Unpack[Words]) -> Decision:
        """Return which models can do it, the best first, and why the others are left out; see `AsyncClient.route`."""
        return self._call(self._client.route(prompt, **words))

    def submit(self, plan: Plan, *, api_key: Key = None, **terms: Unpack[Terms]) -> Job:
        """Store a job for a plan and start on it; see `AsyncClient.submit`."""
        job = self._call(self._client.submit(plan, api_key=api_key, **terms))
        self.run()
        return job

    def run(self) -> None:
        """Carry jobs out from here on, as soon as no other process does; until the client closes."""
        self._call(self._run())

    def generate(
        self,
        prompt: str = "",
        *,
        out: Out = None,
        overwrite: bool = False,
        on_progress: Callable[[Job], None] | None = None,
        api_key: Key = None,
        **words: Unpack[Words],
    ) -> Job:
        """Make a video and return its completed job; see `AsyncClient.generate`."""
        return self._call(
            self._client.generate(
                prompt, out=out, overwrite=overwrite, on_progress=on_progress, api_key=api_key, **words
            )
        )

    def carry_out(
        self,
        plan: Plan,
        *,
        on_progress: Callable[[Job], None] | None = None,
        api_key: Key = None,
        **terms: Unpack[Terms],
    ) -> Job:
        """Submit a plan and return its completed job; see `AsyncClient.carry_out`."""
        return self._call(self._client.carry_out(plan, on_progress=on_progress, api_key=api_key, **terms))

    def videos(self, prompt: str, model: str | None = None, *, api_key: Key = None, **options: Any) -> dict[str, Any]:
        """Hand a video in, by the names that programs for IndoxRouter know; see `AsyncClient.videos`."""
        return self._call(self._client.videos(prompt, model, api_key=api_key, **options))

    def usage(self, since: date | None = None) -> Usage:
        """Return what was spent and made from a UTC day on, or ever; see `AsyncClient.usage`."""
        return self._call(self._client.usage(since))

    def fetch(self, job_id: str, out: str | None = None, *, overwrite: bool = False) -> Job:
        """Copy a completed job's videos to this machine; see `AsyncClient.fetch`."""
        return self._call(self._client.fetch(job_id, out, overwrite=overwrite))

    async def _run(self) -> None:
        self._client.run()

    def close(self) -> None:
        """Stop running jobs and close the store; unfinished jobs stay resumable."""
        if not self._loop.is_closed():
            with suppress(ConfigurationError):
                self._call(self._client.close())
            self._stop_loop()

    def _stop_loop(self) -> None:
        # A body that was broken off leaves its file to the loop to close.
        asyncio.run_coroutine_threadsafe(self._loop.shutdown_asyncgens(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        """Return the client, which is open already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


class JobsCalls:
    """Every job there was and is; each method as in `client.jobs.JobsView`, waiting for its answer."""

    def __init__(self, client: AsyncClient, call: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._client = client
        self._call = call

    def __call__(self, job_id: str) -> dict[str, Any]:
        """Return where a job stands as a dictionary, as programs for IndoxRouter read it."""
        shown: dict[str, Any] = self._call(self._client.jobs(job_id))
        return shown

    def get(self, job_id: str) -> Job:
        """Return a job."""
        job: Job = self._call(self._client.jobs.get(job_id))
        return job

    def list(
        self, *, status: Status | None = None, model: str | None = None, search: str | None = None, limit: int = 20
    ) -> list[Job]:
        """Return jobs, newest first."""
        jobs: list[Job] = self._call(self._client.jobs.list(status=status, model=model, search=search, limit=limit))
        return jobs

    def events(self, job_id: str, *, after: int = 0) -> History:
        """Return a job's history, oldest first."""
        events: History = self._call(self._client.jobs.events(job_id, after=after))
        return events

    def attempts(self, job_id: str) -> Attempts:
        """Return a job's attempts, oldest first."""
        attempts: Attempts = self._call(self._client.jobs.attempts(job_id))
        return attempts

    def wait(self, job_id: str, *, timeout_s: float | None = None) -> Job:
        """Return the completed job, or raise what ended it."""
        job: Job = self._call(self._client.jobs.wait(job_id, timeout_s=timeout_s))
        return job

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop."""
        job: Job = self._call(self._client.jobs.cancel(job_id))
        return job

    def resume(self, job_id: str, *, out: Out = None) -> Job:
        """Let a job go on where it stood; with `out`, its video goes there."""
        job: Job = self._call(self._client.jobs.resume(job_id, out=out))
        return job

    def retry(self, job_id: str) -> Retry:
        """Try a failed or cancelled job again."""
        retry: Retry = self._call(self._client.jobs.retry(job_id))
        return retry

    def adopt(self, job_id: str, operation_id: str) -> Job:
        """Go on with what a lost submit became at the provider."""
        job: Job = self._call(self._client.jobs.adopt(job_id, operation_id))
        return job

    def resubmit(self, job_id: str) -> Job:
        """Send a lost submit again that the provider does not have."""
        job: Job = self._call(self._client.jobs.resubmit(job_id))
        return job

    def write_off(self, job_id: str, *, cost: int | None = None) -> Job:
        """Give a lost submit up, and book what it cost in micro-USD; None: all that is held for it."""
        job: Job = self._call(self._client.jobs.write_off(job_id, cost=cost))
        return job

    def delete(self, job_id: str, *, files: bool = False) -> Job:
        """Forget an ended job."""
        job: Job = self._call(self._client.jobs.delete(job_id, files=files))
        return job
