"""What the workflow needs of the world; each is an argument, so that each can be another one."""

import asyncio
import random
import secrets
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar
from typing import Protocol as TypingProtocol

from pydantic import SecretStr

from video_gen.engine.artifacts import Shelf
from video_gen.engine.blobs import Blobs
from video_gen.engine.breaker import Breaker
from video_gen.engine.keyring import Keyring
from video_gen.engine.policy import Policy
from video_gen.engine.poller import Poller
from video_gen.engine.progress import ProgressBoard
from video_gen.engine.signal import Signal
from video_gen.engine.store import Store
from video_gen.engine.vault import Vault
from video_gen.spec import Adopts, Attempt, Context, Flow, Job, MediaInfo, Operation, Output, Plan, Protocol, Provider

T = TypeVar("T")


class Driver(TypingProtocol):
    """Carries a protocol's calls to a provider, and its videos back."""

    async def drive(self, flow: Flow[T], provider: Provider) -> T:
        """Run a flow to its end and return what it returns.

        A call that is not `resendable` is sent once. What it raises decides about money:

        Raises:
            SubmissionUnknownError: such a call was sent and its answer is lost.
            ApiRequestError: any other of its kind: the provider refused, or the call was certainly not sent.
            InvalidRequestError: the call cannot be made as planned, and was not sent.
            ConfigurationError: the provider cannot be reached as configured, and nothing was sent.
        """
        ...

    async def collect(
        self,
        output: Output,
        provider: Provider,
        dest: Path,
        *,
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> None:
        """Bring a finished video to `dest`, which appears complete or not at all.

        Args:
            output: What `poll` returned.
            provider: Who made it.
            dest: The file to make; a part of it may rest beside it for the next try.
            progress: Told how much has come, 0 to 1.
            cancelled: Asked now and then; True ends the work with `JobCancelledError`.

        Raises:
            StorageError: the disk refused.
            VideoGenerationError: it did not come through; another try may work.
        """
        ...


MAX_RUNNING: Final = 10_000
"""Jobs that one process has under way at once, at most."""


class Engine(TypingProtocol):
    """Delivers "advance this job"; how often does not matter, since the rows say what is still to do."""

    @property
    def faults(self) -> Mapping[str, Exception]:
        """What last went wrong on our side, in this process, with a job that goes on later."""
        ...

    @property
    def runs(self) -> bool:
        """This process delivers."""
        ...

    async def attended(self) -> bool:
        """Whether any process delivers."""
        ...

    def enqueue(self, job_id: str) -> None:
        """Have a job delivered; its row holds its priority."""
        ...

    async def run(self, handler: "Handler", *, concurrency: int = MAX_RUNNING) -> None:
        """Deliver jobs to `handler` until stopped, as many at once as the engine's limits allow, and `concurrency`."""
        ...

    def wake(self, job_id: str) -> None:
        """Have a running job look again at once: its caller asks it to stop, or its provider has news."""
        ...

    async def stop(self, *, drain: bool = False) -> None:
        """Stop delivering. With `drain`, running jobs are finished first; otherwise others go on with them."""
        ...


Handler = Callable[[str, Signal], Awaitable[None]]
"""Advances a job as far as it goes; told by the signal that its caller wants it stopped."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A complete, playable video, or a complete image."""

    info: MediaInfo
    media_type: str = "video/mp4"
    differences: tuple[str, ...] = ()
    """How it differs from its plan, in words; no reason to throw away what was paid for."""


Verify = Callable[[Path, Plan], Checked]
"""Checks a file against its plan; raises `VerificationError` when it is not complete and playable. Blocks."""


def planned(job: Job) -> Sequence[Plan]:
    """The candidates of a job: its plan, and the alternatives that go with it."""
    return (job.plan.model_copy(update={"alternatives": (), "decision": None}), *job.plan.alternatives)


def new_id() -> str:
    """Return an id that was never used: "9f86d081884c7d65"; its first half is enough to tell jobs apart."""
    return secrets.token_hex(8)


def new_key() -> str:
    """Return an idempotency key that was never used: a UUID, which every provider takes."""
    return str(uuid.uuid4())


DriverOf = Callable[[Provider, SecretStr | None], Driver]
"""Finds who carries calls to a provider; with a key, in the name of the caller who brought it."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The workflow's world."""

    store: Store
    keyring: Keyring
    """Opens the keys that callers bring."""
    work: Path
    """Folder for downloads that are not delivered yet; kept between starts."""
    outputs: Path
    """Where videos go whose callers named no place."""
    blobs: Blobs
    """Media handed in, by content."""
    driver_of: DriverOf
    protocol_of: Callable[[str], Protocol]
    provider_of: Callable[[str], Provider]
    verify: Verify
    candidates: Callable[[Job], Sequence[Plan]] = planned
    """The plans to try, in order; the first is the job's own."""
    policy: Policy = field(default_factory=Policy)
    callback_of: Callable[[Attempt], str | None] = lambda _: None
    """Where an attempt's provider may say that it is ready."""
    breaker: Breaker = field(default_factory=Breaker)
    poller: Poller
    board: ProgressBoard
    shelf: Shelf = field(default_factory=Shelf)
    vault: Vault | None = None
    """Where videos are kept for everybody; None: they go straight to where their callers want them."""
    may_submit: Callable[[], bool] = lambda: True
    """Whether this process may still send what costs money: nobody can have taken its jobs over meanwhile."""
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random
    new_id: Callable[[], str] = new_id
    new_key: Callable[[], str] = new_key

    def context_of(self, attempt: Attempt) -> Context:
        """Return what a protocol may know of an attempt."""
        return Context(
            plan=attempt.plan,
            provider=self.provider_of(attempt.plan.provider),
            idempotency_key=attempt.idempotency_key,
            intent_at=attempt.intent_at.timestamp(),
            callback_url=self.callback_of(attempt),
        )

    def operation_of(self, operation_id: str, attempt: Attempt) -> Operation:
        """Return the handle by which a provider knows an attempt, from the id that a person found there."""
        plan = attempt.plan
        protocol = self.protocol_of(plan.protocol)
        if isinstance(protocol, Adopts):
            return protocol.adopt(operation_id, self.context_of(attempt))
        return Operation(provider=plan.provider, protocol=plan.protocol, id=operation_id)
