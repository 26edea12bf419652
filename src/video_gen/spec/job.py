"""A job, its attempts, its artifacts and its history."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from video_gen.spec.media import MediaInfo
from video_gen.spec.operation import Done, Operation
from video_gen.spec.plan import Plan
from video_gen.spec.request import Request
from video_gen.spec.value import Value


class Status(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        """Nothing more will happen by itself."""
        return self in {Status.COMPLETED, Status.FAILED, Status.CANCELLED}


class Phase(StrEnum):
    """What a running job is doing."""

    SUBMITTING = "submitting"
    GENERATING = "generating"
    COLLECTING = "collecting"
    VERIFYING = "verifying"
    RECONCILING = "reconciling"


class AttemptState(StrEnum):
    """Where one billable submit stands."""

    INTENT = "intent"
    """Stored; the submit may or may not have been sent."""
    SUBMITTED = "submitted"
    """Accepted by the provider; `operation` is known."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    """Certainly not accepted; nothing was spent."""
    UNKNOWN = "unknown"
    """Sent, its answer lost, and nobody can tell; its reserve is kept."""


class ErrorFacts(Value):
    """An error as it is stored: enough to raise it again."""

    code: str
    message: str
    retryable: bool = False
    provider: str | None = None
    retry_after: float | None = None
    """Seconds the provider asked to wait."""


class Attempt(Value):
    """One billable submit of a job to one model."""

    id: str
    job_id: str
    number: int = Field(ge=1)
    model: str
    plan: Plan
    state: AttemptState
    idempotency_key: str
    intent_at: datetime
    operation: Operation | None = None
    outcome: Done | None = None
    """What the provider finished; kept so that collecting its videos can go on after a restart."""
    submitted_at: datetime | None = None
    ended_at: datetime | None = None
    reserved: int = 0
    """Micro-USD held for it."""
    cost: int | None = None
    """Micro-USD settled; None while open."""
    error: ErrorFacts | None = None


class Artifact(Value):
    """A stored, verified file."""

    id: str
    job_id: str
    index: int = Field(ge=0)
    path: str
    """Absolute path of the delivered file."""
    sha256: str
    media_type: str = "video/mp4"
    info: MediaInfo
    created_at: datetime


class Event(Value):
    """One appended line of a job's history."""

    seq: int
    """Rises by one within a store; gaps are allowed, order is not broken."""
    job_id: str
    at: datetime
    kind: str
    """Dotted: "job.queued", "attempt.submitted", "routing.chosen" ..."""
    message: str
    """A sentence for a person."""
    data: dict[str, Any] = Field(default_factory=dict)


class Job(Value):
    """The durable thing a caller waits for."""

    id: str
    status: Status
    phase: Phase | None = None
    progress: float = Field(default=0.0, ge=0, le=1)
    request: Request
    plan: Plan
    """The first candidate's plan; a later attempt carries its own."""
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    out: str | None = None
    """Where the caller wants the file. A path that ends in a slash is a folder, in which the store's rule names the
    file; None is the store's own folder."""
    overwrite: bool = False
    """A file that stands at `out` may be replaced."""
    priority: int = 0
    """Higher starts earlier; waiting counts too."""
    deadline: datetime | None = None
    """When it is given up, unless its provider has finished by then; None: never."""
    idempotency_key: str | None = None
    epoch: int = 0
    """Rises with each run of the job; a write of an older epoch is refused."""
    cancel_requested: bool = False
    error: ErrorFacts | None = None
    model_used: str | None = None
    fallback_from: str | None = None
    cost: int = 0
    """Micro-USD settled so far."""
    artifacts: tuple[Artifact, ...] = ()
    tags: dict[str, str] = Field(default_factory=dict)
    owner: str | None = None
    """Id of the API key that made it; None: the installation itself, by command line or library."""
    own_key: bool = False
    """Its caller brought a key of their own for the plan's provider: what it costs there is not this installation's
    money, and counts towards no ceiling of a day."""
    planned: int = 0
    """Micro-USD of this installation's that it is promised and that are not reserved yet; void when it has ended."""
