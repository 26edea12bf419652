"""Pictures: POST /images/generations, by which a first frame is made (openai 3.52.0; Venice's OpenAPI, 2026-08-22).

The call answers with its pictures, so there is nothing to poll: the flow ends with `Done`, whose outputs are links or,
where the service sends base64, `data:` URLs. A driver runs it and collects its outputs like any other's.

It is billable, and no service of this wire keeps what its answer said: a lost answer is `SubmissionUnknownError`.
"""

from typing import Any, Final

from pydantic import Field

from video_gen.exceptions import InvalidRequestError
from video_gen.protocols.openai.refusals import refused_by
from video_gen.spec import Call, Done, Flow, Output, Provider, Reply, Value
from video_gen.spec.answers import at, garbled, words_at

_TYPES: Final = {"png": "image/png", "jpeg": "image/jpeg", "jpg": "image/jpeg", "webp": "image/webp"}


class Wish(Value):
    """A picture, or several of them, as the caller wants it; None is not sent: the service decides."""

    prompt: str = Field(min_length=1)
    model: str
    """By the service's own name."""
    width: int | None = Field(default=None, ge=1)
    height: int | None = Field(default=None, ge=1)
    count: int = Field(default=1, ge=1, le=10)
    quality: str | None = None
    """The service's word for it: "high", "hd"."""
    extra: dict[str, Any] = Field(default_factory=dict)
    """More fields by their own names."""


def generate(wish: Wish, provider: Provider) -> Flow[Done]:
    """Have pictures made.

    `settings.images` of the provider is the path, "/images/generations" unless it says otherwise.

    Raises:
        InvalidRequestError: one side without the other, or the service refuses the wish.
        ApiRequestError: one of its kinds; `SubmissionUnknownError` where pictures may have been paid and not arrived.
    """
    reply = yield Call(method="POST", path=provider.settings.get("images", "/images/generations"), body=_body(wish))
    if not reply.ok:
        raise refused_by(reply, provider, billable=True)
    pictures = at(reply.body, "data")
    if not isinstance(pictures, list):
        raise garbled(reply, provider.id, "pictures", billable=True)
    outputs = tuple(Output(url=_url(each, reply, provider), authorized=True) for each in pictures)
    if not outputs:
        raise garbled(reply, provider.id, "any picture", billable=True)
    return Done(outputs=outputs)


def _body(wish: Wish) -> dict[str, Any]:
    if (wish.width is None) != (wish.height is None):
        raise InvalidRequestError("width and height go together: give both or none")
    wanted = {
        "model": wish.model,
        "prompt": wish.prompt,
        "n": wish.count if wish.count > 1 else None,
        "size": None if wish.width is None else f"{wish.width}x{wish.height}",
        "quality": wish.quality,
    }
    return {name: value for name, value in wanted.items() if value is not None} | wish.extra


def _url(picture: Any, reply: Reply, provider: Provider) -> str:
    url, data = words_at(picture, "url"), words_at(picture, "b64_json")
    if url.startswith(("https://", "http://", "/", "data:image/")):
        return url
    if not data:
        raise garbled(reply, provider.id, "a link to its picture", billable=True)
    return f"data:{_TYPES.get(words_at(reply.body, 'output_format'), 'image/png')};base64,{data}"
