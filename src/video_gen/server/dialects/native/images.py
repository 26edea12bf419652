"""`/api/v1/images`: an image for a video to begin with."""

from typing import Annotated, Any, Final, cast

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from video_gen.client.words import ImageWords
from video_gen.server.access import Generates
from video_gen.server.dialects.native.shown import task_id
from video_gen.server.dialects.native.videos import IdempotencyKey

router = APIRouter(prefix="/api/v1/images", tags=["images"])

PATIENCE: Final = 300.0
"""Seconds that a caller is let wait for its image."""
_PASSED_ON: Final = (
    "model", "width", "height", "aspect_ratio", "seed", "negative_prompt", "count", "max_cost", "fallback", "strict",
)  # fmt: skip
Side = Annotated[int | None, Field(ge=64, le=4096)]


class ImageRequest(BaseModel):
    """What the image shows, and how."""

    model_config = ConfigDict(extra="forbid")

    prompt: str = Field(
        min_length=1, max_length=100_000, description="What is to be seen.", examples=["A serene mountain landscape"]
    )
    width: Side = Field(default=None, description="Pixels.", examples=[1920])
    height: Side = Field(default=None, description="Pixels.", examples=[1080])
    aspect_ratio: str | None = Field(default=None, description="`16:9`, `9:16`, `1:1` ...")
    quality: str | None = Field(
        default=None,
        max_length=40,
        description="The model's own word for it, such as `high`; for models that have one.",
        examples=["high"],
    )
    model: str | None = Field(
        default=None,
        description="A model's id or alias; not said: the embedded renderer's still, which is free.",
        examples=["local/still"],
    )
    seed: int | None = Field(
        default=None, ge=0, le=2**63 - 1, description="The same seed, the same image, where the model allows."
    )
    negative_prompt: str | None = Field(default=None, max_length=100_000, description="What it must not show.")
    count: int = Field(default=1, ge=1, le=10, description="Images in one call.")
    max_cost: float | str | None = Field(default=None, description="Refuse to spend more than this, in US dollars.")
    fallback: list[str] = Field(
        default_factory=list, max_length=16, description="Models to try, in order, when the first cannot be had."
    )
    strict: bool = Field(default=False, description="Refuse instead of adjusting what the model does not take.")

    def words(self) -> ImageWords:
        """Return the client's words."""
        given: dict[str, Any] = {name: getattr(self, name) for name in _PASSED_ON}
        if self.quality is not None and self.model is not None:
            given["extra"] = {"quality": self.quality}
        return cast("ImageWords", {name: value for name, value in given.items() if value is not None})


class Images(BaseModel):
    """Finished images."""

    image_url: str = Field(description="The first image; needs no key, and expires.")
    images: list[str] = Field(description="All of them.")
    task_id: str = Field(description="The task that made them.", examples=["vid_9f86d081884c7d65"])
    model: str = Field(description="The model that made them.", examples=["local/still"])


@router.post("/generate", summary="Make an image")
async def generate(gateway: Generates, body: ImageRequest, idempotency_key: IdempotencyKey = None) -> Images:
    """Make an image, and answer when it is there."""
    plan = gateway.plan_image(body.prompt, **body.words())
    job = await gateway.submit(plan, idempotency_key=idempotency_key)
    job = await gateway.completed(job.id, timeout_s=PATIENCE)
    links = [gateway.image_url(artifact) for artifact in job.artifacts]
    return Images(image_url=links[0], images=links, task_id=task_id(job), model=job.model_used or job.plan.model)
