"""Gemini Omni's calls: create, get and cancel an interaction (google-genai 3.4.0, API revision 2026-05-20).

An interaction runs in the background and is asked for until it ends. A create takes no key of ours and interactions are
not listed: after a lost answer nobody can tell. Interactions are never deleted here: their videos go with them.
"""

import re
from typing import Any, Final

from video_gen.exceptions import InsufficientCreditsError, InvalidRequestError, JobFailedError, SubmissionUnknownError
from video_gen.protocols.google.interaction import cost, finished, interaction, step_error, tokens
from video_gen.protocols.google.places import bucket, check_delivery, on_cloud, parent, version
from video_gen.protocols.google.refusals import failed, refused
from video_gen.spec import Call, Context, Done, Failed, Flow, Guarantee, Operation, Outcome, Pending, Reply
from video_gen.spec.answers import at, garbled, retry_after, words_at

_ID: Final = re.compile(r"[\w.~=-]+")
_FILE: Final = re.compile(r"/files/([\w-]+)(?::download)?(?:\?|$)")
_RUNNING: Final = frozenset({"queued", "in_progress"})
_ENDED: Final = {
    "budget_exceeded": (InsufficientCreditsError, "its budget was used up before the video was done"),
    "cancelled": (JobFailedError, "it was cancelled at Google"),
    "incomplete": (JobFailedError, "it ended before the video was done"),
    "requires_action": (JobFailedError, "it asks for an action that nobody can take here"),
    "requires_continuation": (JobFailedError, "it ended before the video was done, and wants to be paid for going on"),
}


class OmniProtocol:
    """POST /interactions, GET /interactions/ID, POST /interactions/ID/cancel."""

    name = "gemini"
    guarantee = Guarantee.NONE

    def submit(self, context: Context) -> Flow[Operation]:
        """Create the interaction."""
        check_delivery(context)
        reply = yield Call(method="POST", path=_place(context), body=interaction(context))
        if not reply.ok:
            raise refused(reply, context, billable=True)
        found = words_at(reply.body, "id")
        if not _ID.fullmatch(found):
            raise garbled(reply, context.provider.id, "the id of an interaction", billable=True)
        return self.adopt(found, context)

    def adopt(self, operation_id: str, context: Context) -> Operation:
        """Return the operation of an id; it keeps its place, whatever the settings say later."""
        found = operation_id.strip().rpartition("/")[2]
        if not _ID.fullmatch(found):
            raise InvalidRequestError(
                f"`{operation_id}` is no interaction of `{context.provider.id}`: ids look like v1_a1"
            )
        path = f"{_place(context)}/{found}"
        return Operation(provider=context.provider.id, protocol=self.name, id=found, data={"path": path})

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask for the interaction, and for the file its video is in: that one may still be in the making."""
        reply = yield Call(path=operation.data["path"])
        if not reply.ok:
            raise refused(reply, context)
        found = _outcome(reply, context)
        return (yield from _ready(found, context)) if isinstance(found, Done) else found

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:
        """Stop the interaction; only a running one can be stopped."""
        reply = yield Call(method="POST", path=f"{operation.data['path']}/cancel", free=True)
        if reply.ok:
            return at(reply.body, "status") == "cancelled" and not tokens(reply.body, "video")
        if reply.status in {400, 409}:
            return False
        raise refused(reply, context)

    def find(self, context: Context) -> Flow[Operation | None]:
        """Interactions are not listed.

        Raises:
            SubmissionUnknownError: always; says where a person can look.
        """
        yield from ()
        place = bucket(context)
        where = f"in {place}" if place else "at the logs and usage pages of its console"
        raise SubmissionUnknownError(
            f"`{context.provider.id}` lists no interactions: look {where}", provider=context.provider.id
        )


def _place(context: Context) -> str:
    return f"{parent(context)}/interactions"


def _outcome(reply: Reply, context: Context) -> Outcome:
    body, status = reply.body, words_at(reply.body, "status")
    if reply.file is not None:
        raise garbled(reply, context.provider.id, "an answer short enough to read; set VIDEO_GEN_GCS_URI to a bucket")
    if status in _RUNNING:
        return Pending(queued=status == "queued", retry_after=retry_after(reply))
    if status == "completed" and step_error(body) is None:
        outcome = finished(body, context)
        if outcome is None:
            raise garbled(reply, context.provider.id, "a place where its video would be")
        return outcome
    if status in {"completed", "failed"}:
        error: Any = step_error(body) or at(body, "errors", 0) or at(body, "error") or {}
        return failed(error, cost=cost(body, context))
    if status in _ENDED:
        kind, message = _ENDED[status]
        return Failed(code=kind.code, message=message, cost=cost(body, context))
    raise garbled(reply, context.provider.id, "a status that is known")


def _ready(done: Done, context: Context) -> Flow[Outcome]:
    """Wait for files of the Gemini API that are still being written."""
    if on_cloud(context):
        return done
    for output in done.outputs:
        named = None if output.url.startswith("data:") else _FILE.search(output.url)
        if named is None:
            continue
        reply = yield Call(path=f"{version(context)}/files/{named[1]}")
        state = words_at(reply.body, "state") if reply.ok else ""
        if state == "PROCESSING":
            return Pending(progress=0.99, message="the video is done and being written to a file")
        if state == "FAILED":
            return failed(at(reply.body, "error"), charged=None, cost=done.cost)
    return done
