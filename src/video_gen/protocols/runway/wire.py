"""The calls: uploads, the three ways to make a video, tasks (runwayml 5.24.0, API version 2024-11-06).

A submit carries no key and tasks cannot be listed: after a lost answer nobody can tell. Only a task that has not begun
is stopped at no cost; one that has runs up its whole price, stopped or not.
"""

from typing import Any, Final, Literal

from video_gen.exceptions import (
    JobFailedError,
    MediaInputError,
    NoVideoError,
    ServiceUnavailableError,
    SubmissionUnknownError,
)
from video_gen.protocols.runway.body import body, endpoint, too_large
from video_gen.protocols.runway.refusals import cost, failed, refused
from video_gen.spec import (
    Blob,
    Call,
    Context,
    Done,
    Failed,
    Flow,
    Guarantee,
    MediaRef,
    Operation,
    Outcome,
    Output,
    Pending,
    Reply,
)
from video_gen.spec.answers import at, garbled, refusal, retry_after, words_at

_NOT_BEGUN: Final = frozenset({"PENDING", "THROTTLED"})
_ENDED: Final = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
_ENDINGS: Final = {"image/jpeg": "jpg", "video/quicktime": "mov"}


class RunwayProtocol:
    """POST /v1/{image,text,video}_to_video, GET and DELETE /v1/tasks/ID, POST /v1/uploads."""

    name = "runway"
    guarantee = Guarantee.NONE

    def submit(self, context: Context) -> Flow[Operation]:
        """Upload what is too large to be sent along, then make the task."""
        plan = context.plan
        uris: dict[str, Any] = {}
        for ref in plan.settings.media:
            uris[ref.sha256] = (yield from _uploaded(ref, context)) if too_large(ref) else Blob(ref=ref)
        reply = yield _call(context, "POST", endpoint(plan), body=body(plan, uris))
        if not reply.ok:
            raise refused(reply, context, billable=True)
        task = words_at(reply.body, "id")
        if not task:
            raise garbled(reply, context.provider.id, "an id", billable=True)
        return Operation(provider=context.provider.id, protocol=self.name, id=task)

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask for the task."""
        reply = yield _call(context, "GET", f"tasks/{operation.id}")
        if not reply.ok:
            raise refused(reply, context)
        return _outcome(reply, context)

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:
        """Stop the task; True where it costs nothing. What has ended stays: deleting it would lose a paid video."""
        before = yield _call(context, "GET", f"tasks/{operation.id}")
        if not before.ok:
            raise refused(before, context)
        status = words_at(before.body, "status")
        if status in _ENDED:
            return cost(before) == 0
        reply = yield _call(context, "DELETE", f"tasks/{operation.id}", free=True)
        if not reply.ok and reply.status != 404:
            raise refused(reply, context)
        after = yield _call(context, "GET", f"tasks/{operation.id}")
        paid = cost(after) if after.ok else None
        return status in _NOT_BEGUN if paid is None else paid == 0

    def find(self, context: Context) -> Flow[Operation | None]:
        """Runway lists no tasks.

        Raises:
            SubmissionUnknownError: always.
        """
        yield from ()
        raise SubmissionUnknownError(
            f"`{context.provider.id}` lists no tasks: look at the usage page of its developer portal",
            provider=context.provider.id,
        )


def _call(context: Context, method: Literal["GET", "POST", "DELETE"], path: str, **more: Any) -> Call:
    """Return a call; the base URL may name the version already."""
    version = "" if context.provider.base_url.rstrip("/").endswith("/v1") else "/v1"
    return Call(method=method, path=f"{version}/{path}", **more)


def _uploaded(ref: MediaRef, context: Context) -> Flow[str]:
    """Upload a media input; it is kept for a day, and costs nothing."""
    named = {"filename": f"{ref.kind}-{ref.sha256[:8]}.{_ending(ref)}", "type": "ephemeral"}
    reply = yield _call(context, "POST", "uploads", body=named, free=True)
    if not reply.ok:
        raise refused(reply, context)
    target, fields, uri = words_at(reply.body, "uploadUrl"), at(reply.body, "fields"), words_at(reply.body, "runwayUri")
    if not target or not uri or not isinstance(fields, dict):
        raise garbled(reply, context.provider.id, "a place to upload to")
    stored = yield Call(method="POST", path=target, form={**fields, "file": Blob(ref=ref, encoding="file")}, free=True)
    if not stored.ok:
        kind = MediaInputError if stored.status in {400, 413} else ServiceUnavailableError
        raise refusal(stored, context.provider.id, "its storage did not take the upload", kind=kind)
    return uri


def _ending(ref: MediaRef) -> str:
    return _ENDINGS.get(ref.media_type) or ref.media_type.partition("/")[2]


def _outcome(reply: Reply, context: Context) -> Outcome:
    match words_at(reply.body, "status"):
        case "PENDING":
            return Pending(queued=True, retry_after=retry_after(reply))
        case "THROTTLED":
            waits = "waits at Runway until fewer of your tasks run"
            return Pending(queued=True, message=waits, retry_after=retry_after(reply))
        case "RUNNING":
            return Pending(progress=_share(at(reply.body, "progress")), retry_after=retry_after(reply))
        case "SUCCEEDED":
            return _done(reply, context)
        case "FAILED":
            return failed(reply)
        case "CANCELLED":
            return _ended_without(reply, JobFailedError.code, "it was cancelled at Runway")
        case _:
            raise garbled(reply, context.provider.id, "a status that is known")


def _done(reply: Reply, context: Context) -> Outcome:
    urls = at(reply.body, "output")
    if not isinstance(urls, list):
        raise garbled(reply, context.provider.id, "an output")
    outputs = tuple(Output(url=url) for url in urls if isinstance(url, str) and url)
    if outputs:
        return Done(outputs=outputs, cost=cost(reply))
    return _ended_without(reply, NoVideoError.code, "the task succeeded without a video")


def _ended_without(reply: Reply, code: str, message: str) -> Failed:
    paid = cost(reply)
    return Failed(code=code, message=message, charged=None if paid is None else paid > 0, cost=paid)


def _share(progress: Any) -> float | None:
    known = isinstance(progress, int | float) and not isinstance(progress, bool) and 0 <= progress <= 1
    return float(progress) if known else None
