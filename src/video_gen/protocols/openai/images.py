"""Images: POST /images/generations (openai 3.52.0; Venice's OpenAPI, 2026-08-22).

The call is answered with its images, so there is nothing to poll: the operation holds what is done, whose outputs are
links or, where the service sends base64, `data:` URLs. `settings.images` of the provider is the path.

It is billable, and no service of this wire keeps what its answer said: a lost answer is `SubmissionUnknownError`.
"""

from decimal import Decimal
from typing import Any, Final

from video_gen.exceptions import InvalidRequestError, NoVideoError, SubmissionUnknownError
from video_gen.protocols.openai.refusals import refused
from video_gen.spec import Call, Context, Done, Failed, Flow, Guarantee, Operation, Outcome, Output, Reply, micro
from video_gen.spec.answers import at, garbled, words_at

_TYPES: Final = {"png": "image/png", "jpeg": "image/jpeg", "jpg": "image/jpeg", "webp": "image/webp"}
_MILLION: Final = 1_000_000


class OpenAIImagesProtocol:
    """POST /images/generations."""

    name = "openai-images"
    guarantee = Guarantee.NONE

    def submit(self, context: Context) -> Flow[Operation]:
        """Have the images made."""
        provider = context.provider
        path = provider.settings.get("images", "/images/generations")
        reply = yield Call(method="POST", path=path, body=_body(context))
        if not reply.ok:
            raise refused(reply, context, billable=True)
        pictures = at(reply.body, "data")
        if not isinstance(pictures, list) or not pictures:
            raise garbled(reply, provider.id, "any image", billable=True)
        outputs = tuple(Output(url=_url(each, reply, context), authorized=True) for each in pictures)
        done = Done(outputs=outputs, cost=_cost(reply.body, context))
        # The wire names no image: what is known of it is when it was made.
        return Operation(provider=provider.id, protocol=self.name, id=_made_at(reply.body), retry_after=0, done=done)

    def adopt(self, operation_id: str, context: Context) -> Operation:
        """Refuse: an image whose answer was lost is not to be had any more.

        Raises:
            InvalidRequestError: always.
        """
        raise InvalidRequestError(
            f"`{context.provider.id}` keeps no images, so `{operation_id}` cannot be adopted: write it off, or submit "
            "it again"
        )

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:  # noqa: ARG002 (the contract's)
        """Return what the submit was answered with."""
        yield from ()
        return operation.done or Failed(code=NoVideoError.code, message="no image came with the answer")

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:  # noqa: ARG002 (the contract's)
        """Do nothing: whatever has an operation is made."""
        yield from ()
        return False

    def find(self, context: Context) -> Flow[Operation | None]:
        """Nobody keeps them.

        Raises:
            SubmissionUnknownError: always.
        """
        yield from ()
        raise SubmissionUnknownError(
            f"`{context.provider.id}` lists no images: look at its usage page", provider=context.provider.id
        )


def _body(context: Context) -> dict[str, Any]:
    settings = context.plan.settings
    wanted = {
        "model": context.plan.wire_model,
        "prompt": settings.prompt,
        "n": settings.count if settings.count > 1 else None,
        "size": f"{settings.width}x{settings.height}" if settings.width and settings.height else None,
    }
    return {name: value for name, value in wanted.items() if value is not None} | settings.extra


def _url(picture: Any, reply: Reply, context: Context) -> str:
    url, data = words_at(picture, "url"), words_at(picture, "b64_json")
    if url.startswith(("https://", "http://", "/", "data:image/")):
        return url
    if not data:
        raise garbled(reply, context.provider.id, "a link to its image", billable=True)
    return f"data:{_TYPES.get(words_at(reply.body, 'output_format'), 'image/png')};base64,{data}"


def _made_at(body: Any) -> str:
    created = at(body, "created")
    return f"images-{created}" if isinstance(created, int) else "images"


def _cost(body: Any, context: Context) -> int | None:
    """Return what its tokens cost, where the card knows their prices in dollars a million (`usd_per_mtok_...`)."""
    prices = context.plan.wire_options
    counts = {"image": at(body, "usage", "output_tokens"), "text": at(body, "usage", "input_tokens")}
    if "usd_per_mtok_image" not in prices or not all(isinstance(each, int) for each in counts.values()):
        return None
    return micro(sum(Decimal(prices[f"usd_per_mtok_{name}"]) * count for name, count in counts.items()) / _MILLION)
