"""The contract between a protocol and whoever drives it.

A protocol performs no I/O. Each of its verbs is a generator that yields a `Call` and is sent the `Reply`:

    def submit(self, context):
        reply = yield Call(method="POST", path="/v1/videos", body={"prompt": context.plan.settings.prompt})
        return Operation(provider=context.provider.id, protocol=self.name, id=reply.body["id"])

The driver (`transport` over HTTP, `local/service.py` for the embedded renderer) signs and sends the calls. A lost
answer is thrown into the flow as an error at the `yield`. A refusal is raised by the protocol as the fitting error of
`video_gen.exceptions`.
"""

from collections.abc import Generator
from enum import StrEnum
from typing import Any, Literal, TypeVar, runtime_checkable
from typing import Protocol as TypingProtocol

from pydantic import Field

from video_gen.spec.media import MediaRef
from video_gen.spec.operation import Operation, Outcome
from video_gen.spec.plan import Plan
from video_gen.spec.provider import Provider
from video_gen.spec.value import Value

T = TypeVar("T")


class Blob(Value):
    """Stands in a call's body for the bytes of a media input; the driver puts them in."""

    ref: MediaRef
    encoding: Literal["data_uri", "base64", "file"] = "data_uri"
    """"file" makes it a part of a multipart form."""


class Call(Value):
    """One request to the provider."""

    method: Literal["GET", "POST", "PUT", "DELETE", "HEAD"] = "GET"
    path: str
    """Relative to the provider's base URL, or an absolute URL that the provider handed out."""
    query: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    body: Any = None
    """Sent as JSON; None sends no body."""
    form: dict[str, Any] | None = None
    """Parts of a multipart form; a `Blob` becomes a file part."""
    safe: bool = False
    """Repeating it costs nothing: the driver may retry it."""
    free: bool = False
    """Nothing can be charged for it, whether it arrives or not (an upload, a question asked by POST). It may be
    retried, and its loss says nothing of the submit."""

    @property
    def resendable(self) -> bool:
        """A reader, or marked safe or free by its protocol."""
        return self.safe or not self.buys

    @property
    def buys(self) -> bool:
        """Something may be charged for it."""
        return not (self.free or self.method in {"GET", "HEAD"})


class Reply(Value):
    """The provider's answer, whatever its status."""

    status: int
    headers: dict[str, str] = Field(default_factory=dict)
    """Names in lower case."""
    body: Any = None
    """The parsed body; None where it is no JSON."""
    text: str = ""
    """The body as text, cut at a limit; empty for binary."""
    file: str | None = None
    """Path of a body that was streamed to disk (binary answers)."""

    @property
    def ok(self) -> bool:
        """The status is 2xx."""
        return 200 <= self.status < 300


Flow = Generator[Call, Reply, T]


class Guarantee(StrEnum):
    """What a protocol promises about a submit whose answer was lost."""

    IDEMPOTENT = "idempotent"
    """The same idempotency key never makes a second operation: sending again is safe."""
    FINDABLE = "findable"
    """`find` can tell whether the provider accepted it."""
    NONE = "none"
    """Nobody can tell; a person decides."""


class Context(Value):
    """All that a verb may know."""

    plan: Plan
    provider: Provider
    idempotency_key: str
    """One for each attempt, stored before the submit is sent."""
    intent_at: float
    """When the intent was stored, seconds since the epoch: `find` looks from here."""
    callback_url: str | None = None
    """Where the provider may say that the job is ready, if its wire takes an address at submit; None: nowhere."""
    taken: frozenset[str] = frozenset()
    """For `find`: the ids of operations that are known to be other submits'."""


class Protocol(TypingProtocol):
    """Adapter to one wire protocol. Pure: no I/O, no clock, no randomness."""

    name: str
    guarantee: Guarantee

    def submit(self, context: Context) -> Flow[Operation]:
        """Send the plan; return the provider's handle. Billable: never repeated blindly."""
        ...

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask once how it stands."""
        ...

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:
        """Ask the provider to stop; True when it will not charge or go on, False when it cannot be stopped."""
        ...

    def find(self, context: Context) -> Flow[Operation | None]:
        """Look for an operation this context's submit may have made; None when there certainly is none."""
        ...


@runtime_checkable
class Adopts(TypingProtocol):
    """A protocol whose operations hold more than the provider's id makes one of an id that a person found."""

    def adopt(self, operation_id: str, context: Context) -> Operation:
        """Return the operation that the provider calls `operation_id`.

        Raises:
            InvalidRequestError: no id of this provider looks so.
        """
        ...
