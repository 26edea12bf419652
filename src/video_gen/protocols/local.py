"""The embedded renderer's protocol: hand in a render, ask how it stands, take it back.

The wire is this package's own (`local/service.py`), made like a provider's so that a local job lives the same life. The
idempotency key is the render's name: handing it in twice makes one video. A renderer that was restarted has forgotten
what it was drawing, and is handed it again.
"""

from typing import Final

from video_gen.exceptions import ApiRequestError, InvalidRequestError
from video_gen.spec import Call, Context, Done, Failed, Flow, Guarantee, Operation, Outcome, Output, Pending, Reply

LOOK_EVERY: Final = 0.1
"""Seconds between questions; one costs next to nothing here."""


class LocalProtocol:
    """POST /renders, GET /renders/KEY, DELETE /renders/KEY."""

    name = "local"
    guarantee = Guarantee.IDEMPOTENT

    def submit(self, context: Context) -> Flow[Operation]:
        """Hand the render in."""
        reply = yield _post(context)
        _accepted(reply)
        return _operation(context)

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask how it stands; hand it in again where it is not known."""
        reply = yield Call(path=f"/renders/{operation.id}")
        if reply.status == 404:
            reply = yield _post(context)
        _accepted(reply)
        return _outcome(operation.id, reply)

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:  # noqa: ARG002 (the contract's)
        """Stop drawing; always works, and nothing is charged."""
        reply = yield Call(method="DELETE", path=f"/renders/{operation.id}", free=True)
        return reply.ok or reply.status == 404

    def find(self, context: Context) -> Flow[Operation | None]:
        """Look whether it is known."""
        reply = yield Call(path=f"/renders/{context.idempotency_key}")
        return _operation(context) if reply.ok else None


def _post(context: Context) -> Call:
    settings = context.plan.settings.model_dump(mode="json")
    body = {"key": context.idempotency_key, "settings": settings}
    return Call(method="POST", path="/renders", body=body, safe=True)


def _operation(context: Context) -> Operation:
    return Operation(provider=context.provider.id, protocol="local", id=context.idempotency_key, retry_after=LOOK_EVERY)


def _accepted(reply: Reply) -> None:
    if reply.ok:
        return
    message = reply.text or f"the renderer answered {reply.status}"
    if reply.status == 400:
        raise InvalidRequestError(message)
    raise ApiRequestError(message, status_code=reply.status)


def _outcome(key: str, reply: Reply) -> Outcome:
    state, progress = reply.body["state"], reply.body["progress"]
    match state:
        case "done":
            return Done(outputs=(Output(url=f"/renders/{key}/video"),), cost=0)
        case "failed" | "cancelled":
            error = reply.body["error"]
            return Failed(code=error["code"], message=error["message"], charged=False, cost=0)
        case _:
            return Pending(progress=progress, queued=state == "queued", retry_after=LOOK_EVERY)
