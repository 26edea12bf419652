"""Inputs of services whose models have each a schema of its own: the names that most share, in the client's words."""

from typing import Any, ClassVar, Final, cast

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from video_gen.catalog import ModelCard
from video_gen.client import Words
from video_gen.client.words import ImageWords
from video_gen.exceptions import UnknownModelError
from video_gen.server.gateway import Gateway
from video_gen.spec import Plan

_DECIDED_BY_THE_MODEL: Final = frozenset({"auto", "adaptive", "match_input_image"})


def also(*names: str) -> Any:
    """Return an option that models know by several names."""
    return Field(default=None, validation_alias=AliasChoices(*names))


class ModelInput(BaseModel):
    """What a model is given.

    The other words of this gateway may be said too; what is none of them goes to the provider by its own name.
    """

    model_config = ConfigDict(extra="allow")

    choosable: ClassVar[frozenset[str]] = frozenset({"aspect_ratio", "resolution", "duration"})
    """What may be left to the model, in words of its own."""

    prompt: str = Field(default="", max_length=100_000)
    seed: int | None = Field(default=None, ge=0, le=2**63 - 1)
    aspect_ratio: str | None = None
    resolution: str | None = None
    size: str | None = None
    negative_prompt: str | None = Field(default=None, max_length=100_000)

    def words(self, model: str) -> Words:
        """Return the client's words of a video."""
        return cast("Words", self._said(model, frozenset(Words.__annotations__)))

    def image_words(self, model: str) -> ImageWords:
        """Return the client's words of an image."""
        return cast("ImageWords", self._said(model, frozenset(ImageWords.__annotations__)))

    def _said(self, model: str, known: frozenset[str]) -> dict[str, Any]:
        said = {name: value for name, value in self.model_dump().items() if value not in (None, [], "")}
        said.pop("prompt", None)
        for name in self.choosable:
            if said.get(name) in _DECIDED_BY_THE_MODEL:
                del said[name]
        words = {name: value for name, value in said.items() if name in known - {"extra", "model"}}
        extra = {name: value for name, value in said.items() if name not in words}
        return words | {"model": model} | ({"extra": extra} if extra else {})


async def planned(gateway: Gateway, model: str, asked: ModelInput, **more: Any) -> Plan:
    """Return the plan of a video or an image, as the model makes; errors as of `Gateway.plan`.

    Args:
        gateway: The caller's.
        model: An id, an alias, or whatever else names models.
        asked: What it is given.
        more: Words of a video that were said elsewhere.
    """
    if _makes_images(gateway, model):
        return gateway.plan_image(asked.prompt, **asked.image_words(model))
    words = cast("Words", asked.words(model) | more)
    return await gateway.plan(asked.prompt, **words)


def card_named(gateway: Gateway, name: str, own: str) -> ModelCard:
    """Return the model of a name; where there is none, that of the service `own` by that name.

    Raises:
        UnknownModelError: there is neither.
    """
    try:
        return gateway.model(name)
    except UnknownModelError as unknown:
        try:
            return gateway.model(f"{own}/{name}")
        except UnknownModelError:
            raise unknown from None


def _makes_images(gateway: Gateway, model: str) -> bool:
    try:
        return gateway.model(model).makes == "image"
    except UnknownModelError:
        return False  # `auto`, or what planning refuses
