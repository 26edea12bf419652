"""Luma Agents' calls (luma-agents 0.5.0): Ray 3.2.

A submit carries no key and generations can be neither listed nor stopped. Media travel inside the submit: an uploaded
file would have to be waited for. The extra option `video` is merged into what is sent there.
"""

from typing import Any, Final

from video_gen.exceptions import (
    ContentPolicyError,
    InsufficientCreditsError,
    InvalidRequestError,
    JobFailedError,
    MediaInputError,
    NoVideoError,
    RateLimitError,
    SubmissionUnknownError,
    VideoGenerationError,
)
from video_gen.protocols.luma.refusals import refused
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
    Plan,
    Reply,
)
from video_gen.spec.answers import at, garbled, retry_after, words_at

_OF_FAILURE: Final[dict[str, type[VideoGenerationError]]] = {
    "content_moderated": ContentPolicyError,
    "generation_failed": JobFailedError,
    "budget_exhausted": InsufficientCreditsError,
    "output_not_found": NoVideoError,
    "image_too_large": MediaInputError,
    "unsupported_format": MediaInputError,
    "corrupt_input": MediaInputError,
    "invalid_request": InvalidRequestError,
    "rate_limited": RateLimitError,
}


class LumaAgentsProtocol:
    """POST /generations, GET /generations/ID."""

    name = "luma"
    guarantee = Guarantee.NONE

    def submit(self, context: Context) -> Flow[Operation]:
        """Hand the generation in."""
        reply = yield Call(method="POST", path="/generations", body=_body(context.plan))
        if not reply.ok:
            raise refused(reply, context, billable=True)
        generation = words_at(reply.body, "id")
        if not generation:
            raise garbled(reply, context.provider.id, "an id", billable=True)
        return Operation(provider=context.provider.id, protocol=self.name, id=generation)

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask for the generation."""
        reply = yield Call(path=f"/generations/{operation.id}")
        if not reply.ok:
            raise refused(reply, context)
        match words_at(reply.body, "state"):
            case "queued":
                return Pending(queued=True, retry_after=retry_after(reply))
            case "processing":
                return Pending(retry_after=retry_after(reply))
            case "completed":
                return _done(reply, context)
            case "failed":
                return _failed(reply)
            case _:
                raise garbled(reply, context.provider.id, "a state that is known")

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:  # noqa: ARG002 (the contract's)
        """Luma Agents stops no generation."""
        yield from ()
        return False

    def find(self, context: Context) -> Flow[Operation | None]:
        """Luma Agents lists no generations.

        Raises:
            SubmissionUnknownError: always.
        """
        yield from ()
        raise SubmissionUnknownError(
            f"`{context.provider.id}` lists no generations: look at the usage page of platform.lumalabs.ai",
            provider=context.provider.id,
        )


def _body(plan: Plan) -> dict[str, Any]:
    settings, extra = plan.settings, dict(plan.settings.extra)
    video = {
        "resolution": settings.resolution,
        "duration": None if settings.seconds is None else f"{settings.seconds:g}s",
        "start_frame": _inline(settings.first_frame),
        "end_frame": _inline(settings.last_frame),
    }
    own = extra.pop("video", {})
    said = {
        "model": plan.wire_model,
        "type": "video" if settings.source_video is None else "video_edit",
        "prompt": settings.prompt,
        "aspect_ratio": settings.aspect_ratio,
        "source": _inline(settings.source_video),
        "video": _said(video) | own if isinstance(own, dict) else own,
    }
    return _said(said) | extra


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and value != {}}


def _inline(ref: MediaRef | None) -> dict[str, Any] | None:
    return None if ref is None else {"data": Blob(ref=ref, encoding="base64"), "media_type": ref.media_type}


def _done(reply: Reply, context: Context) -> Outcome:
    found = at(reply.body, "output")
    if not isinstance(found, list):
        raise garbled(reply, context.provider.id, "an output")
    urls = [words_at(each, "url") for each in found if at(each, "type") == "video"]
    outputs = tuple(Output(url=url) for url in urls if url)
    if not outputs:
        return Failed(code=NoVideoError.code, message="the generation was completed without a video")
    return Done(outputs=outputs)


def _failed(reply: Reply) -> Failed:
    code = words_at(reply.body, "failure_code")
    reason = words_at(reply.body, "failure_reason") or "Luma gave no reason"
    kind = _OF_FAILURE.get(code, JobFailedError)
    return Failed(code=kind.code, message=f"{reason} ({code})" if code else reason)
