"""A storyboard: the shots of a film in order, what they have in common, and how each follows the one before."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from video_gen.spec import Value

Chain = Literal["last_frame", "first_last", "extend", "none"]
"""How a shot begins: with the last frame of the one before; so, and ending with the first frame of the one behind; as
the one before made longer by its provider; or anew."""

CROSSFADE: Final = 0.5
"""Seconds of a cross-fade that names none."""
MOST_SHOTS: Final = 200


class Transition(Value):
    """How a shot follows the one before on the screen."""

    crossfade: float = Field(default=0.0, ge=0, le=10)
    """Seconds for which both are seen and heard; 0 is a cut."""

    @classmethod
    def parse(cls, said: object) -> Any:
        """Read "cut", "crossfade", "crossfade 0.5" or a mapping."""
        if isinstance(said, Mapping | cls):
            return said
        kind, _, seconds = str(said).strip().lower().replace("cross-", "cross").partition(" ")
        if kind == "cut" and not seconds:
            return cls()
        if kind == "crossfade":
            return {"crossfade": seconds.strip().removesuffix("s") or CROSSFADE}
        raise ValueError("choose `cut`, `crossfade` or `crossfade SECONDS`")

    def __str__(self) -> str:
        """Return "cut" or "crossfade 0.5"."""
        return f"crossfade {self.crossfade:g}" if self.crossfade else "cut"


AnyTransition = Annotated[Transition, BeforeValidator(Transition.parse)]


class Look(Value):
    """What may be said for all shots, and otherwise for one; None means "not said"."""

    model: str | None = None
    """A model's id or alias, or `auto`."""
    duration: float | str | None = None
    """Seconds of a shot: 5, "5" or "5s"."""
    size: str | None = None
    """Pixels, "1280x720"."""
    resolution: str | None = None
    """"720p", "1080p", "4k"."""
    aspect_ratio: str | None = None
    """"16:9", "portrait" ..."""
    fps: float | None = None
    """Frames a second."""
    audio: bool | None = None
    """With or without sound."""
    seed: int | None = None
    """Same seed, same video, where the model allows."""
    negative_prompt: str | None = None
    """What it must not show."""
    references: tuple[str, ...] | None = None
    """Reference pictures for style or subject: files or URLs."""
    camera_motion: str | None = None
    """"pan left", "zoom in" ..."""
    motion_strength: float | None = None
    """0..1: how much moves."""
    fallback: tuple[str, ...] | None = None
    """Models to try, in order, when the first cannot be had."""
    strict: bool | None = None
    """Refuse instead of adjusting."""
    extra: dict[str, Any] | None = None
    """Provider options by their own names."""
    chain: Chain | None = None
    """How a shot begins: last_frame, first_last, extend or none; not said, the catalog decides for each model."""
    transition: AnyTransition | None = None
    """How a shot follows the one before: cut, crossfade or crossfade SECONDS."""


class Shot(Look):
    """One shot."""

    prompt: str = ""
    """What it shows."""
    name: str | None = Field(default=None, max_length=80)
    """For messages."""
    image: str | None = None
    """A picture to begin with: file or URL."""
    last_frame: str | None = None
    """A picture to end with."""


class Storyboard(Look):
    """A film; what it says for all shots, a shot may say otherwise for itself."""

    title: str | None = None
    """For messages."""
    style: str | None = None
    """Added to every prompt."""
    shots: tuple[Shot, ...] = Field(min_length=1, max_length=MOST_SHOTS)
    """In the order of the film."""

    @model_validator(mode="after")
    def _named_apart(self) -> Self:
        names = [shot.name for shot in self.shots if shot.name is not None]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two shots are named `{twice}`: give each its own name, or none")
        return self

    def label(self, index: int) -> str:
        """Return what messages call a shot: its number, and its name or the beginning of its prompt."""
        shot = self.shots[index]
        words = shot.name or " ".join(shot.prompt.split())
        return f"shot {index + 1}" + (f" ({words if len(words) <= 32 else words[:31] + '…'})" if words else "")

    def prompt(self, index: int) -> str:
        """Return a shot's prompt with the film's style."""
        parts = [part.strip() for part in (self.shots[index].prompt, self.style or "")]
        return ". ".join(part.rstrip(".") if number == 0 else part for number, part in enumerate(parts) if part)

    def words(self, index: int) -> Mapping[str, Any]:
        """Return what is said of a shot's video, by the client's names; the shot's own word counts."""
        shot, found = self.shots[index], dict[str, Any]()
        for name in Look.model_fields:
            own, usual = getattr(shot, name), getattr(self, name)
            said = usual if own is None else own
            if said is not None and name not in {"chain", "transition"}:
                found[name] = said
        if "size" in shot.model_fields_set:  # a shot's own pixels replace the film's shape, and the other way round
            found = {name: found[name] for name in found if name not in {"resolution", "aspect_ratio"}}
        elif {"resolution", "aspect_ratio"} & shot.model_fields_set:
            found.pop("size", None)
        return found | {name: said for name in ("image", "last_frame") if (said := getattr(shot, name)) is not None}

    def transition_into(self, index: int) -> Transition:
        """Return how a shot follows the one before."""
        return self.shots[index].transition or self.transition or Transition()
