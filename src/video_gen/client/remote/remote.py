"""`Remote`: plans, files and jobs of a server."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from pydantic import SecretStr

from video_gen.catalog import ModelCard
from video_gen.client.inputs import MediaKeeper
from video_gen.client.installation import Place
from video_gen.client.remote.jobs import RemoteJobs
from video_gen.client.remote.refusals import not_ours
from video_gen.client.remote.wanted import Wanted
from video_gen.client.remote.wire import NAME, Wire, checked, long_work, value, values
from video_gen.client.turns import Turns
from video_gen.client.words import MediaSource
from video_gen.engine.intake import Terms
from video_gen.engine.query import Page
from video_gen.exceptions import ConfigurationError, InvalidRequestError, SubmissionUnknownError
from video_gen.spec import Artifact, Blob, Call, Decision, Job, MediaRef, Plan, Request, Value

_PASSED_ON: Final = ("priority", "tags")
"""The terms of a job that a server takes as they are."""
_THE_SERVERS: Final = frozenset({"owner", "same_within_s"})


class Remote:
    """An installation behind a server; satisfies `Installation`."""

    delivers = False
    """Finished files are brought from there."""

    def __init__(self, url: str, key: SecretStr | None, outputs: Path) -> None:
        """Take the server's address, a key where it wants one, and the folder of this machine for finished files.

        Raises:
            ConfigurationError: the address is none.
        """
        self._url, self._key, self._wanted = checked(url), key, Wanted(outputs)
        self.turns = Turns()
        self._opened: Wire | None = None
        self._sending = asyncio.Lock()
        self._reached: set[tuple[tuple[str, str], ...]] = set()
        """What the server can reach: the providers and protocols of plans."""
        self.default_model = ""
        """The server's, known once it is open."""

    @property
    def _wire(self) -> Wire:
        if self._opened is None:
            raise ConfigurationError("the client is not open: use it as `async with AsyncClient(...) as client:`")
        return self._opened

    @property
    def jobs(self) -> RemoteJobs:
        """The server's jobs.

        Raises:
            ConfigurationError: the client is not open.
        """
        return RemoteJobs(self._wire, self._wanted)

    async def open(self) -> None:
        """See that the server is there, is one, and lets this client in.

        Raises:
            ServiceUnavailableError: nobody answers.
            ConfigurationError: it is another kind of server.
            AuthenticationError: it wants a key, or another one.
        """
        self._opened = Wire(self._url, self._key)
        told = await self._wire.get("/server")
        if not isinstance(told, dict) or told.get("service") != NAME:
            raise not_ours(self._url)
        self.default_model = str(told["default_model"])

    async def close(self, *, drain: bool, grace: float) -> None:  # noqa: ARG002 - the contract; the jobs are elsewhere
        """Close the connections; jobs go on."""
        wire, self._opened = self._opened, None
        if wire is not None:
            await wire.close()

    def long_work(self) -> AbstractContextManager[None]:
        """Wait for a server that is away within it."""
        return long_work()

    # --- planning --------------------------------------------------------------------------------------------------

    async def keep(self, source: MediaSource) -> MediaRef:
        """Send a picture or video in; what a URL leads to is fetched there."""
        if isinstance(source, str) and source.strip().lower().startswith(("http://", "https://")):
            return value(MediaRef, await self._wire.post("/inputs/from-url", {"url": source.strip()}))
        async with self._sending:  # the same picture, sent twice at once, is one file here
            here = await MediaKeeper(self._wire.blobs, allow_private_urls=False).keep(source)
            form = {"file": Blob(ref=here, encoding="file"), "label": here.label}
            try:
                sent = await self._wire.ask(Call(method="POST", path="/inputs", form=form, free=True))
            finally:
                await asyncio.to_thread(self._wire.blobs.discard, here.sha256)
        return value(MediaRef, sent)

    async def last_frame(self, video: MediaRef) -> MediaRef:
        """Have the last frame of a video taken in."""
        return value(MediaRef, await self._wire.post("/inputs/last-frame", _json(video)))

    async def plan(self, request: Request) -> Plan:
        """Plan."""
        return value(Plan, await self._wire.post("/plans", _json(request)))

    async def route(self, request: Request) -> Decision:
        """Choose a model."""
        return value(Decision, await self._wire.post("/route", _json(request)))

    async def optimize_prompt(self, prompt: str) -> str:
        """Say a prompt in more detail."""
        return str((await self._wire.post("/prompts", {"prompt": prompt}))["prompt"])

    async def cards(self, name: str | None) -> Sequence[ModelCard]:
        """Return the models of a name, or all that the key may use."""
        return values(ModelCard, await self._wire.get("/cards", name=name))

    async def models(self, *, retired: bool) -> list[dict[str, Any]]:
        """Return a row for each model that the key may use."""
        rows: list[dict[str, Any]] = await self._wire.get("/models", retired=str(retired).lower())
        return rows

    # --- making ----------------------------------------------------------------------------------------------------

    async def check(self, plan: Plan, key: SecretStr | None) -> None:
        """Have the server say whether a plan's providers are in its reach; those that are need not be asked of again.

        With a caller's own key that is told by `submit`.
        """
        providers = tuple((each.provider, each.protocol) for each in (plan, *plan.alternatives))
        if key is None and providers not in self._reached:
            await self._wire.post("/plans/check", _json(plan))
            self._reached.add(providers)

    async def of_keys(self, keys: Sequence[str]) -> Sequence[Job]:
        """Return the jobs of this client's key that were handed in with these idempotency keys."""
        return value(Page, await self._wire.post("/jobs/of-keys", {"keys": [*keys]})).jobs

    def wanted(self, job_id: str) -> Place | None:
        """Return where a job's files are to be brought."""
        return self._wanted.of(job_id)

    async def submit(self, plan: Plan, key: SecretStr | None, terms: Terms) -> Job:
        """Hand a plan in. The call holds an idempotency key, so it is safe to send again until it is answered.

        Raises:
            InvalidRequestError: `out` cannot be written; nothing was sent.
            SubmissionUnknownError: no answer came; says the key by which to hand it in again.
            VideoGenerationError: what the server refuses it for.
        """
        said: dict[str, Any] = {word: each for word, each in terms.items() if each is not None}
        place = await self._wanted.place(
            said.get("out"),
            overwrite=said.get("overwrite", False),
            known="idempotency_key" in said,
            kind=plan.request.kind,
        )
        for word in _THE_SERVERS & said.keys():
            raise InvalidRequestError(f"`{word}={said[word]}` is decided by the server at `{self._url}`: leave it out")
        name = said.get("idempotency_key", str(uuid4()))
        body: dict[str, Any] = {"plan": _json(plan), "idempotency_key": name}
        body |= {word: said[word] for word in _PASSED_ON if word in said}
        if "callback" in said:
            body["callback"] = _json(said["callback"])
        if key is not None:
            body["provider_key"] = key.get_secret_value()
        call = Call(method="POST", path="/jobs", body=body, safe=True)
        try:
            return self._wanted.note(value(Job, await self._wire.ask(call)), place)
        except SubmissionUnknownError as error:
            raise SubmissionUnknownError(
                f"{error.message}; hand it in again with `idempotency_key={name}`: that is the same job"
            ) from None

    def run(self, *, begin: bool) -> None:
        """Do nothing: the server carries jobs out."""

    # --- files -----------------------------------------------------------------------------------------------------

    async def link(self, artifact: Artifact) -> str:
        """Return the server's link to a finished file; it needs no key, and expires."""
        return artifact.path

    async def bring(self, artifact: Artifact, dest: Path) -> None:
        """Copy a finished file, resumed where an earlier try broke off."""
        await asyncio.to_thread(dest.parent.mkdir, parents=True, exist_ok=True)
        path = f"/jobs/{artifact.job_id}/files/{artifact.index}"
        await self._wire.bring(path, dest, sha256=artifact.sha256, size=artifact.info.bytes)


def _json(each: Value) -> dict[str, Any]:
    return each.model_dump(mode="json")
