"""From the words of a prompt to a scene. Pure: the same words and seed always mean the same scene."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, cast, get_args

from video_gen.exceptions import InvalidRequestError
from video_gen.local.animatic import words
from video_gen.local.animatic.noise import generator
from video_gen.local.animatic.scene import Cover, Drive, Element, Hour, Mood, Place, Reason, Scene, Season
from video_gen.local.camera import DEFAULT_STRENGTH
from video_gen.spec.request import CameraMotion

_CALM_STRENGTH: Final = 0.4
_LONGEST_PHRASE: Final = 4
_ON_THE_WAY: Final[dict[Drive, CameraMotion]] = {
    "fly": CameraMotion(kind="dolly", direction="in"),
    "follow": CameraMotion(kind="pan", direction="right"),
}
_TOKEN: Final = re.compile(r"[^\W_]+(?:['’&][^\W_]+)*|[.,;:!?()\n]")
_SHINING: Final[frozenset[Element]] = frozenset(("stars", "milky way", "aurora", "shooting star", "moon"))

_LOW_SUN: Final = frozenset(("sunrise", "sunset", "dawn", "dusk", "golden"))

_STANDS_IN: Final[dict[Element, Place]] = {
    "boat": "ocean",
    "palms": "beach",
    "aurora": "snowfield",
    "trees": "forest",
    "leaves": "forest",
    "petals": "meadow",
    "flowers": "meadow",
    "fireflies": "meadow",
    "snow": "snowfield",
    "lightning": "hills",
    "milky way": "mountains",
    "stars": "mountains",
    "shooting star": "mountains",
    "rain": "hills",
    "fog": "hills",
    "moon": "hills",
    "sun": "hills",
    "birds": "sky",
}
"""Where things are seen when a prompt names no place, the most telling first."""

# Each part of a scene, and its words: the order in which parts are explained.
_TABLES: Final[dict[str, dict[str, str]]] = {
    "place": words.PLACES,
    "hour": words.HOURS,
    "cover": words.COVERS,
    "mood": words.MOODS,
    "season": words.SEASONS,
    "element": words.ELEMENTS,
}


def read_prompt(
    prompt: str,
    negative_prompt: str | None = None,
    seed: int = 0,
    *,
    camera: CameraMotion | None = None,
    strength: float | None = None,
) -> Scene:
    """Return the scene that `prompt` describes.

    What `negative_prompt` names, or the prompt itself says no to ("without clouds"), is left out. `camera` and
    `strength` (0 to 1), where given, win over the prompt's words. `Scene.because` names each word that chose something.

    Raises:
        InvalidRequestError: `strength` is out of range.
    """
    if strength is not None and not 0 <= strength <= 1:
        raise InvalidRequestError(f"`strength={strength}` is out of range: choose 0 to 1")
    reading = _Reading.of(prompt, negative_prompt or "")
    place = _place(reading)
    elements = _elements(reading, place)
    season = cast("Season", reading.first("season") or ("winter" if place == "snowfield" else "summer"))
    mood = cast("Mood", reading.first("mood") or "natural")
    hour = _hour(reading, place, elements, mood, seed)
    cover = _cover(reading, elements, seed)
    move, drive, pace = _camera(reading, camera)
    if strength is None:
        strength = pace if pace is not None else DEFAULT_STRENGTH if reading.moved else _CALM_STRENGTH
    return Scene(
        place=place,
        hour=hour,
        cover=cover,
        mood=mood,
        season=season,
        elements=_consistent(elements, season, place, cover),
        camera=move,
        drive=drive,
        strength=strength,
        seed=seed,
        because=tuple(reading.because),
    )


@dataclass(slots=True)
class _Reading:
    """What was found in the text: choices by part, in the order of mention, and what was said no to."""

    text: str
    found: dict[str, list[tuple[str, str]]]
    refused: set[str]
    because: list[Reason] = field(default_factory=list)
    moved: bool = False

    @classmethod
    def of(cls, prompt: str, negative: str) -> "_Reading":
        text = unicodedata.normalize("NFKC", prompt).lower()
        wanted, refused = _split(_tokens(text))
        unwanted, _ = _split(_tokens(unicodedata.normalize("NFKC", negative).lower()))
        found = _matches(wanted)
        no = {f"{part}:{choice}" for part, hits in _matches(refused).items() for _, choice in hits}
        no |= {f"{part}:{choice}" for part, hits in _matches(unwanted).items() for _, choice in hits}
        reading = cls(text, found, no)
        for part, hits in _matches([*refused, ".", *unwanted]).items():
            reading.because += [Reason(word=f"no {word}", choice=f"no {part} {choice}") for word, choice in hits]
        return reading

    def all(self, part: str) -> list[tuple[str, str]]:
        """Return (word, choice) of what was asked for, in order, without what was refused."""
        return [(word, choice) for word, choice in self.found[part] if f"{part}:{choice}" not in self.refused]

    def first(self, part: str) -> str | None:
        """Return the first choice of `part`, and note why."""
        for word, choice in self.all(part):
            return self.note(word, part, choice)
        return None

    def note(self, word: str, part: str, choice: str) -> str:
        """Record why, and return `choice`."""
        reason = Reason(word=word, choice=f"{part} {choice}")
        if reason not in self.because:
            self.because.append(reason)
        return choice

    def refuses(self, part: str, choice: str) -> bool:
        """Return whether `choice` was said no to."""
        return f"{part}:{choice}" in self.refused


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _split(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Return (what is said, what is said no to); a full stop keeps the phrases on both sides apart."""
    said: list[str] = []
    refused: list[str] = []
    denying = False
    for token in tokens:
        if token in words.NEGATIONS:
            denying = True
        elif denying and (token in words.SCOPE_ENDS or not token[0].isalnum()):
            denying = False
        (refused if denying else said).append("." if token in words.NEGATIONS else token)
    return said, refused


def _phrases() -> dict[str, list[tuple[str, str]]]:
    """Return, for each phrase, what it chooses."""
    table: dict[str, list[tuple[str, str]]] = {}
    for part, choices in _TABLES.items():
        for choice, names in choices.items():
            for name in dict.fromkeys(names.split()):
                table.setdefault(name.replace("-", " "), []).append((part, choice))
    return table


_PHRASES: Final = _phrases()
_UNSPACED: Final = tuple(name for name in _PHRASES if ord(name[0]) > 0x2E80)


def _matches(tokens: list[str]) -> dict[str, list[tuple[str, str]]]:
    """Return what the tokens choose: for each part, (word, choice) in the order of mention; longer phrases first."""
    found: dict[str, list[tuple[str, str]]] = {part: [] for part in _TABLES}
    at = 0
    while at < len(tokens):
        length, choices = _longest(tokens, at)
        for part, choice in choices:
            found[part].append((" ".join(tokens[at : at + length]), choice))
        at += length
    for name in _UNSPACED:
        if any(name in token for token in tokens if token not in _PHRASES):
            for part, choice in _PHRASES[name]:
                found[part].append((name, choice))
    return found


def _longest(tokens: list[str], at: int) -> tuple[int, list[tuple[str, str]]]:
    """Return how many tokens the longest known phrase at `at` has, and what it chooses."""
    for length in range(min(_LONGEST_PHRASE, len(tokens) - at), 0, -1):
        names = _singular(" ".join(tokens[at : at + length]))
        choices = dict.fromkeys(choice for name in names for choice in _PHRASES.get(name, ()))
        if choices:
            return length, list(choices)
    return 1, []


def _singular(phrase: str) -> Iterable[str]:
    yield phrase
    if phrase.endswith("s"):
        yield phrase[:-1]
    if phrase.endswith("es"):
        yield phrase[:-2]


def _place(reading: _Reading) -> Place:
    named = reading.all("place")
    if not named:
        return _unnamed_place(reading)
    word, choice = max(named, key=lambda hit: (words.RANK[hit[1]], -named.index(hit)))
    return cast("Place", reading.note(word, "place", choice))


def _unnamed_place(reading: _Reading) -> Place:
    """Guess from what is seen: trees stand in a forest, fireflies over a meadow, an aurora over snow."""
    seen = {choice: word for word, choice in reading.all("element")}
    for element, place in _STANDS_IN.items():
        if element in seen:
            return cast("Place", reading.note(seen[element], "place", place))
    if any(choice == "neon" for _, choice in reading.all("mood")):
        return cast("Place", reading.note("neon", "place", "street"))
    outdoors = reading.all("cover") or [
        hit for hit in reading.all("hour") if hit[1] in {"sunrise", "sunset", "dawn", "dusk", "golden"}
    ]
    if outdoors and "figure" not in seen:
        return cast("Place", reading.note(outdoors[0][0], "place", "sky" if reading.all("cover") else "hills"))
    return "studio"


def _elements(reading: _Reading, place: Place) -> set[Element]:
    elements: set[Element] = set()
    for word, choice in reading.all("element"):
        elements.add(cast("Element", reading.note(word, "element", choice)))
    for word, choice in reading.all("place"):
        if choice == "mountains" and place != "mountains":
            reading.note(word, "element", "mountains")
            elements.add("mountains")
    if place == "underwater" and not reading.refuses("element", "bubbles"):
        elements.add("bubbles")
    return elements


def _hour(reading: _Reading, place: Place, elements: set[Element], mood: Mood, seed: int) -> Hour:
    named = reading.first("hour")
    if named:
        return cast("Hour", named)
    allowed = [hour for hour in get_args(Hour) if not reading.refuses("hour", hour)]
    if "fireflies" in elements:
        return "dusk"
    if elements & _SHINING or mood == "neon":
        return "night"
    fitting: tuple[Hour, ...] = ("morning", "golden", "morning") if place != "city" else ("dusk", "golden", "morning")
    if place in {"studio", "underwater", "space"}:
        return "morning"
    if place == "volcano":
        return "dusk"
    pick = fitting[int(generator(seed, "hour").integers(len(fitting)))]
    return pick if pick in allowed else cast("Hour", allowed[0])


def _cover(reading: _Reading, elements: set[Element], seed: int) -> Cover:
    if reading.refuses("cover", "cloudy"):
        return "clear"
    named = reading.all("cover")
    storm = [hit for hit in named if hit[1] == "storm"]
    for word, choice in storm or named:
        return cast("Cover", reading.note(word, "cover", choice))
    if "lightning" in elements:
        return "storm"
    if elements & {"rain", "snow"}:
        return "overcast"
    if elements & {"stars", "milky way", "aurora", "shooting star"}:
        return "clear"
    return "scattered" if generator(seed, "cover").random() < 0.75 else "cloudy"


def _camera(reading: _Reading, camera: CameraMotion | None) -> tuple[CameraMotion, Drive, float | None]:
    """Return the move, how the camera travels, and the strength that the words ask for."""
    pace = None
    for pattern, strength in words.SPEEDS:
        if found := re.search(pattern, reading.text):
            pace = strength
            reading.note(found[0], "strength", str(strength))
            break
    if camera is not None:
        reading.note("camera", "camera", str(camera))
        reading.moved = True
        return camera, "stand", None
    for pattern, drive in words.DRIVES:
        if found := re.search(pattern, reading.text):
            reading.note(found[0], "camera", drive)
            reading.moved = True
            return _named_move(reading) or _ON_THE_WAY[cast("Drive", drive)], cast("Drive", drive), pace
    move = _named_move(reading)
    return move or CameraMotion(kind="dolly", direction="in"), "stand", pace


def _named_move(reading: _Reading) -> CameraMotion | None:
    for pattern, move in words.CAMERA:
        if found := re.search(pattern, reading.text):
            reading.note(found[0], "camera", move)
            reading.moved = True
            return CameraMotion.parse(move)
    return None


def _consistent(elements: set[Element], season: Season, place: Place, cover: Cover) -> frozenset[Element]:
    """Return the elements without those that contradict the rest, and with those that it implies."""
    kept = set(elements)
    if place in {"space", "studio", "underwater"}:
        kept -= {"rain", "snow", "lightning", "fog", "figure", "boat", "birds"}
    if season == "winter":
        kept -= {"leaves"}
    if cover in {"overcast", "storm"}:
        kept -= {"stars", "milky way", "aurora", "shooting star"}
    if "snow" in kept:
        kept -= {"rain"}
    return frozenset(kept)
