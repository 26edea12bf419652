"""Images in the shape that OpenAI gave them and several dialects took over: `POST .../images/generations`."""

import base64
from typing import Annotated, Any, Final, Literal, cast

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field

from video_gen.client.words import ImageWords
from video_gen.server.access import Generates
from video_gen.server.gateway import Gateway
from video_gen.spec import Artifact

PATIENCE: Final = 300.0
"""Seconds that a caller is let wait for its image."""
_PASSED_ON: Final = ("model", "aspect_ratio", "seed", "negative_prompt")
_NOT_SAID: Final = ("auto", "default")

IdempotencyKey = Annotated[
    str | None,
    Header(description="The same key and request give the same images, however often they are sent.", max_length=255),
]


class ImageBody(BaseModel):
    """What is to be seen. Options that are not named here are of no effect."""

    model_config = ConfigDict(extra="ignore")

    prompt: str = Field(min_length=1, max_length=100_000, description="What is to be seen.")
    model: str | None = Field(default=None, description="Not said: the embedded renderer's still, which is free.")
    n: int | None = Field(default=None, ge=1, le=10, description="Images in one call.")
    size: str | None = Field(default=None, description="Pixels, width x height.", examples=["1024x1024"])
    aspect_ratio: str | None = Field(default=None, description="`16:9` ...")
    quality: str | None = Field(default=None, max_length=40, description="The model's own word for it.")
    seed: int | None = Field(default=None, ge=0, le=2**63 - 1, description="The same seed, the same image.")
    negative_prompt: str | None = Field(default=None, max_length=100_000, description="What it must not show.")
    response_format: Literal["url", "b64_json"] | None = Field(default=None, description="A link, or the bytes.")

    def words(self) -> ImageWords:
        """Return the client's words."""
        given: dict[str, Any] = {name: getattr(self, name) for name in _PASSED_ON}
        given |= {"size": self.size, "count": self.n}
        if self.quality not in {None, "standard", *_NOT_SAID} and self.model is not None:
            given["extra"] = {"quality": self.quality}
        return cast(
            "ImageWords", {name: value for name, value in given.items() if value is not None and value not in _NOT_SAID}
        )


class Picture(BaseModel):
    """A finished image: its link, or its bytes."""

    url: str | None = Field(default=None, description="Where it is; needs no key, and expires.")
    b64_json: str | None = Field(default=None, description="The file, as base64.")


class Pictures(BaseModel):
    """Finished images."""

    created: int = Field(description="When they were made, in seconds since 1970.")
    data: list[Picture]


def add_generations(router: APIRouter, path: str) -> None:
    """Put the route under a path of a dialect."""

    @router.post(path, summary="Make an image", response_model_exclude_none=True)
    async def generate(gateway: Generates, body: ImageBody, idempotency_key: IdempotencyKey = None) -> Pictures:
        """Make an image, and answer when it is there."""
        plan = gateway.plan_image(body.prompt, **body.words())
        job = await gateway.submit(plan, idempotency_key=idempotency_key)
        job = await gateway.completed(job.id, timeout_s=PATIENCE)
        as_bytes = body.response_format == "b64_json"
        data = [await _picture(gateway, artifact, as_bytes=as_bytes) for artifact in job.artifacts]
        return Pictures(created=int((job.ended_at or job.updated_at).timestamp()), data=data)


async def _picture(gateway: Gateway, artifact: Artifact, *, as_bytes: bool) -> Picture:
    if not as_bytes:
        return Picture(url=gateway.image_url(artifact))
    return Picture(b64_json=base64.b64encode(await gateway.content(artifact)).decode())
