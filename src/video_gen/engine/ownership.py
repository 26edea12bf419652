"""Whose jobs are asked about: an owner's, the installation's own, or everyone's."""

from enum import Enum
from typing import Final, Literal

import sqlalchemy as sa


class Everyone(Enum):
    """A word that no owner's id can be mistaken for."""

    EVERYONE = "everyone"


EVERYONE: Final = Everyone.EVERYONE
Whose = str | None | Literal[Everyone.EVERYONE]
"""An API key's id; None, the installation itself; or everyone."""


def belongs_to(table: sa.Table, whose: Whose) -> sa.ColumnElement[bool]:
    """Return the condition that a row of a table with owners is of those."""
    if whose is EVERYONE:
        return sa.true()
    owner: sa.Column[str | None] = table.c.owner
    return owner.is_(None) if whose is None else owner == whose
