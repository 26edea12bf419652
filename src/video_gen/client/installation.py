"""What a client works with: an installation, in this process (`embedded`) or behind a server (`remote`).

Belongs here: the contract of the two. Whatever callers say and are answered is made above it, once for both.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Unpack
from typing import Protocol as TypingProtocol

from pydantic import SecretStr

from video_gen.catalog import ModelCard
from video_gen.client.turns import Turns
from video_gen.client.words import MediaSource, Out
from video_gen.engine.ceilings import Standing
from video_gen.engine.intake import Terms
from video_gen.engine.ledger import Balance
from video_gen.engine.listing import Listing
from video_gen.engine.ownership import EVERYONE, Whose
from video_gen.engine.query import Page
from video_gen.engine.resolving import Resubmit, Retry, WriteOff
from video_gen.engine.spending import Grouping, Spending
from video_gen.spec import Artifact, Attempt, Decision, Event, Job, MediaRef, Plan, Request


class JobSource(TypingProtocol):
    """An installation's jobs. `engine.service.Jobs` says what each method does and raises."""

    async def id_of(self, beginning: str) -> str:
        """Return the whole id of the one job whose id begins so."""
        ...

    async def get(self, job_id: str) -> Job:
        """Return a job."""
        ...

    async def page(self, **which: Unpack[Listing]) -> Page:
        """Return jobs."""
        ...

    async def ahead(self) -> Mapping[str, int]:
        """Return how many jobs start before each one that waits."""
        ...

    async def events(self, job_id: str, *, after: int = 0) -> list[Event]:
        """Return a job's history."""
        ...

    async def attempts(self, job_id: str) -> list[Attempt]:
        """Return a job's attempts."""
        ...

    def watch(self, job_id: str) -> AsyncIterator[Event | Job]:
        """Follow a job to its end: at least the job, whenever it looks different."""
        ...

    async def wait(self, job_id: str, *, timeout_s: float | None = None) -> Job:
        """Return the job when it has ended, however it ended."""
        ...

    async def cancel(self, job_id: str) -> Job:
        """Ask a job to stop."""
        ...

    async def resume(self, job_id: str, *, out: Out = None) -> Job:
        """Let a job go on."""
        ...

    async def retry(self, job_id: str) -> Retry:
        """Try an ended job again."""
        ...

    async def adopt(self, job_id: str, operation_id: str) -> Job:
        """Go on with this operation as what a lost submit became."""
        ...

    async def resolve(self, job_id: str, decision: Resubmit | WriteOff) -> Job:
        """Settle a submit of unknown outcome."""
        ...

    async def delete(self, job_id: str, *, files: bool = False) -> Job:
        """Forget an ended job."""
        ...

    async def balance(self, job_id: str | None = None) -> Balance:
        """Return what is held and spent."""
        ...

    async def standing(self, owner: str | None) -> Standing:
        """Return where the asker stands today."""
        ...

    async def standings(self) -> Sequence[Standing]:
        """Return where everyone who can be seen stands today."""
        ...

    async def spending(self, since: datetime, by: Grouping, *, owner: Whose = EVERYONE) -> Sequence[Spending]:
        """Return what was spent from a moment on."""
        ...


class Place(NamedTuple):
    """Where somebody wants the files of a job, by the names that a job has for it."""

    out: str
    """The file, or a folder that ends in a slash."""
    overwrite: bool
    """A file that stands there may be replaced."""


class Installation(TypingProtocol):
    """Where videos are planned and made. Errors are those of the client's methods that ask for it."""

    turns: Turns
    """For those who would bring one file at once."""

    @property
    def jobs(self) -> JobSource:
        """Its jobs, once it is open."""
        ...

    @property
    def default_model(self) -> str:
        """The model of a request that names none."""
        ...

    @property
    def delivers(self) -> bool:
        """It writes finished files to where they are wanted; else they are to be brought."""
        ...

    async def open(self) -> None:
        """Make it usable."""
        ...

    async def close(self, *, drain: bool, grace: float) -> None:
        """Let it go; unfinished jobs stay resumable."""
        ...

    def long_work(self) -> AbstractContextManager[None]:
        """Within it, an installation that is away for a while is waited for, as it is by a wait."""
        ...

    async def keep(self, source: MediaSource) -> MediaRef:
        """Take a picture or video in."""
        ...

    async def last_frame(self, video: MediaRef) -> MediaRef:
        """Take in the last frame of a video that was taken in."""
        ...

    async def plan(self, request: Request) -> Plan:
        """Plan."""
        ...

    async def route(self, request: Request) -> Decision:
        """Choose a model."""
        ...

    async def optimize_prompt(self, prompt: str) -> str:
        """Say a prompt in more detail."""
        ...

    async def cards(self, name: str | None) -> Sequence[ModelCard]:
        """Return the models of a name; None: all there are."""
        ...

    async def models(self, *, retired: bool) -> list[dict[str, Any]]:
        """Return a row for each model."""
        ...

    async def check(self, plan: Plan, key: SecretStr | None) -> None:
        """Refuse a plan of a provider that is out of reach."""
        ...

    async def submit(self, plan: Plan, key: SecretStr | None, terms: Terms) -> Job:
        """Hand a plan in, unless its provider is out of reach."""
        ...

    async def of_keys(self, keys: Sequence[str]) -> Sequence[Job]:
        """Return the asker's own jobs that were handed in with these idempotency keys."""
        ...

    def wanted(self, job_id: str) -> Place | None:
        """Return where a job's files are to be brought, as was said when it was handed in; None: nowhere."""
        ...

    def run(self, *, begin: bool) -> None:
        """Carry jobs out in the background, where nobody else does; without `begin`, those that wait are left."""
        ...

    async def link(self, artifact: Artifact) -> str:
        """Return where a finished file can be opened for a while."""
        ...

    async def bring(self, artifact: Artifact, dest: Path) -> None:
        """Copy a finished file, whole or not at all."""
        ...
