"""A provider's handle for an accepted submit, and what a poll of it says."""

from typing import Any

from pydantic import Field

from video_gen.spec.value import Value


class Output(Value):
    """Where one finished video or picture is to be had."""

    url: str
    """Absolute, or relative to the provider's base URL; `s3://BUCKET/KEY` or `gs://BUCKET/NAME` in the caller's own
    bucket; `data:` for a video sent as text; `file:` for one that was the answer itself (`Reply.file`)."""
    sha256: str | None = None
    """Where the provider says it."""
    bytes: int | None = None
    authorized: bool = False
    """The URL is the provider's own and wants the key."""


class Pending(Value):
    """Not finished yet."""

    progress: float | None = Field(default=None, ge=0, le=1)
    """0..1; None where the provider does not say."""
    message: str = ""
    queued: bool = False
    """The provider has not started on it."""
    retry_after: float | None = Field(default=None, ge=0)
    """Seconds the provider asks to wait before the next poll."""


class Done(Value):
    """Finished, with its videos or pictures."""

    outputs: tuple[Output, ...] = Field(min_length=1)
    cost: int | None = Field(default=None, ge=0)
    """What the provider says it charged, in micro-USD; None where it does not say."""


class Operation(Value):
    """The provider's handle: opaque to all but its protocol, storable, holds no credential."""

    provider: str
    protocol: str
    id: str
    """The provider's own name for it, for people and for support requests."""
    data: dict[str, Any] = Field(default_factory=dict)
    """Whatever the protocol needs to poll, cancel and collect. JSON only."""
    retry_after: float | None = Field(default=None, ge=0)
    """Seconds the provider asks to wait before the first poll."""
    done: Done | None = None
    """What the submit was answered with, by a wire whose answer is the finished work itself."""


class Failed(Value):
    """Failed for good."""

    code: str
    """The `code` of the error class in `video_gen.exceptions` that fits."""
    message: str
    charged: bool | None = None
    """Whether the provider charges for it; None where that is unknown."""
    cost: int | None = Field(default=None, ge=0)


Outcome = Pending | Done | Failed
