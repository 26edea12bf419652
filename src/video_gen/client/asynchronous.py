"""`AsyncClient`: plans, jobs and videos for an asyncio program."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from types import TracebackType
from typing import Any, Self, Unpack

from pydantic import SecretStr

from video_gen.catalog import Catalog, load_catalog, plan_chain
from video_gen.client.background import start_background
from video_gen.client.batch.view import BatchView
from video_gen.client.bringing import brought_home, brought_to
from video_gen.client.chat import Chat, chat_of
from video_gen.client.choosing import Chooser
from video_gen.client.comparison.view import ComparisonView
from video_gen.client.ending import completed
from video_gen.client.films import SequenceView
from video_gen.client.generations import accepted
from video_gen.client.images import ImagesView
from video_gen.client.inputs import InputReader
from video_gen.client.jobs import JobsView
from video_gen.client.links import Links
from video_gen.client.models import ModelsView
from video_gen.client.rewriting import enriched
from video_gen.client.spoken import words_from
from video_gen.client.video import VideoView
from video_gen.client.wiring import Drivers, load_protocol, open_jobs
from video_gen.client.words import Key, Out, Words, request_of
from video_gen.config import Config
from video_gen.engine.intake import Terms
from video_gen.engine.keys import Keys
from video_gen.engine.ledger import check_ceiling
from video_gen.engine.owned import OwnedJobs
from video_gen.engine.ports import MAX_RUNNING
from video_gen.engine.service import GRACE, Jobs
from video_gen.exceptions import ConfigurationError, InvalidRequestError
from video_gen.routing import Demand, analyze, choose, fallbacks
from video_gen.spec import AUTO, Artifact, Decision, Job, Plan, Request

DEFAULT_MODEL = "local"


class AsyncClient:
    """Makes videos in this process, over a store that outlives it.

    Use it as a context manager:

        async with AsyncClient() as client:
            job = await client.generate("a calm ocean at sunset", out="ocean.mp4")
            print(job.artifacts[0].path)

    A job whose process dies goes on with the next client that runs jobs.
    """

    def __init__(
        self, config: Config | None = None, *, catalog: Catalog | None = None, local_files: bool = True
    ) -> None:
        """Take settings and models; by default those of the environment and of the installed catalog.

        Whoever speaks for others sets `local_files` to False: their paths are not this machine's.
        """
        self.config = config or Config.from_environment()
        self.catalog = catalog or load_catalog()
        self._local_files = local_files
        self._engine: Jobs | None = None
        self._drivers: Drivers | None = None
        self._links: Links | None = None

    async def __aenter__(self) -> Self:
        """Open the store."""
        self._engine, self._drivers = await open_jobs(self.config, self.catalog)
        self._links = Links(self._engine)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store; unfinished jobs stay resumable."""
        await self.close()

    async def close(self, *, drain: bool = False, grace: float = GRACE) -> None:
        """Stop running jobs and close the store; unfinished jobs stay resumable.

        Args:
            drain: Finish the jobs under way first, however long they take.
            grace: Seconds for what may not be broken off, such as noting a provider's answer.
        """
        engine, self._engine = self._engine, None
        drivers, self._drivers = self._drivers, None
        links, self._links = self._links, None
        if links is not None:
            await links.close()
        if engine is not None and drivers is not None:
            await engine.close(drain=drain, grace=grace)
            await drivers.close()

    @property
    def engine(self) -> Jobs:
        """The engine room's jobs.

        Raises:
            ConfigurationError: the client is not open.
        """
        if self._engine is None:
            raise ConfigurationError("the client is not open: use it as `async with AsyncClient() as client:`")
        return self._engine

    @property
    def jobs(self) -> JobsView:
        """Every job there was and is."""
        return JobsView(self.engine, self._link)

    @property
    def keys(self) -> Keys:
        """The API keys of those who may ask a server over this store."""
        return self.engine.keys

    @property
    def default_model(self) -> str:
        """The model of a video whose caller names none."""
        return self.config.model or DEFAULT_MODEL

    @property
    def video(self) -> VideoView:
        """Videos by the names that programs for Venice know: `queue`, `wait_for_completion` ..."""
        return VideoView(self)

    @property
    def models(self) -> ModelsView:
        """What can be asked for."""
        return ModelsView(self.catalog)

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
        return ImagesView(self.plan_request, self.carry_out)

    @property
    def sequence(self) -> SequenceView:
        """Films of several shots: `await client.sequence(storyboard, out="film.mp4")`."""
        return SequenceView(self)

    async def _link(self, artifact: Artifact) -> str:
        assert self._links is not None
        return await self._links.url(artifact)

    async def link(self, job: Job) -> str | None:
        """Return a link to a job's first video or image that opens until the client closes; None while it has none."""
        return await self._link(job.artifacts[0]) if job.artifacts else None

    def jobs_of(self, owner: str | None) -> OwnedJobs:
        """Return one API key's jobs, by its id, or the installation's own (None); others do not exist there."""
        return OwnedJobs(self.engine, owner)

    async def plan(self, prompt: str = "", **words: Unpack[Words]) -> Plan:
        """Return what exactly would be sent, how it differs from what was asked, and its quote. Spends nothing.

        With the model `auto`, the plan's `decision` says which one was chosen and why.

        Raises:
            InvalidRequestError: or one of its kinds, when it cannot be done as asked.
        """
        request = await self.request(prompt, words)
        return self.plan_request(request, await self.decide(request) if request.model == AUTO else None)

    def plan_request(self, request: Request, decision: Decision | None = None) -> Plan:
        """Return the plan of a request in its normal form; its media must be in the store. Errors as `plan`.

        Args:
            request: What is wanted.
            decision: Which models are taken, where the request leaves that open.
        """
        names = [request.model, *request.fallback]
        if decision is None and request.model == AUTO:
            raise InvalidRequestError("`auto` chooses among models for a new video: name a model (`video-gen models`)")
        if decision is not None:
            names = [choose(decision).model, *fallbacks(decision, request)]
        candidates = [self._chooser.candidate(card) for name in names for card in self.catalog.chain(name)]
        plan = plan_chain(request, candidates, today=today())
        return plan if decision is None else plan.model_copy(update={"decision": decision.brief()})

    async def route(self, prompt: str = "", **words: Unpack[Words]) -> Decision:
        """Return which models can do it, the best first, and of every other one why it is left out. Spends nothing.

        Raises:
            InvalidRequestError: a filter fits no model, or the request contradicts itself.
        """
        return await self.decide(await self.request(prompt, {"model": AUTO, **words}))

    async def request(self, prompt: str, words: Words) -> Request:
        """Return what is wanted in its normal form; its media are read and kept. Errors as `plan`."""
        return request_of(prompt, words, await self.reader.read(words), self.default_model)

    @property
    def reader(self) -> InputReader:
        """Reads and keeps media."""
        private, local = self.config.allow_private_urls, self._local_files
        return InputReader(self.engine.blobs, allow_private_urls=private, local_files=local)

    async def demand(self, prompt: str, topic: str = "") -> Demand:
        """Return how much a prompt demands: as the language model says that the settings name, else by rules.

        Raises:
            ConfigurationError: the settings name the language model by half.
        """
        rules, chat = analyze(prompt, topic), self.chat
        return rules if chat is None else await chat.rate(prompt, topic, rules)

    @property
    def chat(self) -> Chat | None:
        """The language model that the settings name; None where they name none."""
        assert self._drivers is not None
        return chat_of(self.config, self._drivers)

    async def decide(self, request: Request) -> Decision:
        """Return which models can do what a request wants, the best first; errors as `route`."""
        demand = await self.demand(request.prompt)
        return self._chooser.decide(request, demand, await self.engine.health(), today())

    @property
    def _chooser(self) -> Chooser:
        assert self._drivers is not None
        return Chooser(self.catalog, self.config, self._drivers)

    async def optimize_prompt(self, prompt: str) -> str:
        """Return a prompt in more detail: by the language model of VIDEO_GEN_CHAT_URL, or else by fixed rules."""
        chat = self.chat
        return enriched(prompt) if chat is None or not prompt.strip() else await chat.rewrite(prompt)

    async def submit(self, plan: Plan, *, api_key: Key = None, **terms: Unpack[Terms]) -> Job:
        """Store a job for a plan; whoever runs the store's jobs carries it out.

        Args:
            plan: From `plan`.
            api_key: The caller's own key for the plan's provider, used for this job alone: kept sealed, and no longer
                than the job needs it.
            terms: How: `out` is the file to write, or a folder (a path that ends in a slash, or exists as one), and by
                default named by date in the outputs folder; the rest is in `Terms`.

        Raises:
            SpendLimitError: the plan may cost more than the request's ceiling.
            InvalidRequestError: `out` cannot be written.
            ConfigurationError: the model's protocol is not installed, or its provider's key or a setting is missing.
        """
        key = SecretStr(api_key) if isinstance(api_key, str) else api_key
        self.check(plan, key)
        return await self.engine.create(plan, key=key, **terms)

    def check(self, plan: Plan, key: SecretStr | None = None) -> None:
        """Refuse a plan that `submit` would refuse: above its own ceiling, or of a provider that is out of reach.

        Raises:
            SpendLimitError: it may cost more than the request's ceiling.
            ConfigurationError: the model's protocol is not installed, or its provider's key or a setting is missing.
        """
        check_ceiling(plan)
        for each in (plan, *plan.alternatives):
            load_protocol(each.protocol)
        if not self.engine.shared:  # workers elsewhere have keys of their own
            self._check_reach(plan, key)

    def _check_reach(self, plan: Plan, key: SecretStr | None) -> None:
        """Refuse a plan whose provider cannot be reached as configured; one of a chain may be, if another one can."""
        assert self._drivers is not None
        problem: ConfigurationError | None = None
        for each in (plan, *plan.alternatives):
            provider = self.config.configured(self.catalog.provider(each.provider))
            try:
                return self._drivers.check(provider, key if each is plan else None)
            except ConfigurationError as error:
                problem = problem or error
        if problem is not None:
            raise problem
        return None

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
        async with self.running():
            newest = job
            async for newest in self.jobs.watch(job.id):
                if on_progress is not None:
                    on_progress(newest)
        return await brought_home(self.engine, newest)

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
                provider. An `idempotency_key` makes it the same video, however often it is handed in.

        Returns:
            `{"data": {"job_id": ..., "status": ..., "model": ...}}`.

        Raises:
            VideoGenerationError: one of its kinds, when it cannot be done as asked. Nothing was spent.
        """
        own, key = options.pop("byok_api_key", None), options.pop("idempotency_key", None)
        plan = await self.plan(prompt, **words_from({**options, "model": model}))
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
        return await brought_to(self.engine, job, out, self.engine.places.outputs, overwrite=overwrite)

    @asynccontextmanager
    async def running(self, *, begin: bool = True) -> AsyncIterator[None]:
        """Carry jobs out from here on, as soon as no other process does; until the client closes.

        Over a shared database that is left to its workers. Without `begin`, jobs that wait are left waiting.
        """
        self.run(begin=begin)
        yield

    def run(self, *, begin: bool = True) -> None:
        """Carry jobs out in the background of this program, unless workers of a shared database do."""
        if not self.engine.shared:
            self.engine.run(concurrency=MAX_RUNNING if begin else 0)

    async def run_until_idle(self) -> None:
        """Carry jobs out until none is unfinished."""
        self.engine.run()  # also beside the workers of a shared database
        while unfinished := await self.jobs.unfinished():
            await self.engine.wait(unfinished[0].id)

    def run_in_background(self) -> None:
        """Start a process of its own that carries jobs out until none is unfinished, where no workers do."""
        if not self.engine.shared:
            start_background(self.config)


def today() -> date:
    """Return the user's day, by which models end."""
    return date.today()  # noqa: DTZ011 - the user's day
