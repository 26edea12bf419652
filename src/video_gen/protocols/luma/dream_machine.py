"""Dream Machine's calls (lumaai 1.21.0): Ray 2.

A submit carries no key, but the generations can be listed with what was asked for (`lookup.py`). Pictures are taken as
public links only (docs.lumalabs.ai/docs/api, 2026-11-21): they go in the extra option `keyframes`.
"""

from typing import Any, Final

from video_gen.exceptions import ApiRequestError, JobFailedError, NoVideoError
from video_gen.protocols.luma.lookup import PAGE, Lookup
from video_gen.protocols.luma.refusals import by_words, refused
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
    Plan,
    Reply,
)
from video_gen.spec.answers import at, garbled, retry_after, words_at

_PATH: Final = "/generations"


class DreamMachineProtocol:
    """POST and GET /generations, GET and DELETE /generations/ID."""

    name = "luma-dream-machine"
    guarantee = Guarantee.FINDABLE

    def submit(self, context: Context) -> Flow[Operation]:
        """Hand the generation in."""
        told = {"callback_url": context.callback_url} if context.callback_url else {}
        reply = yield Call(method="POST", path=_PATH, body=told | _body(context.plan))
        if not reply.ok:
            raise refused(reply, context, billable=True)
        generation = words_at(reply.body, "id")
        if not generation:
            raise garbled(reply, context.provider.id, "an id", billable=True)
        return _operation(generation, context)

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask for the generation."""
        reply = yield Call(path=f"{_PATH}/{operation.id}")
        if not reply.ok:
            raise refused(reply, context)
        match words_at(reply.body, "state"):
            case "queued":
                return Pending(queued=True, retry_after=retry_after(reply))
            case "dreaming":
                return Pending(retry_after=retry_after(reply))
            case "completed":
                return _done(reply, context)
            case "failed":
                return _failed(reply)
            case _:
                raise garbled(reply, context.provider.id, "a state that is known")

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:
        """Delete what has not ended; whether it is charged all the same, Luma does not say."""
        before = yield Call(path=f"{_PATH}/{operation.id}")
        if not before.ok:
            raise refused(before, context)
        state = words_at(before.body, "state")
        if state in {"completed", "failed"}:
            return state == "failed"
        reply = yield Call(method="DELETE", path=f"{_PATH}/{operation.id}", free=True)
        if not reply.ok and reply.status != 404:
            raise refused(reply, context)
        return False

    def find(self, context: Context) -> Flow[Operation | None]:
        """Look through the list for the one generation that this submit must have made.

        Raises:
            ApiRequestError: it could be one of several, or may have been changed on its way.
        """
        lookup, offset = Lookup(_body(context.plan), context.intent_at, context.taken), 0
        while not lookup.ended:
            reply = yield Call(path=_PATH, query={"limit": str(PAGE), "offset": str(offset)})
            if not reply.ok:
                raise refused(reply, context)
            found = at(reply.body, "generations")
            if not isinstance(found, list):
                raise garbled(reply, context.provider.id, "generations")
            lookup.read(found, more=at(reply.body, "has_more"))
            offset += len(found)
        doubt = lookup.doubt()
        if doubt:
            raise ApiRequestError(f"`{context.provider.id}` lists {doubt}", provider=context.provider.id)
        return _operation(lookup.found, context) if lookup.found else None


def _operation(generation: str, context: Context) -> Operation:
    return Operation(provider=context.provider.id, protocol=DreamMachineProtocol.name, id=generation)


def _body(plan: Plan) -> dict[str, Any]:
    settings = plan.settings
    said = {
        "model": plan.wire_model,
        "prompt": settings.prompt or None,
        "aspect_ratio": settings.aspect_ratio,
        "resolution": settings.resolution,
        "duration": None if settings.seconds is None else f"{settings.seconds:g}s",
    }
    return {name: value for name, value in said.items() if value is not None} | settings.extra


def _done(reply: Reply, context: Context) -> Outcome:
    if "assets" not in reply.body:
        raise garbled(reply, context.provider.id, "assets")
    url = words_at(reply.body, "assets", "video")
    if not url:
        return Failed(code=NoVideoError.code, message="the generation was completed without a video")
    return Done(outputs=(Output(url=url),))


def _failed(reply: Reply) -> Failed:
    """A failed generation is given back (docs.lumalabs.ai/docs/faq, 2026-11-21)."""
    reason = words_at(reply.body, "failure_reason") or "Luma gave no reason"
    return Failed(code=(by_words(reason) or JobFailedError).code, message=reason, charged=False, cost=0)
