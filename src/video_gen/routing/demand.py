"""How much a prompt demands of a model: deterministic, and explained by the words it found.

What models find hard: people who move, several subjects, physics that everybody knows, speech, legible writing, a
camera with a path, several shots in one. Each that is found adds points; the sum makes the tier. It is a rule of thumb
for spending, not a judgement of the prompt.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from video_gen.routing import lexicon
from video_gen.spec import Tier, Value

_MEDIUM: Final = 2
_HIGH: Final = 5
"""The points from which on a prompt demands so much."""
_LONG: Final = (30, 60)
"""Words from which on the length adds a point, and another one."""
_SHOWN: Final = 4
_WORD: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_QUOTED: Final = re.compile(r"[\"“«「][^\"”»」]{2,}[\"”»」]")


class Feature(Value):
    """Something in a prompt that makes it harder, or easier."""

    name: str
    found: tuple[str, ...]
    """The words that say so."""
    points: int

    def __str__(self) -> str:
        """Return "people (woman, child) +2"."""
        shown = ", ".join(self.found[:_SHOWN])
        return f"{self.name} ({shown}) {self.points:+d}"


class Demand(Value):
    """How much a prompt demands, and why."""

    tier: Tier
    points: int
    features: tuple[Feature, ...] = ()
    judge: str = "rules"
    """Who says so."""
    remark: str = ""
    """Its own words, where it was no rule."""

    @property
    def because(self) -> str:
        """The reasons in one line."""
        if self.remark:
            return self.remark
        return "; ".join(map(str, self.features)) or "nothing in it is hard for a model"


def analyze(prompt: str, topic: str = "") -> Demand:
    """Return how much a prompt demands; `topic`, what the video is for, is read along with it."""
    text = f"{prompt}\n{topic}".lower()
    features = tuple(_features(text, _WORD.findall(text)))
    points = sum(feature.points for feature in features)
    return Demand(tier=tier_of(points), points=points, features=features)


def tier_of(points: int) -> Tier:
    """Return the tier that so many points make."""
    if points >= _HIGH:
        return "high"
    return "medium" if points >= _MEDIUM else "low"


def _features(text: str, words: Sequence[str]) -> Iterator[Feature]:
    people = _known(words, lexicon.PEOPLE)
    yield from _feature("people", people, 2)
    several = people if len(set(people)) > 1 else []
    yield from _feature("several at once", [*_known(words, lexicon.CROWD), *several], 1)
    yield from _feature("fast or skilled movement", _known(words, lexicon.ACTION), 2 if people else 1)
    yield from _feature("matter that flows or breaks", _known(words, lexicon.MATTER), 1)
    yield from _feature("speech", [*_known(words, lexicon.SPEECH), *_QUOTED.findall(text)], 2)
    yield from _feature("legible writing", _known(words, lexicon.WRITING), 1)
    yield from _feature("a camera on a path", _phrases(text, lexicon.CAMERA), 1)
    yield from _feature("several shots", _phrases(text, lexicon.SEQUENCE), 2)
    yield from _feature("a demanding look", _phrases(text, lexicon.LOOK), 1)
    yield from _feature("a long prompt", _length(text, words), sum(_size(text, words) > least for least in _LONG))
    yield from _feature("plain", _phrases(text, lexicon.PLAIN), -1)


def _feature(name: str, found: Collection[str], points: int) -> Iterator[Feature]:
    if found and points:
        yield Feature(name=name, found=tuple(dict.fromkeys(found)), points=points)


def _known(words: Sequence[str], known: Collection[str]) -> list[str]:
    return [word for word in words if word in known or word.removesuffix("s") in known]


def _phrases(text: str, known: Sequence[str]) -> list[str]:
    return [phrase for phrase in known if re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text)]


def _size(text: str, words: Sequence[str]) -> int:
    """Return the length in words; writing without spaces counts by its characters, two to a word."""
    return max(len(words), sum(ord(character) > 0x2E7F for character in text) // 2)


def _length(text: str, words: Sequence[str]) -> list[str]:
    return [f"{_size(text, words)} words"]
