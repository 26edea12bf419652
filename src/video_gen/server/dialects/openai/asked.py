"""What a request says of a video, and what that is in the client's words."""

from typing import Annotated, Any, Final, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Json

from video_gen.client.words import Words, seconds_of
from video_gen.engine.webhook import MOST_URL
from video_gen.server.dialects.openai.problem import ParameterError

PROMPT_MAX: Final = 32_000
_PASSED_ON: Final = (
    "model", "fps", "aspect_ratio", "resolution", "audio", "seed", "negative_prompt", "camera_motion",
    "motion_strength", "max_cost", "fallback", "fallback_on_policy", "queue_timeout", "strict", "extra",
)  # fmt: skip
"""Fields beyond OpenAI's, by the names the client gives them."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Prompt = Annotated[str, Field(min_length=1, max_length=PROMPT_MAX, description="What the video shows.")]
Texts = Annotated[list[str], BeforeValidator(_listed), Field(max_length=16)]


class Picture(BaseModel):
    """A picture by its address."""

    model_config = ConfigDict(extra="forbid")

    image_url: str | None = Field(default=None, description="A URL or a data URI.")
    file_id: str | None = Field(default=None, description="Not taken here: files are not kept apart from videos.")


class Finished(BaseModel):
    """A finished video by its id."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="The video's id.", examples=["video_9f86d081884c7d65"])


PictureLike = bytes | Picture | str
VideoLike = bytes | Finished | str


class VideoBody(BaseModel):
    """A new video: OpenAI's fields, and those of this server that OpenAI lacks."""

    model_config = ConfigDict(extra="forbid")

    prompt: Prompt
    model: str | None = Field(default=None, description="A model's id or alias; not said: the server's default.")
    seconds: float | str | None = Field(default=None, description="Length; a text or a number.", examples=["8"])
    size: str | None = Field(default=None, description="Pixels, width x height.", examples=["1280x720"])
    input_reference: PictureLike | None = Field(
        default=None, description="The first frame: a file, a URL, a data URI, base64, or {image_url}."
    )
    last_frame: PictureLike | None = Field(default=None, description="The last frame, given like the first.")
    fps: float | None = Field(default=None, description="Frames a second.")
    aspect_ratio: str | None = Field(default=None, description="`16:9` ...")
    resolution: str | None = Field(default=None, description="`720p` ...")
    audio: bool | None = Field(default=None, description="With or without sound.")
    seed: int | None = Field(default=None, ge=0, le=2**63 - 1, description="The same seed, the same video.")
    negative_prompt: str | None = Field(default=None, description="What it must not show.")
    camera_motion: str | None = Field(default=None, description="`pan left`, `zoom in` ...")
    motion_strength: float | None = Field(default=None, description="How much moves, 0 to 1.")
    max_cost: float | str | None = Field(default=None, description="Refuse to spend more, in US dollars.")
    fallback: Texts = Field(default_factory=list, description="Models to try when the first cannot be had.")
    fallback_on_policy: bool = Field(default=False, description="Try them also when the content is refused.")
    queue_timeout: float | None = Field(default=None, gt=0, description="Seconds in a queue before the next is tried.")
    strict: bool = Field(default=False, description="Refuse instead of adjusting what the model does not take.")
    extra: Json[dict[str, Any]] | dict[str, Any] = Field(
        default_factory=dict, description="Provider options by their own names."
    )
    callback_url: str | None = Field(
        default=None, min_length=1, max_length=MOST_URL, description="Where to post that it has ended."
    )

    def words(self) -> Words:
        """Return the client's words.

        Raises:
            ParameterError: a picture is given in a way that is not taken here.
            InvalidRequestError: `seconds` is no length.
        """
        given = {name: getattr(self, name) for name in _PASSED_ON}
        given |= {"duration": seconds_of(self.seconds, name="seconds"), "size": self.size}
        given |= {"image": source_of(self.input_reference, "input_reference")}
        given |= {"last_frame": source_of(self.last_frame, "last_frame")}
        return cast("Words", {name: value for name, value in given.items() if value not in (None, [], {})})


class EditBody(BaseModel):
    """A change of a video."""

    model_config = ConfigDict(extra="forbid")

    prompt: Prompt
    video: VideoLike = Field(description="A finished video as {id}, or a file.")
    model: str | None = Field(default=None, description="A model that takes videos; not said: the video's own.")


class ExtendBody(BaseModel):
    """A longer version of a video."""

    model_config = ConfigDict(extra="forbid")

    prompt: Prompt
    video: VideoLike = Field(description="A finished video as {id}, or a file.")
    seconds: float | str = Field(description="Length of what is added.", examples=["8"])
    model: str | None = Field(default=None, description="A model that takes a first frame; not said: the video's own.")


class RemixBody(BaseModel):
    """Another version of a video."""

    model_config = ConfigDict(extra="forbid")

    prompt: Prompt
    model: str | None = Field(default=None, description="Another model; not said: the video's own.")


def source_of(picture: PictureLike | None, name: str) -> bytes | str | None:
    """Return a picture as the client takes it.

    Raises:
        ParameterError: it is named by a file's id, or not at all.
    """
    if not isinstance(picture, Picture):
        return picture
    if picture.image_url is None or picture.file_id is not None:
        raise ParameterError(
            f"`{name}` names a file by its id, and files are not kept here: send the picture itself, its URL as "
            "image_url, or a data URI",
            name,
        )
    return picture.image_url
