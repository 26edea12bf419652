"""The calls: `/video/queue` and `/video/retrieve` (Venice's API description 20260821.193530, and its video guide).

There is no list, no cancelling and no idempotency key, and nothing tells two submits of the same body apart: a submit
whose answer was lost can be looked up by nobody.

A finished job is answered with the video itself. So the question that finds it finished is its download: the answer is
kept as a file, and no second one is made. Its deletion is never asked for; a download that broke off, or a file that is
broken, is simply asked for again. Models with a `download_url` (Grok Imagine) are only told to be finished, and are
fetched there; the address is given once, in the answer to the submit, and needs no key.
"""

from pathlib import PurePath
from typing import Any, Final

from video_gen.exceptions import ApiRequestError, NoVideoError
from video_gen.protocols.venice.body import queue_body
from video_gen.protocols.venice.refusals import refused, verdict
from video_gen.spec import (
    Call,
    Context,
    Done,
    Failed,
    Flow,
    Guarantee,
    Operation,
    Outcome,
    Output,
    Pending,
    Reply,
)
from video_gen.spec.answers import at, garbled, words_at

_NEARLY: Final = 0.99
"""The most that is said of a job that is not finished: its usual time may be over."""


class VeniceProtocol:
    """POST /video/queue, POST /video/retrieve."""

    name = "venice"
    guarantee = Guarantee.NONE

    def submit(self, context: Context) -> Flow[Operation]:
        """Queue the job."""
        reply = yield Call(method="POST", path="/video/queue", body=queue_body(context.plan))
        if not reply.ok:
            raise refused(reply, context, billable=True)
        queue_id = words_at(reply.body, "queue_id")
        if not queue_id:
            raise garbled(reply, context.provider.id, "a queue_id", billable=True)
        data = {"model": words_at(reply.body, "model") or context.plan.wire_model}
        url = words_at(reply.body, "download_url")
        if url:
            data["download_url"] = url
        return Operation(provider=context.provider.id, protocol=self.name, id=queue_id, data=data)

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask for the video; it comes with the answer when it is finished."""
        body = {"model": operation.data.get("model") or context.plan.wire_model, "queue_id": operation.id}
        reply = yield Call(method="POST", path="/video/retrieve", body=body, free=True)
        if not reply.ok:
            outcome = verdict(reply, context)
            if outcome is None:
                raise refused(reply, context)
            return outcome
        if reply.file is not None:
            return Done(outputs=(Output(url=PurePath(reply.file).as_uri()),))
        return _standing(reply, operation, context)

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:  # noqa: ARG002 (the contract's)
        """Venice stops no job."""
        yield from ()
        return False

    def find(self, context: Context) -> Flow[Operation | None]:
        """Venice lists no jobs.

        Raises:
            ApiRequestError: always.
        """
        yield from ()
        raise ApiRequestError(
            f"`{context.provider.id}` has no list of its jobs, so nobody can tell whether it has this one: "
            "its billing page shows whether it was charged",
            provider=context.provider.id,
        )


def _standing(reply: Reply, operation: Operation, context: Context) -> Outcome:
    match words_at(reply.body, "status"):
        case "PROCESSING":
            return Pending(progress=_progress(reply.body))
        case "COMPLETED":
            url = operation.data.get("download_url")
            if url:
                return Done(outputs=(Output(url=url),))
            return Failed(code=NoVideoError.code, message="finished, with no video and no address of one")
    raise garbled(reply, context.provider.id, "a video or a status that is known")


def _progress(body: Any) -> float | None:
    """Return the share of the usual time that is over; both are milliseconds."""
    spent, usual = at(body, "execution_duration"), at(body, "average_execution_time")
    if not isinstance(spent, int | float) or not isinstance(usual, int | float) or usual <= 0 or spent < 0:
        return None
    return min(_NEARLY, spent / usual)
