"""What a request says of a video, and what that is in the client's words."""

from typing import Any, Final, Self, cast

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from video_gen.client import Words

_OTHER_NAMES: Final = {
    "input_image": "image",
    "input_reference": "image",
    "seconds": "duration",
    "duration_seconds": "duration",
    "dimension": "size",
    "n": "count",
    "generate_audio": "audio",
}
"""What is said here, and the client's word for it; of several for one word, the first that is given counts."""
_WORDS: Final = frozenset(Words.__annotations__) - {"references", "extra"}
_WIRE_NAMES: Final = {"person_generation": "personGeneration"}
"""Options of one provider that have a name of their own here, and that provider's name for them."""
_REFERENCES: Final = ("reference_image", "reference_images")
_NO_MATTER: Final = ("response_format", "return_generator")
"""How the video is handed over: always by a link."""


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
        for name in ("prompt", "byok_api_key", "additional_params", *_NO_MATTER):
            said.pop(name, None)
        given = {name: value for name, value in said.items() if value is not None}
        references = [each for name in _REFERENCES for each in _listed(given.pop(name, None))]
        words: dict[str, Any] = {"references": references} if references else {}
        for name in (*_OTHER_NAMES, *_WORDS):
            if name in given:
                words.setdefault(_OTHER_NAMES.get(name, name), given.pop(name))
        extra = {**given.pop("extra", {}), **{_WIRE_NAMES.get(name, name): value for name, value in given.items()}}
        return cast("Words", words | ({"extra": extra} if extra else {}))

    def _more(self) -> dict[str, Any]:
        return {**(self.model_extra or {}), **self.additional_params}


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
