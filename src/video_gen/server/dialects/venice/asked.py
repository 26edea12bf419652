"""What a request says of a video, and what that is in the client's words."""

from typing import Any, Final, cast

from pydantic import BaseModel, ConfigDict, Field

from video_gen.client import Words

_OTHER_NAMES: Final = {
    "image_url": "image",
    "end_image_url": "last_frame",
    "video_url": "video",
    "reference_image_urls": "references",
}
_PASSED_ON: Final = ("model", "duration", "resolution", "aspect_ratio", "audio", "seed", "negative_prompt", "fps")
_DECIDED_BY_THE_MODEL: Final = {"duration": "auto", "aspect_ratio": "auto", "resolution": "auto"}
_WORDS: Final = frozenset(Words.__annotations__) - {"extra"}
"""The client's words that this wire has no name for are taken by their own."""
_BUCKETS: Final = 127
"""The strongest motion of `motion_bucket_id`."""


class VideoBody(BaseModel):
    """A new video; what is neither named here nor a word of this server goes to the provider."""

    model_config = ConfigDict(extra="allow")

    model: str = Field(description="A model's id or alias.", examples=["kling-2.6-pro-text-to-video"])
    prompt: str = Field(default="", max_length=100_000, description="What the video shows.")
    image_url: str | None = Field(default=None, description="The first frame: a URL or a data URI.")
    end_image_url: str | None = Field(default=None, description="The last frame.")
    video_url: str | None = Field(default=None, description="A source video.")
    reference_image_urls: list[str] = Field(default_factory=list, max_length=30, description="Pictures for style.")
    duration: float | str | None = Field(default=None, description="Seconds.", examples=["5s"])
    resolution: str | None = Field(default=None, description="`720p`, `1080p` ...")
    aspect_ratio: str | None = Field(default=None, description="`16:9` ...")
    audio: bool | None = Field(default=None, description="With or without sound; not said: the model decides.")
    seed: int | None = Field(default=None, ge=0, le=2**63 - 1, description="The same seed, the same video.")
    negative_prompt: str | None = Field(default=None, max_length=100_000, description="What it must not show.")
    fps: float | None = Field(default=None, description="Frames a second.")
    motion_bucket_id: int | None = Field(default=None, ge=1, le=_BUCKETS, description="How much moves, 1 to 127.")

    def words(self) -> Words:
        """Return the client's words."""
        given: dict[str, Any] = {name: getattr(self, name) for name in _PASSED_ON}
        given |= {word: getattr(self, name) for name, word in _OTHER_NAMES.items()}
        for name, word in _DECIDED_BY_THE_MODEL.items():
            if str(given[name]).lower() == word:
                given[name] = None
        if self.motion_bucket_id is not None:
            given["motion_strength"] = (self.motion_bucket_id - 1) / (_BUCKETS - 1)
        more = dict(self.model_extra or {})
        given |= {name: more.pop(name) for name in _WORDS if name in more}
        given["extra"] = more
        return cast("Words", {name: value for name, value in given.items() if value not in (None, [], {})})


class JobBody(BaseModel):
    """Which video."""

    queue_id: str = Field(description="What `queue` answered.")
    model: str | None = Field(default=None, description="Of no effect: the id tells enough.")
    delete_media_on_completion: bool = Field(default=False, description="Forget the video once it is handed over.")
