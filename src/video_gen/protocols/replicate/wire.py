"""The calls: predictions, files (Replicate's OpenAPI; replicate 1.0.7; docs, prediction lifecycle, read 2026-11-21).

A submit carries no idempotency key; the account's predictions are listed, newest first, so a lost one can be found
(`search.py`). A prediction that is stopped while it runs is charged for its time. Outputs are kept for an hour.
"""

import re
from decimal import Decimal
from typing import Any, Final, Literal
from urllib.parse import parse_qs, urlsplit

from video_gen.exceptions import InvalidRequestError, JobFailedError, NoVideoError
from video_gen.protocols.replicate.body import INLINE_MAX, body, headers
from video_gen.protocols.replicate.refusals import failed, refused
from video_gen.protocols.replicate.search import Search
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
from video_gen.spec.answers import at, garbled, retry_after, words_at

_ID: Final = re.compile(r"[0-9a-z]{8,64}")
_PROGRESS: Final = re.compile(r"^\s*(\d{1,3})%\s*\|.*\|", re.MULTILINE)
"""What tqdm writes, as replicate 1.0.7 reads it."""


class ReplicateProtocol:
    """POST /v1/models/OWNER/NAME/predictions or /v1/predictions, GET /v1/predictions/ID, POST .../cancel."""

    name = "replicate"
    guarantee = Guarantee.FINDABLE

    def submit(self, context: Context) -> Flow[Operation]:
        """Upload what is too large to be sent along, then make the prediction."""
        plan = context.plan
        files: dict[str, Any] = {}
        for ref in plan.settings.media:
            files[ref.sha256] = (yield from _uploaded(ref, context)) if ref.bytes > INLINE_MAX else Blob(ref=ref)
        model, _, version = plan.wire_model.partition(":")
        path = "predictions" if version else f"models/{model}/predictions"
        told = {"webhook": context.callback_url, "webhook_events_filter": ["completed"]} if context.callback_url else {}
        reply = yield _call(context, "POST", path, body=told | body(plan, files), headers=headers(plan))
        if not reply.ok:
            raise refused(reply, context, billable=True)
        prediction = words_at(reply.body, "id")
        if not _ID.fullmatch(prediction):
            raise garbled(reply, context.provider.id, "an id", billable=True)
        return _operation(prediction, context)

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask for the prediction."""
        reply = yield _call(context, "GET", f"predictions/{operation.id}")
        if not reply.ok:
            raise refused(reply, context)
        return _outcome(reply, context)

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:
        """Stop the prediction; True where it had not begun, since its time is charged."""
        reply = yield _call(context, "POST", f"predictions/{operation.id}/cancel", free=True)
        if not reply.ok:
            raise refused(reply, context)
        begun = at(reply.body, "started_at") is not None
        return words_at(reply.body, "status") in {"starting", "canceled", "aborted"} and not begun

    def find(self, context: Context) -> Flow[Operation | None]:
        """Look through the predictions since the intent for the one that was made of the same.

        Raises:
            SubmissionUnknownError: there are some that may be it, and nothing tells for sure.
        """
        search, cursor, seen = Search(context), "", set[str]()
        while True:
            reply = yield _call(context, "GET", "predictions", query={"cursor": cursor} if cursor else {})
            if not reply.ok:
                raise refused(reply, context)
            results = at(reply.body, "results")
            if not isinstance(results, list):
                raise garbled(reply, context.provider.id, "results")
            goes_on, cursor = search.take_in(results), _next(reply)
            if not goes_on or not cursor:
                found = search.result()
                return None if found is None else _operation(found, context)
            if cursor in seen:
                raise garbled(reply, context.provider.id, "an end of its pages")
            seen.add(cursor)

    def adopt(self, operation_id: str, context: Context) -> Operation:
        """Return the operation of a prediction that a person found on Replicate's site.

        Raises:
            InvalidRequestError: no prediction's id looks so.
        """
        if not _ID.fullmatch(operation_id):
            raise InvalidRequestError(
                f"`{operation_id}` is no id of a prediction: one looks like gm3qorzdhgbfurvjtvhg6dckhu"
            )
        return _operation(operation_id, context)


def _operation(prediction: str, context: Context) -> Operation:
    return Operation(provider=context.provider.id, protocol="replicate", id=prediction)


def _call(context: Context, method: Literal["GET", "POST"], path: str, **more: Any) -> Call:
    """Return a call; the base URL may name the version already."""
    version = "" if context.provider.base_url.rstrip("/").endswith("/v1") else "/v1"
    return Call(method=method, path=f"{version}/{path}", **more)


def _uploaded(ref: MediaRef, context: Context) -> Flow[str]:
    """Upload a media input; it is kept for a day, and costs nothing."""
    reply = yield _call(context, "POST", "files", form={"content": Blob(ref=ref, encoding="file")}, free=True)
    if not reply.ok:
        raise refused(reply, context)
    link = words_at(reply.body, "urls", "get")
    if not link:
        raise garbled(reply, context.provider.id, "a link to the uploaded file")
    return link


def _next(reply: Reply) -> str:
    """Return the cursor of the next page, empty where there is none; the link itself may lead anywhere."""
    return next(iter(parse_qs(urlsplit(words_at(reply.body, "next")).query).get("cursor", [])), "")


def _outcome(reply: Reply, context: Context) -> Outcome:
    match words_at(reply.body, "status"):
        case "starting":
            return Pending(queued=True, retry_after=retry_after(reply))
        case "processing":
            return Pending(progress=_progress(words_at(reply.body, "logs")), retry_after=retry_after(reply))
        case "succeeded":
            return _done(reply, context)
        case "failed":
            return failed(reply)
        case "canceled":
            begun = at(reply.body, "started_at") is not None
            return Failed(code=JobFailedError.code, message="it was canceled at Replicate", charged=begun)
        case "aborted":
            late = "its deadline passed before it began"
            return Failed(code=JobFailedError.code, message=late, charged=False)
        case _:
            raise garbled(reply, context.provider.id, "a status that is known")


def _progress(logs: str) -> float | None:
    found = _PROGRESS.findall(logs)
    return min(int(found[-1]) / 100, 1.0) if found else None


def _done(reply: Reply, context: Context) -> Outcome:
    output = at(reply.body, "output")
    urls = [each for each in (output if isinstance(output, list) else [output]) if isinstance(each, str) and each]
    if urls:
        base = context.provider.base_url
        outputs = tuple(Output(url=url, authorized=url.startswith(base)) for url in dict.fromkeys(urls))
        return Done(outputs=outputs, cost=_cost(reply, context))
    if not isinstance(reply.body, dict) or "output" not in reply.body or isinstance(output, dict):
        raise garbled(reply, context.provider.id, "an output of links")
    gone = at(reply.body, "data_removed") is True
    message = "Replicate has removed the video, an hour after it was made" if gone else "it succeeded without a video"
    return Failed(code=NoVideoError.code, message=message, charged=True)


def _cost(reply: Reply, context: Context) -> int | None:
    """Return the cost of what was measured, where its price is known: seconds of video, or of a machine's time."""
    metrics, lines = at(reply.body, "metrics"), context.plan.quote.breakdown
    made, worked = _number(at(metrics, "video_output_duration_seconds")), _number(at(metrics, "predict_time"))
    if made is not None and len(lines) == 1 and lines[0].unit == "second" and lines[0].unit_price:
        return round(made * lines[0].unit_price)
    rate = context.plan.wire_options.get("usd_per_predict_second")
    return round(Decimal(str(worked)) * Decimal(rate) * 1_000_000) if rate and worked is not None else None


def _number(value: Any) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return float(value) if known else None
