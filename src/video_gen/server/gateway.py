"""What one caller can do: plan and hand in, look, cancel, delete, and links to its files.

A dialect's routes get a gateway as their argument (`access.Reads`, `access.Generates`), bound to the caller who sent
the request: other callers' jobs do not exist in it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Final, TypedDict, Unpack

from pydantic import SecretStr

from video_gen.catalog import ModelCard
from video_gen.client import Words
from video_gen.client.ending import completed
from video_gen.client.images import DEFAULT_MODEL
from video_gen.client.words import ImageWords, image_request_of
from video_gen.engine.callback import Callback
from video_gen.engine.listing import MAX_PAGE, Listing
from video_gen.engine.query import Page
from video_gen.engine.resolving import Retry
from video_gen.engine.webhooks import Added, Webhooks
from video_gen.exceptions import InvalidRequestError, JobStateError
from video_gen.server.account_desk import AccountDesk
from video_gen.spec import AUTO, Attempt, Decision, Event, Job, Plan, Request, Status
from video_gen.transport.address import UnsafeUrlError, check_url

REMEMBERED: Final = 1000
"""Rewritten prompts that are kept for retries."""


class Terms(TypedDict, total=False):
    """How a job is handed in; everything may be left out."""

    idempotency_key: str | None
    """The same key and request give the same job. Without one, an identical request within a few seconds does too:
    it is a retry of a client that lost the answer."""
    priority: int
    """Higher runs first."""
    tags: Mapping[str, str]
    """Kept with the job, for the caller."""
    api_key: SecretStr | None
    """The caller's own key for the plan's provider, used for this job alone."""
    callback: Callback | None
    """Who is told what becomes of the job; see `callbacks`."""


class Gateway(AccountDesk):
    """The jobs, models and files of one caller.

    An id may be given in the spelling of any dialect; one that is not among the caller's own is a `JobNotFoundError`.
    """

    # --- handing in ------------------------------------------------------------------------------------------------

    async def plan(self, prompt: str = "", **words: Unpack[Words]) -> Plan:
        """Return what exactly would be sent, how it differs from what was asked, and its quote. Spends nothing.

        Media are bytes, an http(s) URL (this server's own links too), a data URI, or raw base64; never a path.

        Raises:
            InvalidRequestError: or one of its kinds, when it cannot be done as asked.
            ForbiddenError: the key is not for the model.
        """
        plan = await self._client.plan(prompt, **self._within_key(await self.with_own_files(words)))
        self.caller.check_plan(plan)
        return plan

    def plan_again(self, job: Job, prompt: str, model: str) -> Plan:
        """Return the plan of what a job asked for, with another prompt and model; its media are kept already.

        Errors as of `plan`.
        """
        plan = self._client.plan_request(job.request.model_copy(update={"prompt": prompt, "model": model}))
        self.caller.check_plan(plan)
        return plan

    async def plan_request(self, request: Request) -> Plan:
        """Return the plan of a request in its normal form, whose media were taken in or are `UNMADE`.

        Errors as of `plan`.
        """
        request = await self.with_kept_inputs(request, unmade=True)
        plan = await self._client.embedded.plan(self._request_within_key(request))
        self.caller.check_plan(plan)
        return plan

    async def plan_as_shown(self, shown: Plan) -> Plan:
        """Return a plan that a caller was shown before, made again: it is carried out as it was shown, or not at all.

        Raises:
            JobStateError: it would be another one by now; nothing was spent.
            InvalidRequestError: or one of its kinds, as of `plan`.
        """
        plan = self._client.plan_request(await self.with_kept_inputs(shown.request), shown.decision)
        self.caller.check_plan(plan)
        if _promise(plan) != _promise(shown):
            raise JobStateError(
                f"`{shown.model}` is planned differently here by now (settings, price, or what is tried next): plan it "
                "again, and look at what it costs"
            )
        return plan

    async def check_reach(self, plan: Plan) -> None:
        """Refuse a plan of a provider that this server lacks what reaches it; errors as of `submit`."""
        await self._client.check(plan)

    async def route(self, request: Request) -> Decision:
        """Return which models can do it, the best first, and why the others are left out. Spends nothing."""
        request = await self.with_kept_inputs(request, unmade=True)
        return await self._client.embedded.route(self._request_within_key(request))

    def _request_within_key(self, request: Request) -> Request:
        """As `_within_key`."""
        key, choice = self.caller.key, request.choice
        if key is None or not key.models or choice.allow or request.model != AUTO:
            return request
        return request.model_copy(update={"choice": choice.model_copy(update={"allow": tuple(key.models)})})

    @property
    def default_model(self) -> str:
        """The model of a request that names none."""
        return self._client.default_model

    def plan_image(self, prompt: str, **words: Unpack[ImageWords]) -> Plan:
        """Return what an image would be and cost; errors as of `plan`. Submitted, it is a job like any other."""
        plan = self._client.plan_request(image_request_of(prompt, words, DEFAULT_MODEL))
        self.caller.check_plan(plan)
        return plan

    async def optimized(self, prompt: str) -> str:
        """Return a prompt in more detail, for callers who ask for that. A retry gets what the first try got."""
        rewritten = self._services.rewritten
        if prompt not in rewritten:
            rewritten[prompt] = await self._client.optimize_prompt(prompt)
            while len(rewritten) > REMEMBERED:
                rewritten.pop(next(iter(rewritten)))
        return rewritten[prompt]

    async def submit(self, plan: Plan, **terms: Unpack[Terms]) -> Job:
        """Hand a plan in as a job of this caller; it runs by itself from here on.

        Raises:
            SpendLimitError: the plan may cost more than a ceiling allows.
            ConfigurationError: this server lacks what reaches the provider.
            JobStateError: the idempotency key was used for another request.
        """
        window = self._client.config.same_request_seconds or None
        return await self._client.submit(plan, owner=self.caller.id, same_within_s=window, **terms)

    async def create(self, prompt: str, words: Words, **terms: Unpack[Terms]) -> Job:
        """Plan and submit."""
        return await self.submit(await self.plan(prompt, **words), **terms)

    def _within_key(self, words: Words) -> Words:
        """Have a model chosen among the key's own, where one is chosen and the caller narrows nothing."""
        key, model = self.caller.key, words.get("model") or self.default_model
        if key is None or not key.models or words.get("allow") or model.strip().lower() != AUTO:
            return words
        return {**words, "allow": key.models}

    # --- looking ---------------------------------------------------------------------------------------------------

    async def jobs(
        self,
        *,
        status: Status | None = None,
        model: str | None = None,
        search: str | None = None,
        limit: int = 20,
        after: str | None = None,
        oldest_first: bool = False,
    ) -> Page:
        """Return jobs, newest first unless asked otherwise, and where the next page begins.

        Args:
            status: Only jobs in this state.
            model: Only jobs for this model, by its id or an alias.
            search: Only jobs whose prompt or id holds this.
            limit: How many at most, up to 1000.
            after: `next` of the page before, or its last job's id.
            oldest_first: The other way round.

        Raises:
            InvalidRequestError: `limit` or `after` is out of range.
            UnknownModelError: there is no such model.
        """
        card = None if model is None else self._client.catalog.card(model).id
        which = Listing(status=status, model=card, text=search, limit=limit, after=after, oldest_first=oldest_first)
        return await self._jobs.page(**which)

    async def jobs_of_keys(self, keys: Sequence[str]) -> Page:
        """Return the jobs that this caller itself handed in with these idempotency keys, at most 1000."""
        return await self._client.jobs_of(self.caller.id).page(keys=keys, limit=MAX_PAGE)

    async def events(self, job_id: str, *, after: int = 0) -> list[Event]:
        """Return a job's history after an event's number, oldest first."""
        job = await self.job(job_id)
        return await self._jobs.events(job.id, after=after)

    async def attempts(self, job_id: str) -> list[Attempt]:
        """Return a job's attempts, oldest first."""
        job = await self.job(job_id)
        return await self._jobs.attempts(job.id)

    async def ahead(self) -> Mapping[str, int]:
        """Return about how many jobs start before each of the caller's that waits; those far behind are left out."""
        ahead = await self._client.engine.ahead()
        waiting = await self._jobs.page(status=Status.QUEUED, limit=MAX_PAGE)
        return {job.id: ahead[job.id] for job in waiting.jobs if job.id in ahead}

    async def watch(self, job_id: str, *, after: int = 0) -> AsyncIterator[Event | Job]:
        """Follow a job to its end: each event once, and the job whenever it looks different."""
        job = await self.job(job_id)
        async for news in self._jobs.watch(job.id, after=after):
            yield news

    async def history(self, *, after: int, limit: int) -> list[Event]:
        """Return what happened to the caller's jobs after an event's number, oldest first."""
        return await self._client.engine.news.history(self._whose, after=after, limit=limit)

    def follow(self, *, after: int | None = None) -> AsyncIterator[Event]:
        """Tell what happens to the caller's jobs, without an end; from now on, or after an event's number."""
        return self._client.engine.news.follow(self._whose, after=after)

    @property
    def webhooks(self) -> Webhooks:
        """Everyone's webhooks: say the caller's id."""
        return self._client.engine.webhooks

    async def add_webhook(self, url: str, kinds: Sequence[str]) -> Added:
        """Have an address told what happens to the caller's jobs.

        Raises:
            InvalidRequestError: it leads inside, a kind is none, or there are too many.
        """
        self.check_address(url)
        return await self.webhooks.add(url, kinds=kinds, owner=self.caller.id)

    def check_address(self, url: str) -> None:
        """Refuse an address that is not posted to.

        Raises:
            InvalidRequestError: it leads inside.
        """
        try:
            check_url(url, allow_private=self._client.config.allow_private_urls)
        except UnsafeUrlError as error:
            raise InvalidRequestError(f"the address cannot be posted to: {error}") from None

    @property
    def closing(self) -> asyncio.Event:
        """Set when the server is asked to stop: answers that would go on for long end then."""
        return self._services.closing

    async def completed(self, job_id: str, *, timeout_s: float) -> Job:
        """Wait for a job to be completed; for dialects whose clients wait for the answer.

        Raises:
            WaitTimeoutError: the time is over; the job goes on.
            VideoGenerationError: what ended it otherwise.
        """
        return completed(await self.ended(job_id, timeout_s=timeout_s))

    async def ended(self, job_id: str, *, timeout_s: float) -> Job:
        """Wait for a job to end, however it ends.

        Raises:
            WaitTimeoutError: the time is over; the job goes on.
        """
        job = await self.job(job_id)
        return await self._jobs.wait(job.id, timeout_s=timeout_s)

    # --- changing one's mind ---------------------------------------------------------------------------------------

    async def cancel(self, job_id: str) -> Job:
        """Ask a job to stop.

        Raises:
            JobStateError: it has ended.
        """
        job = await self.job(job_id)
        return await self._jobs.cancel(job.id)

    async def resume(self, job_id: str) -> Job:
        """Let a job go on where it stood; an ended one with what its provider already made.

        Raises:
            JobStateError: it is completed, or holds nothing to go on with.
        """
        job = await self.job(job_id)
        if job.status is Status.COMPLETED:  # where its video is on this machine is nothing to a caller
            raise JobStateError(f"job `{job.id}` is completed: its video can be fetched")
        return await self._jobs.resume(job.id)

    async def retry(self, job_id: str) -> Retry:
        """Try a failed or cancelled job again: with what its provider already made, else as a new job.

        Raises:
            JobStateError: it has not failed, or may be paid though nobody knows.
            ForbiddenError: the key is not for the model, by now.
        """
        job = await self.job(job_id)
        self.caller.check_plan(job.plan)
        return await self._jobs.retry(job.id)

    async def delete(self, job_id: str, *, files: bool = False) -> Job:
        """Forget an ended job; with `files`, its videos too.

        Raises:
            JobStateError: it has not ended, or may be paid though nobody knows.
        """
        job = await self.job(job_id)
        deleted = await self._jobs.delete(job.id, files=files)
        await self._services.files.forget(deleted)
        return deleted

    # --- models ----------------------------------------------------------------------------------------------------

    def models(self) -> Iterable[ModelCard]:
        """Yield the cards of the models this caller may use, by id."""
        cards = self._client.catalog.cards
        return (cards[name] for name in sorted(cards) if self.caller.allows(name))

    def model(self, name: str) -> ModelCard:
        """Return the card of an id or alias.

        Raises:
            UnknownModelError: there is none.
        """
        return self._client.catalog.card(name)

    def chain(self, name: str) -> Sequence[ModelCard]:
        """Return the cards of a try-order, or the one of an id or alias; errors as of `model`."""
        return self._client.catalog.chain(name)


def _promise(plan: Plan) -> list[tuple[Any, ...]]:
    """Return what a caller was promised: what is sent to whom, and what it costs."""
    return [(each.model, each.settings, each.quote.low, each.quote.high) for each in (plan, *plan.alternatives)]
