"""Collects what planning changed, and says it in sentences."""

from typing import Any

from video_gen.exceptions import UnsupportedOptionError
from video_gen.spec import Adjustment


class Notes:
    """The adjustments and warnings of one plan, in the order they were made."""

    def __init__(self, model: str) -> None:
        """Start empty; `model` is the name the sentences use."""
        self.model = model
        self.adjustments: list[Adjustment] = []
        self.warnings: list[str] = []
        self._objections: list[str] = []

    def adjust(self, option: str, asked: Any, used: Any, fact: str, *, because: str = "") -> None:
        """Note that `used` replaces `asked`; `fact` says of the model why ("takes 4, 8 or 12 s")."""
        becomes = "is not sent" if used is None else f"becomes {used}"
        reason = f" ({because})" if because else ""
        self.adjustments.append(
            Adjustment(
                option=option,
                asked=asked,
                used=used,
                reason=f"{option} {asked} {becomes}: `{self.model}` {fact}{reason}",
            )
        )
        first, second = ("leave it out", "go without it") if used is None else ("change it", f"use {used}")
        self._objections.append(
            f"`{option}={asked}` is not offered by `{self.model}`: it {fact}{reason}; {first}, "
            f"or leave out --strict to {second}"
        )

    def warn(self, sentence: str) -> None:
        """Note something a person should know although nothing was changed."""
        self.warnings.append(sentence)

    def refuse_if_any(self) -> None:
        """Turn every adjustment into one error: what `strict` asks for.

        Raises:
            UnsupportedOptionError: at least one adjustment was made.
        """
        if self._objections:
            raise UnsupportedOptionError("\n".join(self._objections))


def choices(values: tuple[str, ...] | list[str]) -> str:
    """Return "4, 8 or 12"."""
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"
