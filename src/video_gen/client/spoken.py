"""The options of services that programs were written for, by the names they have there, in this client's words."""

from collections.abc import Mapping
from typing import Any, Final, cast

from video_gen.client.words import Words
from video_gen.exceptions import InvalidRequestError

OTHER_NAMES: Final = {
    "input_image": "image",
    "input_reference": "image",
    "seconds": "duration",
    "duration_seconds": "duration",
    "dimension": "size",
    "n": "count",
    "generate_audio": "audio",
}
"""What is said there, and the client's word for it; of several for one word, the first that is given counts."""
_WORDS: Final = frozenset(Words.__annotations__) - {"references", "extra"}
_WIRE_NAMES: Final = {"person_generation": "personGeneration"}
"""Options of one provider that have a name of their own there, and that provider's name for them."""
_REFERENCES: Final = ("reference_image", "reference_images", "references")
_NO_MATTER: Final = ("response_format", "return_generator", "validate_parameters")
"""How a video is handed over, and whether a model is asked for its limits first: decided here."""
_BUCKETS: Final = 127
"""The strongest motion of `motion_bucket_id`."""


def words_from(said: Mapping[str, Any]) -> Words:
    """Return what was said, without what is None; what there is no word for becomes an option of the provider.

    Raises:
        InvalidRequestError: `motion_bucket_id` is out of range, or `extra` holds no options.
    """
    given = {name: value for name, value in said.items() if value is not None and name not in _NO_MATTER}
    references = [each for name in _REFERENCES for each in _listed(given.pop(name, None))]
    words: dict[str, Any] = {"references": references} if references else {}
    if "motion_bucket_id" in given:
        words["motion_strength"] = _strength(given.pop("motion_bucket_id"))
    for name in (*OTHER_NAMES, *_WORDS):
        if name in given:
            words.setdefault(OTHER_NAMES.get(name, name), given.pop(name))
    options = given.pop("extra", {})
    if not isinstance(options, Mapping):
        raise InvalidRequestError(f"`extra={options!r}` holds no options: give them by name, as a dictionary")
    extra = {**options, **{_WIRE_NAMES.get(name, name): value for name, value in given.items()}}
    return cast("Words", words | ({"extra": extra} if extra else {}))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _strength(bucket: Any) -> float:
    if not isinstance(bucket, int) or not 1 <= bucket <= _BUCKETS:
        raise InvalidRequestError(
            f"`motion_bucket_id={bucket!r}` is out of range: give a whole number, 1 to {_BUCKETS}"
        )
    return (bucket - 1) / (_BUCKETS - 1)
