"""The calls (platform.minimax.io/docs/api-reference, 2026-11-21).

Version 2: POST /v2/video_generation, GET /v2/query/video_generation/ID, DELETE /v2/video_generation/ID.
Version 1: POST /v1/video_generation, GET /v1/query/video_generation, and GET /v1/files/retrieve for the link.

Neither has an idempotency key. Version 2 lists the tasks of a week, but a task shows nothing of what was asked - no
prompt, no seed, no name of the caller's - so that nobody can tell one's own lost task from another of the same length
and size: a submit whose answer was lost is left to a person.
"""

from typing import Final
from urllib.parse import quote

from video_gen.exceptions import ApiRequestError, JobFailedError, NoVideoError
from video_gen.protocols.minimax.body import body_v1, body_v2
from video_gen.protocols.minimax.refusals import code_of, failed, refused
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

_SENSITIVE: Final = frozenset({1026, 1027})


class MiniMaxProtocol:
    """POST /v2/video_generation, or /v1 where the card says so."""

    name = "minimax"
    guarantee = Guarantee.NONE

    def submit(self, context: Context) -> Flow[Operation]:
        """Create the task."""
        version = _version(context)
        body = body_v1(context.plan) if version == "v1" else body_v2(context.plan)
        reply = yield Call(method="POST", path=f"/{version}/video_generation", body=body)
        _check(reply, context, billable=True)
        task = words_at(reply.body, "task_id")
        if not task:
            raise garbled(reply, context.provider.id, "a task_id", billable=True)
        return Operation(provider=context.provider.id, protocol=self.name, id=task)

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask for the task; in version 1, for the link of a finished one too."""
        if _version(context) == "v2":
            return _outcome_v2((yield _query_v2(operation)), context)
        reply = yield Call(path="/v1/query/video_generation", query={"task_id": operation.id})
        code, status = code_of(reply), words_at(reply.body, "status")
        if status == "Fail" or code in _SENSITIVE:
            return failed(code, words_at(reply.body, "base_resp", "status_msg") if code else "")
        _check(reply, context)
        match status:
            case "Preparing" | "Queueing":
                return Pending(queued=True)
            case "Processing":
                return Pending()
            case "Success":
                return (yield from _link(reply, context))
        raise garbled(reply, context.provider.id, "a status that is known")

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:
        """Take back a task that waits; the same call would delete a finished one, so its status is asked for first."""
        if _version(context) == "v1":
            return False
        reply = yield _query_v2(operation)
        status = words_at(reply.body, "task", "status")
        if not reply.ok or status != "queued":
            return status == "cancelled"
        reply = yield Call(method="DELETE", path=f"/v2/video_generation/{quote(operation.id, safe='')}", free=True)
        return reply.ok and words_at(reply.body, "action") == "cancelled"

    def find(self, context: Context) -> Flow[Operation | None]:
        """Nothing of a task says whose it is.

        Raises:
            ApiRequestError: always.
        """
        yield from ()
        raise ApiRequestError(
            f"`{context.provider.id}` does not say which task came from which request: look for it in its console",
            provider=context.provider.id,
        )


def _version(context: Context) -> str:
    return context.plan.wire_options.get("api", "v2")


def _check(reply: Reply, context: Context, *, billable: bool = False) -> None:
    if not reply.ok or code_of(reply) is not None:
        raise refused(reply, context, billable=billable)


def _query_v2(operation: Operation) -> Call:
    return Call(path=f"/v2/query/video_generation/{quote(operation.id, safe='')}")


def _outcome_v2(reply: Reply, context: Context) -> Outcome:
    _check(reply, context)
    match words_at(reply.body, "task", "status"):
        case "queued":
            return Pending(queued=True)
        case "running":
            return Pending()
        case "succeeded":
            url = words_at(reply.body, "task", "content", "url")
            return Done(outputs=(Output(url=url),)) if url else _without_video()
        case "failed":
            error = at(reply.body, "task", "error")
            return failed(at(error, "code"), words_at(error, "message"))
        case "cancelled" | "expired" as status:
            return Failed(code=JobFailedError.code, message=f"the task was {status} at MiniMax", charged=False)
    raise garbled(reply, context.provider.id, "a status that is known")


def _link(reply: Reply, context: Context) -> Flow[Outcome]:
    """Ask where the file of a finished task is."""
    file = at(reply.body, "file_id")
    if not isinstance(file, str | int) or not file:
        return _without_video()
    reply = yield Call(path="/v1/files/retrieve", query={"file_id": str(file)})
    if code_of(reply) in _SENSITIVE:
        return failed(code_of(reply), words_at(reply.body, "base_resp", "status_msg"))
    _check(reply, context)
    url = words_at(reply.body, "file", "download_url")
    if not url:
        raise garbled(reply, context.provider.id, "a download_url")
    return Done(outputs=(Output(url=url),))


def _without_video() -> Failed:
    return Failed(code=NoVideoError.code, message="finished, with no video")
