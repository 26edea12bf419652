"""`AsyncClient`: plans, jobs and videos for an asyncio program."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import date
from types import TracebackType
from typing import Any, Self, Unpack

from pydantic import SecretStr

from video_gen.catalog import Catalog, load_catalog
from video_gen.client.batch.view import BatchView
from video_gen.client.bringing import brought_home, brought_to
from video_gen.client.comparison.view import ComparisonView
from video_gen.client.embedded import Embedded
from video_gen.client.ending import completed
from video_gen.client.films import SequenceView
from video_gen.client.generations import accepted
from video_gen.client.handed import A_PLAN, expect
from video_gen.client.images import ImagesView
from video_gen.client.inputs import read_inputs
from video_gen.client.inside import Inside
from video_gen.client.installation import Installation
from video_gen.client.jobs import JobsView
from video_gen.client.models import ModelsView
from video_gen.client.spoken import words_from
from video_gen.client.usage import Usage, usage_of
from video_gen.client.video import VideoView
from video_gen.client.words import Key, MediaSource, Out, Words, request_of
from video_gen.config import Config
from video_gen.engine.intake import Terms
from video_gen.engine.ledger import check_ceiling
from video_gen.engine.service import GRACE
from video_gen.spec import AUTO, Decision, Job, MediaRef, Plan, Request


class AsyncClient(Inside):
    """Makes videos in this process, over a store that outlives it; or by a server, with the same methods and results.

    Use it as a context manager:

        async with AsyncClient() as client:
            job = await client.generate("a calm ocean at sunset", out="ocean.mp4")
            print(job.artifacts[0].path)

    A job whose process dies goes on with the next client that runs jobs; a server's, with the server.
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        catalog: Catalog | None = None,
        local_files: bool = True,
    ) -> None:
        """Take settings and models, or the address of a server.

        Args:
            config: Settings; by default those of the environment.
            base_url: The server that has the jobs, like "http://localhost:8000". By default VIDEO_GEN_BASE_URL, unless
                `config` says which settings count; without either, the jobs are in this process.
            api_key: The server's key; by default VIDEO_GEN_API_KEY. Of no effect in this process, where nobody is asked
                for one: the keys of the providers are settings.
            catalog: Models; by default the installed ones. A server has its own.
            local_files: Whether paths that callers give are this machine's. Whoever speaks for others says no.

        Raises:
            ConfigurationError: a setting or the address is none.
        """
        self.config = config or Config.from_environment()
        self._outputs = self.config.outputs_dir.resolve()
        server = base_url or (self.config.base_url if config is None else None)
        self._installation: Installation
        if server is None:
            self._installation = Embedded(self.config, catalog or load_catalog(), local_files=local_files)
        else:
            from video_gen.client.remote import Remote

            key = SecretStr(api_key) if api_key else self.config.api_key
            self._installation = Remote(server, key, self._outputs)

    @classmethod
    def here(cls) -> Self:
        """Return a client of this process, also where the environment names a server."""
        return cls(Config.from_environment())

    async def __aenter__(self) -> Self:
        """Open the store, or see that the server is there."""
        try:
            await self._installation.open()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store; unfinished jobs stay resumable."""
        await self.close()

    async def close(self, *, drain: bool = False, grace: float = GRACE) -> None:
        """Stop running jobs and close the store; unfinished jobs stay resumable. A server's jobs go on.

        Args:
            drain: Finish the jobs under way first, however long they take.
            grace: Seconds for what may not be broken off, such as noting a provider's answer.
        """
        await self._installation.close(drain=drain, grace=grace)

    async def run_until_idle(self) -> None:
        """Carry jobs out until none is unfinished."""
        self.engine.run()  # also beside the workers of a shared database
        while unfinished := await self.jobs.unfinished():
            await self.engine.wait(unfinished[0].id)

    @property
    def jobs(self) -> JobsView:
        """Every job there was and is."""
        return JobsView(self._installation, self._outputs)

    @property
    def default_model(self) -> str:
        """The model of a video whose caller names none."""
        return self._installation.default_model

    @property
    def video(self) -> VideoView:
        """Videos by the names that programs for Venice know: `queue`, `wait_for_completion` ..."""
        return VideoView(self)

    @property
    def models(self) -> ModelsView:
        """What can be asked for."""
        return ModelsView(self._installation)

    @property
    def batch(self) -> BatchView:
        """Many videos from a file or a list: `await client.batch("prompts.csv")`."""
        return BatchView(self, self.config.outputs_dir)

    @property
    def compare(self) -> ComparisonView:
        """One prompt by several models: `await client.compare("a calm ocean", ["veo", "gen4.5"])`."""
        return ComparisonView(self, self.config.outputs_dir)

    @property
    def images(self) -> ImagesView:
        """Images from prompts."""
        return ImagesView(self._installation.plan, self.carry_out)

    @property
    def sequence(self) -> SequenceView:
        """Films of several shots: `await client.sequence(storyboard, out="film.mp4")`."""
        return SequenceView(self, self._outputs)

    def long_work(self) -> AbstractContextManager[None]:
        """Within it, a server that is away or asks for fewer calls is waited for, up to five minutes at a time."""
        return self._installation.long_work()

    async def usage(self, since: date | None = None) -> Usage:
        """Return what was spent and made: in all, by UTC day and by model, and where today stands.

        Args:
            since: The first UTC day that counts; None: ever.
        """
        return await usage_of(self._installation.jobs, since)

    async def link(self, job: Job) -> str | None:
        """Return a link to a job's first video or image that opens for a while; None while it has none."""
        return await self._installation.link(job.artifacts[0]) if job.artifacts else None

    async def plan(self, prompt: str = "", **words: Unpack[Words]) -> Plan:
        """Return what exactly would be sent, how it differs from what was asked, and its quote. Spends nothing.

        With the model `auto`, the plan's `decision` says which one was chosen and why.

        Raises:
            InvalidRequestError: or one of its kinds, when it cannot be done as asked.
        """
        return await self.plan_of(await self.request(prompt, words))

    async def plan_of(self, request: Request) -> Plan:
        """Return the plan of a request in its normal form, with a model chosen where it leaves that open."""
        return await self._installation.plan(request)

    async def route(self, prompt: str = "", **words: Unpack[Words]) -> Decision:
        """Return which models can do it, the best first, and of every other one why it is left out. Spends nothing.

        Raises:
            InvalidRequestError: a filter fits no model, or the request contradicts itself.
        """
        return await self._installation.route(await self.request(prompt, {"model": AUTO, **words}))

    async def request(self, prompt: str, words: Words) -> Request:
        """Return what is wanted in its normal form; its media are read and kept. Errors as `plan`."""
        return request_of(prompt, words, await read_inputs(self._installation, words), self.default_model)

    async def keep(self, source: MediaSource) -> MediaRef:
        """Read and keep a picture or video, to be named in requests.

        Raises:
            MediaInputError: names it, what is wrong with it, and the way out.
        """
        return await self._installation.keep(source)

    async def optimize_prompt(self, prompt: str) -> str:
        """Return a prompt in more detail: by the language model of VIDEO_GEN_CHAT_URL, or else by fixed rules."""
        return await self._installation.optimize_prompt(prompt)

    async def submit(self, plan: Plan, *, api_key: Key = None, **terms: Unpack[Terms]) -> Job:
        """Store a job for a plan; whoever runs the store's jobs carries it out.

        Args:
            plan: From `plan`. A server makes it again: what it would do differently by now is refused.
            api_key: The caller's own key for the plan's provider, used for this job alone: kept sealed, and no longer
                than the job needs it.
            terms: How: `out` is the file to write, or a folder (a path that ends in a slash, or exists as one), and by
                default named by date in the outputs folder. A server cannot write to this machine: this client brings
                the video when it is waited for, and without an `out` leaves it there. Nobody waits: `fetch` brings it,
                now or later, and the same plan, `out` and idempotency key, handed in again, name the same job and its
                place. The rest is in `Terms`.

        Raises:
            SpendLimitError: the plan may cost more than the request's ceiling.
            InvalidRequestError: `out` cannot be written, or `plan` is none: `generate` takes a prompt.
            ConfigurationError: the model's protocol is not installed, or its provider's key or a setting is missing.
        """
        key = SecretStr(api_key) if isinstance(api_key, str) else api_key
        check_ceiling(expect(plan, Plan, A_PLAN))
        return await self._installation.submit(plan, key, terms)

    async def check(self, plan: Plan, key: SecretStr | None = None) -> None:
        """Refuse a plan that `submit` would refuse: above its own ceiling, or of a provider that is out of reach.

        Raises:
            SpendLimitError: it may cost more than the request's ceiling.
            ConfigurationError: the model's protocol is not installed, or its provider's key or a setting is missing.
        """
        check_ceiling(expect(plan, Plan, A_PLAN))
        await self._installation.check(plan, key)

    async def generate(
        self,
        prompt: str = "",
        *,
        out: Out = None,
        overwrite: bool = False,
        on_progress: Callable[[Job], None] | None = None,
        api_key: Key = None,
        **words: Unpack[Words],
    ) -> Job:
        """Make a video and return its completed job; `job.artifacts[0].path` is the file.

        Cancelling this coroutine leaves the job resumable.

        Raises:
            VideoGenerationError: one of its kinds, when the job cannot be planned or fails.
            JobCancelledError: somebody cancelled the job.
        """
        plan = await self.plan(prompt, **words)
        return await self.carry_out(plan, on_progress=on_progress, api_key=api_key, out=out, overwrite=overwrite)

    async def carry_out(
        self,
        plan: Plan,
        *,
        on_progress: Callable[[Job], None] | None = None,
        api_key: Key = None,
        **terms: Unpack[Terms],
    ) -> Job:
        """Submit a plan, as `submit` does, and return its completed job. Errors as `generate`."""
        job = await self.submit(plan, api_key=api_key, **terms)
        return completed(await self.follow(job, on_progress))

    async def follow(self, job: Job, on_progress: Callable[[Job], None] | None = None) -> Job:
        """Return a job when it has ended, however it ended, with its files where they were wanted."""
        self.run()
        newest = job
        async for news in self._installation.jobs.watch(job.id):
            if isinstance(news, Job):
                newest = news
                if on_progress is not None:
                    on_progress(news)
        place = {"out": newest.out or job.out, "overwrite": newest.overwrite or job.overwrite}  # a server keeps none
        return await self.brought_home(newest.model_copy(update=place))

    async def videos(
        self, prompt: str, model: str | None = None, *, api_key: Key = None, **options: Any
    ) -> dict[str, Any]:
        """Hand a video in, by the names that programs for IndoxRouter know; `jobs(job_id)` tells where it stands.

        Args:
            prompt: What the video shows.
            model: A model's id or alias.
            api_key: The caller's own key for the model's provider, used for this job alone; also `byok_api_key`.
            options: `size`, `seconds` or `duration`, `n`, `aspect_ratio`, `fps`, `seed`, `generate_audio`,
                `input_image`, `reference_images` and every word of `plan`; what is none of these is an option of the
                provider. An `idempotency_key` makes it the same video, however often it is handed in. References, a
                last frame and, beside a first one, a `video` that the model does not take are left out, unless
                `drop_inputs=False` or `strict` has them refused.

        Returns:
            `{"data": {"job_id": ..., "status": ..., "model": ..., "adjustments": [...], "warnings": [...]}}`: the last
            two say, in sentences, what is done differently from what was asked.

        Raises:
            VideoGenerationError: one of its kinds, when it cannot be done as asked. Nothing was spent.
        """
        own, key = options.pop("byok_api_key", None), options.pop("idempotency_key", None)
        plan = await self.plan(prompt, **words_from({"drop_inputs": True, **options, "model": model}))
        job = await self.submit(plan, api_key=api_key or own, idempotency_key=key)
        self.run()
        return accepted(job)

    async def fetch(self, job_id: str, out: str | None = None, *, overwrite: bool = False) -> Job:
        """Copy a completed job's videos to this machine; return the job with the paths they have here.

        Args:
            job_id: Which job.
            out: The file to write, or a folder. Default: named by date in the outputs folder.
            overwrite: A file that exists at `out` may be replaced.

        Raises:
            JobNotFoundError: there is none.
            JobStateError: it has no videos.
            InvalidRequestError: `out` cannot be written.
        """
        job = await self.jobs.get(job_id)
        return await brought_to(self._installation, job, out, self._outputs, overwrite=overwrite)

    async def brought_home(self, job: Job) -> Job:
        """Return a completed job with its videos at the place it names, brought there if they are kept elsewhere."""
        return await brought_home(self._installation, job, self._outputs)

    @asynccontextmanager
    async def running(self, *, begin: bool = True) -> AsyncIterator[None]:
        """Carry jobs out from here on, as soon as no other process does; until the client closes.

        Over a shared database that is left to its workers. Without `begin`, jobs that wait are left waiting.
        """
        self.run(begin=begin)
        yield

    def run(self, *, begin: bool = True) -> None:
        """Carry jobs out in the background of this program, unless a server or workers of a shared database do."""
        self._installation.run(begin=begin)
