"""How a model has been doing lately: what routing goes by, and an operator looks at."""

from typing import Literal

from pydantic import Field

from video_gen.spec.value import Value


class Health(Value):
    """How a model has been doing lately."""

    state: Literal["up", "down"] = "up"
    """"down": submits are held back, because its provider failed several times in a row."""
    submits: int = Field(default=0, ge=0)
    """Recent submits whose outcome is known."""
    failed: int = Field(default=0, ge=0)
    """Those of them that ended by the provider's trouble; a refused prompt is none."""
    usual_seconds: float | None = None
    """How long a job takes at the provider, by the median of the last; None while too few are known."""

    @property
    def error_rate(self) -> float:
        """The share of recent submits that failed, 0 to 1."""
        return self.failed / self.submits if self.submits else 0.0
