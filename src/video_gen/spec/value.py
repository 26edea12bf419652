"""The base of every value."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen, keyword-only value; it compares by content and round-trips through JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
