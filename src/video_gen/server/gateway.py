"""What one caller can do: plan and hand in, look, cancel, delete, and links to its files.

A dialect's routes get a gateway as their argument (`access.Reads`, `access.Generates`), bound to the caller who sent
the request: other callers' jobs do not exist in it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypedDict, Unpack, cast

from pydantic import SecretStr

from video_gen.catalog import ModelCard
from video_gen.client import Words
from video_gen.client.ending import completed
from video_gen.client.words import ImageWords
from video_gen.engine.callback import Callback
from video_gen.engine.ceilings import Standing
from video_gen.engine.ledger import Balance
from video_gen.engine.listing import Listing
from video_gen.engine.owned import OwnedJobs
from video_gen.engine.ownership import EVERYONE, Whose
from video_gen.engine.query import Page
from video_gen.engine.service import Jobs
from video_gen.engine.spending import Spending
from video_gen.engine.webhooks import Added, Webhooks
from video_gen.exceptions import InvalidRequestError, JobNotFoundError
from video_gen.server.auth import Caller
from video_gen.server.files import Found, file_name
from video_gen.server.ids import job_id_of, no_job
from video_gen.server.services import Services
from video_gen.server.uploads import FOLDER as UPLOADS
from video_gen.spec import AUTO, Artifact, Event, Job, Plan, Status
from video_gen.transport.address import UnsafeUrlError, check_url

REMEMBERED: Final = 1000
"""Rewritten prompts that are kept for retries."""
_MEDIA: Final = ("image", "last_frame", "video", "extend")


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


class Usage(NamedTuple):
    """What a caller has spent."""

    balance: Balance
    """Ever, in micro-USD."""
    models: Sequence[Spending]
    """By model, the dearest first."""
    today: Standing
    """Where it stands in this UTC day."""


class Gateway:
    """The jobs, models and files of one caller.

    An id may be given in the spelling of any dialect; one that is not among the caller's own is a `JobNotFoundError`.
    """

    def __init__(self, services: Services, caller: Caller, base_url: str) -> None:
        self._services = services
        self._client = services.client
        self.caller = caller
        self.base_url = base_url
        """How the caller reaches this server: "http://localhost:8000"."""

    @property
    def _jobs(self) -> OwnedJobs | Jobs:
        return self._client.engine if self.caller.sees_all else self._client.jobs_of(self.caller.id)

    @property
    def _whose(self) -> Whose:
        return EVERYONE if self.caller.sees_all else self.caller.id

    # --- handing in ------------------------------------------------------------------------------------------------

    async def plan(self, prompt: str = "", **words: Unpack[Words]) -> Plan:
        """Return what exactly would be sent, how it differs from what was asked, and its quote. Spends nothing.

        Media are bytes, an http(s) URL (this server's own links too), a data URI, or raw base64; never a path.

        Raises:
            InvalidRequestError: or one of its kinds, when it cannot be done as asked.
            ForbiddenError: the key is not for the model.
        """
        plan = await self._client.plan(prompt, **self._within_key(await self._with_own_files(words)))
        self.caller.check_plan(plan)
        return plan

    def plan_again(self, job: Job, prompt: str, model: str) -> Plan:
        """Return the plan of what a job asked for, with another prompt and model; its media are kept already.

        Errors as of `plan`.
        """
        plan = self._client.plan_request(job.request.model_copy(update={"prompt": prompt, "model": model}))
        self.caller.check_plan(plan)
        return plan

    @property
    def default_model(self) -> str:
        """The model of a request that names none."""
        return self._client.default_model

    def plan_image(self, prompt: str, **words: Unpack[ImageWords]) -> Plan:
        """Return what an image would be and cost; errors as of `plan`. Submitted, it is a job like any other."""
        plan = self._client.images.plan(prompt, **words)
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

    async def _with_own_files(self, words: Words) -> Words:
        """Replace this server's own links by the bytes they lead to: it does not call itself."""
        found = {name: await self._own(value) for name, value in words.items() if name in _MEDIA}
        if references := words.get("references"):
            found["references"] = [await self._own(each) for each in references]
        return cast("Words", {**words, **found})

    async def _own(self, source: Any) -> Any:
        if not isinstance(source, str):
            return source
        link = self._services.links.read(source, self.base_url)
        return source if link is None else await self._services.files.data(*link)

    # --- looking ---------------------------------------------------------------------------------------------------

    async def job(self, job_id: str) -> Job:
        """Return a job."""
        try:
            return await self._jobs.get(job_id_of(job_id))
        except JobNotFoundError:
            raise no_job(job_id) from None

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

    async def events(self, job_id: str, *, after: int = 0) -> list[Event]:
        """Return a job's history after an event's number, oldest first."""
        job = await self.job(job_id)
        return await self._jobs.events(job.id, after=after)

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
        job = await self.job(job_id)
        return completed(await self._jobs.wait(job.id, timeout_s=timeout_s))

    # --- changing one's mind ---------------------------------------------------------------------------------------

    async def cancel(self, job_id: str) -> Job:
        """Ask a job to stop.

        Raises:
            JobStateError: it has ended.
        """
        job = await self.job(job_id)
        return await self._jobs.cancel(job.id)

    async def delete(self, job_id: str, *, files: bool = False) -> Job:
        """Forget an ended job; with `files`, its videos too.

        Raises:
            JobStateError: it has not ended, or may be paid though nobody knows.
        """
        job = await self.job(job_id)
        deleted = await self._jobs.delete(job.id, files=files)
        await self._services.files.forget(deleted)
        return deleted

    async def usage(self) -> Usage:
        """Return what the caller has spent, and where it stands today."""
        jobs = self._client.jobs_of(self.caller.id)
        spending = await jobs.spending(datetime.min.replace(tzinfo=UTC), "model")
        return Usage(await jobs.balance(), spending, await jobs.standing())

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

    # --- uploads ---------------------------------------------------------------------------------------------------

    def new_upload(self) -> str:
        """Return the name of a new upload, whose file is sent to its `upload_url`."""
        return self._services.uploads.new_id()

    def upload_url(self, upload_id: str) -> str:
        """Return the link at which an upload is taken in (PUT, or POST of a form) and found again, for a while."""
        return f"{self.base_url}{self._services.links.path(UPLOADS, upload_id)}"

    async def upload(self, upload_id: str) -> Found:
        """Return an upload, or raise `GoneError`."""
        return await self._services.files.find(UPLOADS, upload_id)

    async def keep_upload(self, data: bytes) -> str:
        """Keep a file that came with a request; return the name of its upload."""
        upload_id = self.new_upload()
        await self._services.uploads.store(upload_id, data)
        return upload_id

    async def upload_kept_at(self, upload_id: str) -> datetime:
        """Return when an upload was taken in; errors as of `upload`."""
        return await self._services.uploads.kept_at(upload_id)

    async def discard_upload(self, upload_id: str) -> None:
        """Forget an upload; errors as of `upload`."""
        await self._services.uploads.discard(upload_id)

    # --- files -----------------------------------------------------------------------------------------------------

    def video_url(self, artifact: Artifact) -> str:
        """Return a link to a finished video that needs no key and expires."""
        return self.file_url(artifact, file_name(artifact))

    def image_url(self, artifact: Artifact) -> str:
        """Return a link to a finished image that needs no key and expires."""
        return self.file_url(artifact, file_name(artifact))

    def thumbnail_url(self, artifact: Artifact) -> str:
        """Return a link to a picture of a finished video (WebP)."""
        return self.file_url(artifact, "thumbnail.webp")

    def spritesheet_url(self, artifact: Artifact) -> str:
        """Return a link to frames spread over a finished video, in one picture (JPEG)."""
        return self.file_url(artifact, "spritesheet.jpg")

    @property
    def sends_content(self) -> bool:
        """Whether whoever asks for a video's content is sent it, and not led to a link."""
        return self._client.config.content_mode == "stream"

    async def file(self, artifact: Artifact, kind: str) -> Found:
        """Return a finished video, or a picture of it: "video.mp4", "thumbnail.webp", "spritesheet.jpg".

        Raises:
            GoneError: it was deleted, or changed since it was delivered.
        """
        return await self._services.files.find(artifact.job_id, _name(artifact, kind))

    async def content(self, artifact: Artifact) -> bytes:
        """Return the bytes of a finished video or image; errors as of `file`."""
        return await self._services.files.data(artifact.job_id, _name(artifact, file_name(artifact)))

    def file_url(self, artifact: Artifact, kind: str) -> str:
        """Return a link to a file of a finished video, named as in `file`."""
        return f"{self.base_url}{self._services.links.path(artifact.job_id, _name(artifact, kind))}"


def _name(artifact: Artifact, kind: str) -> str:
    return kind if artifact.index == 0 else f"{artifact.index + 1}-{kind}"
