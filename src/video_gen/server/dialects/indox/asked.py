"""What a request says of a video, and what that is in the client's words."""

from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from video_gen.client import Words
from video_gen.client.spoken import words_from

_NOT_OPTIONS: Final = ("prompt", "byok_api_key", "additional_params")


class VideoBody(BaseModel):
    """A new video. Whatever else is said goes into `additional_params`, as the client puts it there."""

    model_config = ConfigDict(extra="allow")

    prompt: str = Field(default="", max_length=100_000, description="What the video shows.")
    model: str = Field(description="provider/model, or another name of a model.", examples=["openai/sora-2"])
    duration: float | str | None = Field(default=None, description="Seconds.")
    size: str | None = Field(default=None, description="Pixels, width x height.", examples=["1280x720"])
    aspect_ratio: str | None = Field(default=None, description="`16:9` ...")
    resolution: str | None = Field(default=None, description="`720p` ...")
    n: int | None = Field(default=None, description="Videos in one call.")
    input_image: str | None = Field(default=None, description="The first frame: a data URI, a URL, or base64.")
    reference_image: str | None = Field(default=None, description="A picture for style or subject.")
    reference_images: list[str] | None = Field(default=None, max_length=16, description="Several of them.")
    last_frame: str | None = Field(default=None, description="The last frame.")
    video: str | None = Field(default=None, description="A source video.")
    generate_audio: bool | None = Field(default=None, description="With or without sound.")
    negative_prompt: str | None = Field(default=None, description="What it must not show.")
    person_generation: str | None = Field(default=None, description="Google's rule for people.")
    response_format: str | None = Field(default=None, description="Of no effect: videos are handed over by a link.")
    byok_api_key: SecretStr | None = Field(
        default=None,
        description="The caller's own key for the model's provider: used for this video alone, and forgotten after it.",
    )
    additional_params: dict[str, Any] = Field(default_factory=dict, description="More of the above, and other options.")

    @model_validator(mode="after")
    def _known_types(self) -> Self:
        # What the client files under `additional_params` is checked like what stands at the top.
        named = {name: value for name, value in self._more().items() if name in type(self).model_fields}
        if named:
            type(self).model_validate({"model": self.model, **named, "additional_params": {}})
        return self

    def words(self) -> Words:
        """Return the client's words; what this server has no word for becomes an option of the provider."""
        said = {name: getattr(self, name) for name in type(self).model_fields} | self._more()
        said.setdefault(
            "drop_inputs", True
        )  # its documentation gives every option at once, also to models that lack some
        return words_from({name: value for name, value in said.items() if name not in _NOT_OPTIONS})

    def _more(self) -> dict[str, Any]:
        return {**(self.model_extra or {}), **self.additional_params}
