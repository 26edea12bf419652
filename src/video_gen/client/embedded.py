"""The installation of this process: a catalog, a store of jobs, and what reaches the providers."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from video_gen.catalog import Catalog, ModelCard, plan_chain
from video_gen.client.background import start_background
from video_gen.client.chat import Chat, chat_of
from video_gen.client.choosing import Chooser
from video_gen.client.inputs import MediaKeeper
from video_gen.client.installation import Place
from video_gen.client.links import Links
from video_gen.client.models import rows_of
from video_gen.client.rewriting import enriched
from video_gen.client.turns import Turns
from video_gen.client.wiring import Drivers, load_protocol, open_jobs
from video_gen.client.words import MediaSource
from video_gen.config import Config
from video_gen.engine.intake import Terms
from video_gen.engine.ports import MAX_RUNNING
from video_gen.engine.service import Jobs
from video_gen.engine.vault import bring
from video_gen.exceptions import ConfigurationError, InvalidRequestError
from video_gen.routing import Demand, analyze, choose, fallbacks
from video_gen.spec import AUTO, Artifact, Decision, Job, MediaRef, Plan, Request

DEFAULT_MODEL = "local"


class Embedded:
    """An installation in this process; satisfies `Installation`."""

    def __init__(self, config: Config, catalog: Catalog, *, local_files: bool) -> None:
        """Take settings and models; `local_files` says whether callers' paths are this machine's."""
        self.config = config
        self.catalog = catalog
        self._local_files = local_files
        self.turns = Turns()
        self._engine: Jobs | None = None
        self._drivers: Drivers | None = None
        self._links: Links | None = None

    async def open(self) -> None:
        """Open the store."""
        self._engine, self._drivers = await open_jobs(self.config, self.catalog)
        self._links = Links(self._engine)

    async def close(self, *, drain: bool, grace: float) -> None:
        """Stop running jobs and close the store; see `AsyncClient.close`."""
        engine, self._engine = self._engine, None
        drivers, self._drivers = self._drivers, None
        links, self._links = self._links, None
        if links is not None:
            await links.close()
        if engine is not None and drivers is not None:
            await engine.close(drain=drain, grace=grace)
            await drivers.close()

    @property
    def jobs(self) -> Jobs:
        """The engine room's jobs.

        Raises:
            ConfigurationError: the client is not open.
        """
        if self._engine is None:
            raise ConfigurationError("the client is not open: use it as `async with AsyncClient() as client:`")
        return self._engine

    def long_work(self) -> AbstractContextManager[None]:
        """Do nothing: it is never away."""
        return nullcontext()

    @property
    def default_model(self) -> str:
        """The model of a request that names none."""
        return self.config.model or DEFAULT_MODEL

    @property
    def delivers(self) -> bool:
        """Finished files are where they are wanted, unless an object store keeps them for many machines."""
        return self.jobs.places.vault is None

    # --- planning --------------------------------------------------------------------------------------------------

    async def keep(self, source: MediaSource, label: str = "") -> MediaRef:
        """Take a picture or video in; `label` is what messages call it."""
        return await self._keeper.keep(source, label)

    async def last_frame(self, video: MediaRef) -> MediaRef:
        """Take in the last frame of a video that was taken in."""
        return await self._keeper.last_frame(video)

    @property
    def _keeper(self) -> MediaKeeper:
        allow_private = self.config.allow_private_urls
        return MediaKeeper(self.jobs.blobs, allow_private_urls=allow_private, local_files=self._local_files)

    async def plan(self, request: Request) -> Plan:
        """Plan, with a model chosen where the request leaves that open."""
        open_ = request.model == AUTO and request.kind == "video"
        return self.planned(request, await self.route(request) if open_ else None)

    def planned(self, request: Request, decision: Decision | None) -> Plan:
        """Return the plan of a request; see `AsyncClient.plan_request`."""
        names = [request.model, *request.fallback]
        if decision is None and request.model == AUTO:
            raise InvalidRequestError("`auto` chooses among models for a new video: name a model (`video-gen models`)")
        if decision is not None:
            names = [choose(decision).model, *fallbacks(decision, request)]
        candidates = [self._chooser.candidate(card) for name in names for card in self.catalog.chain(name)]
        plan = plan_chain(request, candidates, today=today())
        return plan if decision is None else plan.model_copy(update={"decision": decision.brief()})

    async def route(self, request: Request) -> Decision:
        """Choose a model."""
        demand = await self.demand(request.prompt)
        return self._chooser.decide(request, demand, await self.jobs.health(), today())

    @property
    def _chooser(self) -> Chooser:
        return Chooser(self.catalog, self.config, self._reach)

    @property
    def _reach(self) -> Drivers:
        assert self._drivers is not None
        return self._drivers

    async def demand(self, prompt: str, topic: str = "") -> Demand:
        """Return how much a prompt demands; see `AsyncClient.demand`."""
        rules, chat = analyze(prompt, topic), self.chat
        return rules if chat is None else await chat.rate(prompt, topic, rules)

    @property
    def chat(self) -> Chat | None:
        """The language model that the settings name; None where they name none."""
        return chat_of(self.config, self._reach)

    async def optimize_prompt(self, prompt: str) -> str:
        """Say a prompt in more detail."""
        chat = self.chat
        return enriched(prompt) if chat is None or not prompt.strip() else await chat.rewrite(prompt)

    async def cards(self, name: str | None) -> Sequence[ModelCard]:
        """Return the models of a name, or all."""
        return [*self.catalog.cards.values()] if name is None else self.catalog.chain(name)

    async def models(self, *, retired: bool) -> list[dict[str, Any]]:
        """Return a row for each model."""
        return rows_of((card for _, card in sorted(self.catalog.cards.items())), retired=retired)

    # --- making ----------------------------------------------------------------------------------------------------

    async def submit(self, plan: Plan, key: SecretStr | None, terms: Terms) -> Job:
        """Store a job for a plan; see `AsyncClient.submit`."""
        await self.check(plan, key)
        return await self.jobs.create(plan, key=key, **terms)

    async def of_keys(self, keys: Sequence[str]) -> Sequence[Job]:
        """Return the installation's own jobs that were handed in with these idempotency keys."""
        return (await self.jobs.page(keys=keys, owner=None, limit=len(keys))).jobs

    def wanted(self, job_id: str) -> Place | None:  # noqa: ARG002 - the contract
        """Return None: the engine keeps the place with the job, and delivers there."""
        return None

    async def check(self, plan: Plan, key: SecretStr | None) -> None:
        """Refuse a plan of a provider that is out of reach."""
        for each in (plan, *plan.alternatives):
            load_protocol(each.protocol)
        if not self.jobs.shared:  # workers elsewhere have keys of their own
            self._check_reach(plan, key)

    def _check_reach(self, plan: Plan, key: SecretStr | None) -> None:
        """Refuse a plan whose provider cannot be reached as configured; one of a chain may be, if another one can."""
        problem: ConfigurationError | None = None
        for each in (plan, *plan.alternatives):
            provider = self.config.configured(self.catalog.provider(each.provider))
            try:
                return self._reach.check(provider, key if each is plan else None)
            except ConfigurationError as error:
                problem = problem or error
        if problem is not None:
            raise problem
        return None

    def run(self, *, begin: bool) -> None:
        """Carry jobs out in the background of this program, unless workers of a shared database do."""
        if not self.jobs.shared:
            self.jobs.run(concurrency=MAX_RUNNING if begin else 0)

    def run_in_background(self) -> None:
        """Start a process of its own that carries jobs out, where no workers do."""
        if not self.jobs.shared:
            start_background(self.config)

    # --- files -----------------------------------------------------------------------------------------------------

    async def link(self, artifact: Artifact) -> str:
        """Return a link to a finished file that opens until the client closes."""
        assert self._links is not None
        return await self._links.url(artifact)

    async def bring(self, artifact: Artifact, dest: Path) -> None:
        """Copy a finished file."""
        await asyncio.to_thread(bring, self.jobs.files, artifact.path, dest, sha256=artifact.sha256)


def today() -> date:
    """Return the user's day, by which models end."""
    return date.today()  # noqa: DTZ011 - the user's day
