"""What bodies say of a video, and what that is in the client's words."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, cast

from fastapi import Header
from pydantic import BaseModel, ConfigDict, Field

from video_gen.client import Words
from video_gen.exceptions import InvalidRequestError
from video_gen.server.dialects.gemini.callbacks import WebhookConfig

_DURATION: Final = re.compile(r"(?P<seconds>\d+(?:\.\d+)?)s?")
_OURS: Final = frozenset(Words.__annotations__) - {"extra"}
_PARAMETERS: Final = {
    "sampleCount": "count",
    "durationSeconds": "duration",
    "aspectRatio": "aspect_ratio",
    "resolution": "resolution",
    "negativePrompt": "negative_prompt",
    "seed": "seed",
    "generateAudio": "audio",
    "fps": "fps",
}
IdempotencyKey = Annotated[
    str | None,
    Header(description="The same key and request give the same video, however often they are sent.", max_length=255),
]
_NOT_HERE: Final = ("storageUri", "pubsubTopic")
"""Places that only Google can write to."""


class Blob(BaseModel):
    """A picture or video, in one of the ways that Google's APIs have."""

    model_config = ConfigDict(extra="ignore")

    bytesBase64Encoded: str | None = None  # noqa: N815
    encodedVideo: str | None = None  # noqa: N815
    inlineData: dict[str, Any] | None = None  # noqa: N815
    uri: str | None = None
    gcsUri: str | None = None  # noqa: N815

    def source(self) -> str:
        """Return it as the client takes it.

        Raises:
            InvalidRequestError: it is in Google's own storage, or nowhere.
        """
        inline = (self.inlineData or {}).get("data")
        found = self.bytesBase64Encoded or self.encodedVideo or inline or self.uri
        if not isinstance(found, str):
            where = f"`gcsUri={self.gcsUri}` is in Google's storage" if self.gcsUri else "a picture or video is empty"
            raise InvalidRequestError(f"{where}: send its bytes, or upload it as a file")
        return found


class Reference(BaseModel):
    """A picture for style or subject."""

    image: Blob


class Instance(BaseModel):
    """What one video shows."""

    model_config = ConfigDict(extra="ignore")

    prompt: str = Field(default="", max_length=100_000)
    image: Blob | None = None
    lastFrame: Blob | None = None  # noqa: N815
    referenceImages: list[Reference] = Field(default_factory=list, max_length=16)  # noqa: N815
    video: Blob | None = None


class PredictBody(BaseModel):
    """A prediction."""

    model_config = ConfigDict(extra="ignore")

    instances: list[Instance] = Field(min_length=1, max_length=1)
    parameters: dict[str, Any] = Field(default_factory=dict)
    webhookConfig: WebhookConfig = WebhookConfig()  # noqa: N815

    @property
    def prompt(self) -> str:
        """What the video shows."""
        return self.instances[0].prompt

    def words(self, model: str) -> Words:
        """Return the client's words; parameters that this server has no word for go to the provider."""
        instance, more = self.instances[0], dict(self.parameters)
        for name in _NOT_HERE:
            if more.pop(name, None) is not None:
                raise InvalidRequestError(f"`{name}` is not served here: leave it out, and fetch the video from here")
        given: dict[str, Any] = {
            "model": model,
            "references": [each.image.source() for each in instance.referenceImages],
        }
        for name, blob in (("image", instance.image), ("last_frame", instance.lastFrame), ("video", instance.video)):
            given[name] = None if blob is None else blob.source()
        given |= {word: more.pop(name) for name, word in _PARAMETERS.items() if name in more}
        given |= {name: more.pop(name) for name in _OURS if name in more}
        given["extra"] = more
        return cast("Words", {name: value for name, value in given.items() if value not in (None, [], {})})


class Part(BaseModel):
    """A piece of an input."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["text", "image", "video"]
    text: str = ""
    data: str | None = None
    uri: str | None = None

    def source(self) -> str:
        """Return a picture or video as the client takes it."""
        return Blob(bytesBase64Encoded=self.data, uri=self.uri).source()


class Step(BaseModel):
    """A turn of the caller's."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["user_input"]
    content: list[Part]


class Form(BaseModel):
    """What the answer holds."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["video"] = "video"
    duration: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    delivery: Literal["inline", "uri"] = "inline"


class InteractionBody(BaseModel):
    """An interaction that makes a video."""

    model_config = ConfigDict(extra="ignore")

    model: str
    input: str | Part | list[Part] | list[Step]
    response_format: Form = Form()
    generation_config: dict[str, Any] = Field(default_factory=dict)
    previous_interaction_id: str | None = None
    background: bool = False
    stream: bool = False
    webhook_config: WebhookConfig = WebhookConfig()

    @property
    def prompt(self) -> str:
        """What the video shows: all texts together."""
        return "\n".join(part.text for part in self.parts() if part.type == "text")

    def parts(self) -> Iterator[Part]:
        """Yield the pieces of the input, in whatever form it came."""
        if isinstance(self.input, str):
            yield Part(type="text", text=self.input)
            return
        for each in self.input if isinstance(self.input, list) else [self.input]:
            yield from each.content if isinstance(each, Step) else [each]

    def words(self, video: str | None) -> Words:
        """Return the client's words; `video` is what an interaction before this one made."""
        if self.stream:
            raise InvalidRequestError("`stream=true` is not offered for videos: ask with background=true instead")
        config = dict(self.generation_config)
        task = (config.pop("video_config", None) or {}).get("task")
        given: dict[str, Any] = {
            "model": self.model.removeprefix("models/"),
            "seed": config.pop("seed", None),
            "aspect_ratio": self.response_format.aspect_ratio,
            "resolution": self.response_format.resolution,
            "duration": _seconds(self.response_format.duration),
            **self._media(video, task),
        }
        given["extra"] = {"task": task} if task in {"extend", "upscale"} else {}
        return cast("Words", {name: value for name, value in given.items() if value not in (None, [], {})})

    def _media(self, video: str | None, task: str | None) -> Mapping[str, Any]:
        parts = list(self.parts())
        films = [part.source() for part in parts if part.type == "video"]
        pictures = [part.source() for part in parts if part.type == "image"]
        film = films[0] if films else video
        if task == "reference_to_video" or film is not None or len(pictures) > 2:
            return {"video": film, "references": pictures}
        first, last = [*pictures, None, None][:2]
        return {"image": first, "last_frame": last}


def _seconds(duration: str | None) -> float | None:
    if duration is None:
        return None
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise InvalidRequestError(f"`duration={duration[:40]}` is not a length: write it like 5s")
    return float(found["seconds"])
