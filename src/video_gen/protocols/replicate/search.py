"""Looking for a prediction whose answer was lost.

Replicate keeps no mark of ours, so a prediction is known by what it was made of: the model, the input but for its
files, and the time. One such prediction since the intent is the one. Two may be of two jobs that ask for the same, one
of a moment before the intent may be another job's or this one's by another clock, and one whose input was removed
(after an hour) cannot be compared: then it is said that nobody can tell, and a person decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from video_gen.exceptions import SubmissionUnknownError
from video_gen.protocols.replicate.body import model_input
from video_gen.spec import Context
from video_gen.spec.answers import at, words_at

CLOCKS: Final = 300.0
"""Seconds by which the provider's clock may be behind ours."""
CLOSE: Final = 2.0
"""Seconds by which clocks that are set by the network differ."""
_SHOWN: Final = 5


@dataclass
class Search:
    """The candidates found so far."""

    context: Context
    same: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    """Since the intent, and not to be compared."""
    earlier: list[str] = field(default_factory=list)
    """The same, shortly before the intent."""

    def take_in(self, predictions: list[Any]) -> bool:
        """Sort a page of predictions, newest first; return whether older ones may still matter."""
        for each in predictions:
            age = self._since_intent(each)
            if age is not None and age < -CLOCKS:
                return False
            self._sort(each, age)
        return bool(predictions)

    def result(self) -> str | None:
        """Return the id of the one, None where there certainly is none.

        Raises:
            SubmissionUnknownError: nobody can tell.
        """
        if len(self.same) == 1 and not self.unclear:
            return self.same[0]
        may_be = [*self.same, *self.unclear] or self.earlier
        if not may_be:
            return None
        counted = "a prediction" if len(may_be) == 1 else f"{len(may_be)} predictions"
        raise SubmissionUnknownError(
            f"`{self.context.provider.id}` has {counted} that may be this job's ({', '.join(may_be[:_SHOWN])}), and "
            "nothing tells for sure: look at replicate.com/predictions",
            provider=self.context.provider.id,
        )

    def _sort(self, prediction: Any, age: float | None) -> None:
        name, same = words_at(prediction, "id"), self._same(prediction)
        if not name or same is False or name in self.context.taken:
            return
        if age is not None and age < -CLOSE:
            self.earlier.append(name)
        elif same and age is not None:
            self.same.append(name)
        else:
            self.unclear.append(name)

    def _since_intent(self, prediction: Any) -> float | None:
        try:
            return datetime.fromisoformat(words_at(prediction, "created_at")).timestamp() - self.context.intent_at
        except ValueError:
            return None

    def _same(self, prediction: Any) -> bool | None:
        """Whether a prediction was made of the same; None where that cannot be seen."""
        model, _, version = self.context.plan.wire_model.partition(":")
        if words_at(prediction, "model") != model or (version and words_at(prediction, "version") != version):
            return False
        if words_at(prediction, "source") == "web":
            return False
        given = at(prediction, "input")
        if at(prediction, "data_removed") is True or not isinstance(given, dict) or not given:
            return None
        return _matches(model_input(self.context.plan, _AnyFile()), given)


class _AnyFile(Mapping[str, Any]):
    """Stands for whatever a file became on the wire."""

    def __getitem__(self, sha256: str) -> Any:
        return self

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


def _matches(asked: Any, given: Any) -> bool:
    """Whether everything that was asked is there; a provider may have added what was left to it."""
    if isinstance(asked, _AnyFile):
        return bool(given)
    if isinstance(asked, dict):
        return isinstance(given, dict) and all(name in given and _matches(asked[name], given[name]) for name in asked)
    if isinstance(asked, list):
        same_length = isinstance(given, list) and len(asked) == len(given)
        return same_length and all(_matches(one, other) for one, other in zip(asked, given, strict=True))
    return bool(asked == given)
