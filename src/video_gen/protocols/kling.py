"""Kling's own interface: a task of one kind is made, and asked for at the same path.

docs: app.klingai.com/global/dev/document-api (General Information, Text to Video, Image to Video, Multi-Image to Video,
price list; stored copies, read 2026-11-21). The task's name at the caller, `external_task_id`, must be unique and finds
it again. There is no progress and no cancelling. Failed tasks are not charged. Extra options go into the body by their
own names.
"""

from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import quote

from video_gen.exceptions import (
    ApiRequestError,
    AuthenticationError,
    ContentPolicyError,
    InsufficientCreditsError,
    InvalidRequestError,
    JobFailedError,
    ModelRetiredError,
    NoVideoError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
    VideoGenerationError,
)
from video_gen.spec import (
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
    Plan,
    Reply,
)
from video_gen.spec.answers import at, garbled, refusal, words_at
from video_gen.spec.protocol import Blob

UNIT: Final = 140_000
"""Micro-USD for a unit, at the list price: 0.14 US dollars."""
MODES: Final = {"720p": "std", "1080p": "pro", "4k": "4k"}
NOT_FOUND: Final = 1203

_BY_CODE: Final[dict[int, type[VideoGenerationError]]] = {
    **dict.fromkeys(range(1000, 1005), AuthenticationError),
    1100: AuthenticationError,  # the account has a problem
    1101: InsufficientCreditsError,  # in arrears
    1102: InsufficientCreditsError,  # the resource pack is used up or has expired
    1103: AuthenticationError,  # no right to this interface or model
    1200: InvalidRequestError,
    1201: InvalidRequestError,
    1202: InvalidRequestError,
    NOT_FOUND: InvalidRequestError,
    1300: ContentPolicyError,
    1301: ContentPolicyError,
    1302: RateLimitError,
    1303: RateLimitError,  # as many tasks at once as the resource pack allows
    1304: AuthenticationError,  # this address is not on the account's list
    5000: ServiceUnavailableError,
    5001: ServiceUnavailableError,
    5002: ServiceUnavailableError,
}
_UNSURE: Final = frozenset({5000, 5002})
"""The server failed, or ran out of time: after a submit nobody can tell whether the task was made."""
_FILTER_WORDS: Final = (
    "risk control", "content security", "content policy", "content moderation", "sensitive", "safety", "violat",
)  # fmt: skip
_ABSENT: Final = ("not found", "not exist")


class KlingProtocol:
    """POST /v1/videos/KIND, GET /v1/videos/KIND/ID."""

    name = "kling"
    guarantee = Guarantee.FINDABLE

    def submit(self, context: Context) -> Flow[Operation]:
        """Make a task, under the attempt's key as its name."""
        kind = _kind(context.plan)
        told = {"callback_url": context.callback_url} if context.callback_url else {}
        reply = yield Call(method="POST", path=_path(kind), body=told | _body(kind, context))
        if _says_taken(reply):
            known = yield from self._known(reply, context)
            if known is not None:
                return known
        _check(reply, context, billable=True)
        task = words_at(reply.body, "data", "task_id")
        if not task:
            raise garbled(reply, context.provider.id, "a task_id", billable=True)
        return _operation(task, kind, context)

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask for the task."""
        reply = yield Call(path=_path(operation.data["kind"], operation.id))
        _check(reply, context)
        return _outcome(reply, context)

    def _known(self, taken: Reply, context: Context) -> Flow[Operation | None]:
        """Return the task that has this attempt's name: an earlier send of it arrived after all."""
        try:
            return (yield from self.find(context))
        except VideoGenerationError:
            raise refusal(taken, context.provider.id, kind=SubmissionUnknownError) from None

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:  # noqa: ARG002 (the contract's)
        """Kling stops no task."""
        yield from ()
        return False

    def find(self, context: Context) -> Flow[Operation | None]:
        """Ask for the task by its name."""
        kind = _kind(context.plan)
        reply = yield Call(path=_path(kind, context.idempotency_key))
        if _says_absent(reply):
            return None
        _check(reply, context)
        task = words_at(reply.body, "data", "task_id")
        named = words_at(reply.body, "data", "task_info", "external_task_id")
        if not task or named != context.idempotency_key:
            raise garbled(reply, context.provider.id, "the task that was asked for")
        return _operation(task, kind, context)


def _operation(task: str, kind: str, context: Context) -> Operation:
    return Operation(provider=context.provider.id, protocol="kling", id=task, data={"kind": kind})


def _path(kind: str, task: str = "") -> str:
    return f"/v1/videos/{kind}/{quote(task, safe='')}" if task else f"/v1/videos/{kind}"


def _kind(plan: Plan) -> str:
    frames = plan.settings.first_frame or plan.settings.last_frame
    if frames and plan.settings.references:
        raise InvalidRequestError(f"`{plan.model}` takes a first frame or reference pictures, not both: leave one out")
    return "image2video" if frames else "multi-image2video" if plan.settings.references else "text2video"


def _body(kind: str, context: Context) -> dict[str, Any]:
    settings = context.plan.settings
    wanted = {
        "model_name": context.plan.wire_model,
        "prompt": settings.prompt or None,
        "negative_prompt": settings.negative_prompt,
        "mode": MODES.get(settings.resolution or ""),
        "duration": None if settings.seconds is None else f"{settings.seconds:g}",
        "aspect_ratio": None if kind == "image2video" else settings.aspect_ratio,  # there it is the picture's
        "sound": None if settings.audio is None else ("on" if settings.audio else "off"),
        "image": _picture(settings.first_frame),
        "image_tail": _picture(settings.last_frame),
        "image_list": [{"image": _picture(each)} for each in settings.references] or None,
        "external_task_id": context.idempotency_key,
    }
    return {name: value for name, value in wanted.items() if value is not None} | settings.extra


def _picture(ref: MediaRef | None) -> Blob | None:
    return None if ref is None else Blob(ref=ref, encoding="base64")


def _outcome(reply: Reply, context: Context) -> Outcome:
    match words_at(reply.body, "data", "task_status"):
        case "submitted":
            return Pending(queued=True)
        case "processing":
            return Pending()
        case "succeed":
            return _finished(reply)
        case "failed":
            message = words_at(reply.body, "data", "task_status_msg") or "no reason given"
            filtered = any(words in message.lower() for words in _FILTER_WORDS)
            code = ContentPolicyError.code if filtered else JobFailedError.code
            return Failed(code=code, message=message, charged=False, cost=_cost(reply))
        case _:
            raise garbled(reply, context.provider.id, "a task_status that is known")


def _finished(reply: Reply) -> Outcome:
    videos = at(reply.body, "data", "task_result", "videos")
    urls = [words_at(each, "url") for each in videos] if isinstance(videos, list) else []
    outputs = tuple(Output(url=url) for url in urls if url)
    if not outputs:
        return Failed(code=NoVideoError.code, message="the task succeeded without a video", cost=_cost(reply))
    return Done(outputs=outputs, cost=_cost(reply))


def _cost(reply: Reply) -> int | None:
    try:
        units = Decimal(words_at(reply.body, "data", "final_unit_deduction"))
    except InvalidOperation:
        return None
    return round(units * UNIT) if units.is_finite() and units >= 0 else None


def _check(reply: Reply, context: Context, *, billable: bool = False) -> None:
    code = _code(reply)
    if reply.ok and code == 0:
        return
    if reply.ok and code is None:
        raise garbled(reply, context.provider.id, "a code", billable=billable)
    message = words_at(reply.body, "message")
    said = f"{message or 'no reason given'} (code {code})" if code is not None else message
    kind = _kind_of_refusal(code, message, reply, billable=billable)
    raise refusal(reply, context.provider.id, said, kind=kind, billable=billable)


def _code(reply: Reply) -> int | None:
    code = at(reply.body, "code")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _says_absent(reply: Reply) -> bool:
    """Whether Kling itself says that there is no such task: a 404 of anybody on the way says nothing."""
    code, message = _code(reply), words_at(reply.body, "message").lower()
    return code == NOT_FOUND or (code in {1200, 1201} and any(words in message for words in _ABSENT))


def _says_taken(reply: Reply) -> bool:
    """Whether a refusal is about the task's name, which must be new."""
    return _code(reply) in {1200, 1201} and "external_task_id" in words_at(reply.body, "message")


def _kind_of_refusal(
    code: int | None, message: str, reply: Reply, *, billable: bool
) -> type[VideoGenerationError] | None:
    if billable and (code in _UNSURE or (reply.ok and code not in _BY_CODE)):
        return SubmissionUnknownError
    if billable and code == NOT_FOUND and "model" in message.lower():
        return ModelRetiredError
    if code in _BY_CODE:
        return _BY_CODE[code]
    return ApiRequestError if reply.ok else None
