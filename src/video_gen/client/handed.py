"""What a caller hands in where one kind of thing alone will do: told at the door, not where it breaks something."""

from typing import Final, TypeVar

from video_gen.exceptions import InvalidRequestError

T = TypeVar("T")
A_PLAN: Final = "a plan: hand in what `plan` returned, or let `generate` plan and make it"
A_JOB_ID: Final = "a job's id: give the text of `job.id`"
_SHOWN: Final = 60


def expect(given: object, kind: type[T], wanted: str) -> T:
    """Return what was handed in, of the kind that it has to be.

    Raises:
        InvalidRequestError: it is something else; says what is `wanted`.
    """
    if isinstance(given, kind):
        return given
    said = repr(given)
    raise InvalidRequestError(f"`{said if len(said) <= _SHOWN else said[: _SHOWN - 3] + '...'}` is not {wanted}")
