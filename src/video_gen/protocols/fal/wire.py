"""The calls: submit, status, result, cancel (fal-client 1.0.3; docs.fal.ai, Queue API, read 2026-11-21).

A submit carries no idempotency key and the queue lists nothing: after a lost answer nobody can tell. (fal's platform
API lists requests that have ended, at another host and with another kind of key.) There is no progress.

The queue names an app, a model's path an endpoint of it: what is asked about a request leaves the endpoint out.
"""

import re
from typing import Any, Final, Literal

from video_gen.exceptions import ContentPolicyError, InvalidRequestError, NoVideoError, SubmissionUnknownError
from video_gen.protocols.fal.body import body
from video_gen.protocols.fal.refusals import error_type, failed, refused
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
from video_gen.spec.answers import at, garbled, retry_after, words_at

_NAMESPACES: Final = frozenset({"workflows", "comfy"})
_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{7,127}")
_ROOM_OF: Final = re.compile(r"(?:[a-z]+:/)?/[^?#]*?((?:(?:workflows|comfy)/)?\w[\w.~-]*/\w[\w.~-]*)/requests/")
_OF_THE_QUESTION: Final = frozenset({401, 403, 404, 408, 410, 429})
"""Answers to the question for a result that do not speak of the result."""


class FalProtocol:
    """POST /MODEL, then GET /APP/requests/ID/status, GET /APP/requests/ID, PUT /APP/requests/ID/cancel."""

    name = "fal"
    guarantee = Guarantee.NONE

    def submit(self, context: Context) -> Flow[Operation]:
        """Put the request into the queue."""
        told = {"fal_webhook": context.callback_url} if context.callback_url else {}
        path = f"/{context.plan.wire_model}"
        reply = yield Call(method="POST", path=path, query=told, body=body(context.plan))
        if not reply.ok:
            raise refused(reply, context, billable=True)
        request_id = words_at(reply.body, "request_id")
        if not _ID.fullmatch(request_id):
            raise garbled(reply, context.provider.id, "a request_id", billable=True)
        return _operation(request_id, _room(reply) or _app(context.plan.wire_model), context)

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask for the status; once it is completed, for the result."""
        reply = yield _about(operation, "GET", "/status")
        if not reply.ok:
            raise refused(reply, context)
        match words_at(reply.body, "status"):
            case "IN_QUEUE":
                return Pending(queued=True, message=_ahead(reply), retry_after=retry_after(reply))
            case "IN_PROGRESS":
                return Pending(retry_after=retry_after(reply))
            case "COMPLETED":
                return (yield from _ended(reply, operation, context))
            case _:
                raise garbled(reply, context.provider.id, "a status that is known")

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:
        """Take the request out of the queue, or have its runner told; what a runner goes on with is charged."""
        reply = yield _about(operation, "PUT", "/cancel", free=True)
        if reply.status in {400, 404}:
            return False  # ended, or forgotten: what it made is paid
        if not reply.ok:
            raise refused(reply, context)
        if words_at(reply.body, "status") != "CANCELLATION_REQUESTED":
            return True
        after = yield _about(operation, "GET", "/status")
        return after.ok and (words_at(after.body, "status") == "IN_QUEUE" or _has_failed(after))

    def find(self, context: Context) -> Flow[Operation | None]:
        """The queue lists no requests.

        Raises:
            SubmissionUnknownError: always.
        """
        yield from ()
        raise SubmissionUnknownError(
            f"`{context.provider.id}` lists no requests of its queue: look at fal.ai/dashboard/requests",
            provider=context.provider.id,
        )

    def adopt(self, operation_id: str, context: Context) -> Operation:
        """Return the operation of a request that a person found on fal's dashboard.

        Raises:
            InvalidRequestError: no request id looks so.
        """
        if not _ID.fullmatch(operation_id):
            raise InvalidRequestError(
                f"`{operation_id}` is no request id of fal: one looks like 764cabcf-b745-4b3e-ae38-1200304cf45b"
            )
        return _operation(operation_id, _app(context.plan.wire_model), context)


def _operation(request_id: str, app: str, context: Context) -> Operation:
    return Operation(provider=context.provider.id, protocol="fal", id=request_id, data={"app": app})


def _about(operation: Operation, method: Literal["GET", "PUT"], what: str = "", **more: Any) -> Call:
    return Call(method=method, path=f"/{operation.data['app']}/requests/{operation.id}{what}", **more)


def _room(reply: Reply) -> str:
    """Return the app that the submit's answer says the request belongs to.

    Only its name is taken from the link: the link itself may lead elsewhere, and questions carry the key.
    """
    found = _ROOM_OF.match(words_at(reply.body, "response_url"))
    return found[1] if found else ""


def _app(model: str) -> str:
    """Return the app of a model: owner and name, after a namespace where there is one."""
    steps = model.split("/")
    return "/".join(steps[: 3 if steps[0] in _NAMESPACES else 2])


def _ahead(reply: Reply) -> str:
    position = at(reply.body, "queue_position")
    return f"{position} ahead in the queue" if isinstance(position, int) and position > 0 else ""


def _has_failed(reply: Reply) -> bool:
    return bool(at(reply.body, "error") or at(reply.body, "error_type"))


def _ended(status: Reply, operation: Operation, context: Context) -> Flow[Outcome]:
    """Return what came of a completed request: its result says more of a failure than its status."""
    reply = yield _about(operation, "GET")
    if _has_failed(status) and (reply.ok or not error_type(reply)):
        return failed(status)
    if reply.ok:
        return _outcome(reply, context)
    if reply.status == 400 and "in progress" in words_at(reply.body, "detail"):
        return Pending(retry_after=retry_after(reply))
    if reply.status in _OF_THE_QUESTION or (reply.status >= 500 and not error_type(reply)):
        raise refused(reply, context)
    return failed(reply, charged=_charged(reply))


def _outcome(reply: Reply, context: Context) -> Outcome:
    found = [at(reply.body, "video"), at(reply.body, "video_url"), *_listed(at(reply.body, "videos"))]
    urls = [url for url in (each if isinstance(each, str) else words_at(each, "url") for each in found) if url]
    if urls:
        return Done(outputs=tuple(Output(url=url) for url in dict.fromkeys(urls)), cost=_cost(reply, context))
    if not isinstance(reply.body, dict) or not reply.body.keys() & {"video", "videos", "video_url"}:
        raise garbled(reply, context.provider.id, "a video")
    if any(_listed(at(reply.body, "has_nsfw_concepts"))):
        return Failed(code=ContentPolicyError.code, message="what it made was filtered", charged=_charged(reply))
    return Failed(code=NoVideoError.code, message="the request was completed without a video", charged=_charged(reply))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _units(reply: Reply) -> float | None:
    """Return how much was billed, in the unit that the model is priced by (header of the result, seen 2026-06)."""
    text = reply.headers.get("x-fal-billable-units", "")
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def _charged(reply: Reply) -> bool | None:
    units = _units(reply)
    return None if units is None else units > 0


def _cost(reply: Reply, context: Context) -> int | None:
    """Return the price of what was billed, None where the units are not the seconds that the quote counts.

    The header names no unit, and for some models a tier counts as more units: only units that agree with the planned
    seconds are known to cost the quote's price each.
    """
    units, lines = _units(reply), context.plan.quote.breakdown
    if units == 0:
        return 0
    if units is None or len(lines) != 1 or lines[0].unit != "second" or not context.plan.settings.seconds:
        return None
    return round(units * lines[0].unit_price) if abs(units - lines[0].quantity) <= 0.5 else None
