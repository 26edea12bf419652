"""What a task's body says, and what that is in the client's words."""

import re
from collections.abc import Callable
from typing import Any, Final, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from video_gen.client import Words
from video_gen.client.words import ImageWords

_PIXELS: Final = re.compile(r"\s*(?P<width>\d{3,5})\s*:\s*(?P<height>\d{3,5})\s*")
_TIER: Final = re.compile(r"auto_(?P<tier>\d+p)")
_UPLOAD: Final = re.compile(r"runway://(?P<id>[0-9a-f]{32})")
_DECIDED_BY_THE_MODEL: Final = frozenset({"auto", "adaptive"})
_WORDS: Final = frozenset(Words.__annotations__) - {"extra", "model", "duration", "resolution", "audio", "seed"}

FindUpload = Callable[[str], str]
"""Returns the link to an upload, by its name."""


class Placed(BaseModel):
    """A picture, and where it stands."""

    model_config = ConfigDict(extra="allow")

    uri: str = Field(min_length=1)
    position: Literal["first", "last"] = "first"


Pictures = str | list[Placed]


class TaskBody(BaseModel):
    """A new task; options that are not named here go to the provider by their own names."""

    model_config = ConfigDict(extra="allow")

    model: str = Field(description="Runway's name of a model, or any model's id.", examples=["gen4.5"])
    promptText: str = Field(default="", max_length=100_000, description="What the video shows.")  # noqa: N815
    promptImage: Pictures | None = Field(default=None, description="The first frame, or also the last.")  # noqa: N815
    videoUri: str | None = Field(default=None, description="A source video.")  # noqa: N815
    references: str | list[Placed] | None = Field(default=None, description="Pictures for style or subject.")
    referenceImages: list[Placed] | None = Field(default=None, description="The same, of an image.")  # noqa: N815
    ratio: str | None = Field(default=None, description="Pixels as width:height, or a ratio.", examples=["1280:720"])
    resolution: str | None = Field(default=None, description="`720p` ...")
    duration: float | str | None = Field(default=None, description="Seconds.")
    audio: bool | None = Field(default=None, description="With or without sound.")
    seed: int | None = Field(default=None, ge=0, le=2**63 - 1, description="The same seed, the same video.")
    negativePrompt: str | None = Field(default=None, description="What it must not show.")  # noqa: N815

    def words(self, upload: FindUpload) -> Words:
        """Return the client's words; `upload` finds what a `runway://` address means."""
        first, last = self._frames(upload)
        given: dict[str, Any] = {
            "model": self.model,
            "image": first,
            "last_frame": last,
            "video": _address(self.videoUri, upload),
            "references": self._references(upload),
            "duration": None if self.duration in _DECIDED_BY_THE_MODEL else self.duration,
            "resolution": self.resolution,
            "audio": self.audio,
            "seed": self.seed,
            "negative_prompt": self.negativePrompt,
            **self._shape(),
        }
        more = dict(self.model_extra or {})
        given |= {name: more.pop(name) for name in _WORDS if name in more}
        given["extra"] = more
        return cast("Words", {name: value for name, value in given.items() if value not in (None, [], {})})

    def image_words(self) -> ImageWords:
        """Return the client's words of an image."""
        given = {"model": self.model, "seed": self.seed, **self._shape()}
        return cast("ImageWords", {name: value for name, value in given.items() if value is not None})

    def _frames(self, upload: FindUpload) -> tuple[str | None, str | None]:
        if not isinstance(self.promptImage, list):
            return _address(self.promptImage, upload), None
        by_place = {each.position: _address(each.uri, upload) for each in self.promptImage}
        return by_place.get("first"), by_place.get("last")

    def _references(self, upload: FindUpload) -> list[str | None]:
        if isinstance(self.references, str):
            return [_address(self.references, upload)]
        return [_address(each.uri, upload) for each in [*(self.references or ()), *(self.referenceImages or ())]]

    def _shape(self) -> dict[str, str | None]:
        ratio = self.ratio
        if ratio is None or ratio in _DECIDED_BY_THE_MODEL:
            return {}
        if pixels := _PIXELS.fullmatch(ratio):
            return {"size": f"{pixels['width']}x{pixels['height']}"}
        if tier := _TIER.fullmatch(ratio):
            return {"resolution": tier["tier"]}
        return {"aspect_ratio": ratio}


def _address(uri: str | None, upload: FindUpload) -> str | None:
    found = _UPLOAD.fullmatch(uri) if uri else None
    return upload(found["id"]) if found else uri
