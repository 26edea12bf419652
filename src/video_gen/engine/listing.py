"""Which jobs a caller wants to see, page by page."""

from collections.abc import Collection
from typing import Any, Final, TypedDict

import sqlalchemy as sa

from video_gen.engine.ownership import EVERYONE, Whose, belongs_to
from video_gen.engine.schema import jobs
from video_gen.exceptions import InvalidRequestError
from video_gen.spec import Status

MAX_PAGE: Final = 1000
DEFAULT_PAGE: Final = 50


class Listing(TypedDict, total=False):
    """What a page of jobs holds; everything may be left out."""

    status: Status | None
    """Only jobs of this status."""
    model: str | None
    """Only jobs planned for this model."""
    text: str | None
    """Only jobs whose prompt or id holds this, in any case of letters."""
    owner: Whose
    """Only jobs of this owner."""
    keys: Collection[str] | None
    """Only jobs that were handed in with one of these idempotency keys."""
    limit: int
    """At most so many, 1 to 1000; 50 unless said."""
    after: str | None
    """Where the last page ended: its `next`, or its last job's id."""
    oldest_first: bool
    """The other way round than usual."""


def limit_of(which: Listing) -> int:
    """Return how many jobs a page may hold.

    Raises:
        InvalidRequestError: it is out of range.
    """
    limit = which.get("limit", DEFAULT_PAGE)
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidRequestError(f"`limit={limit}` is out of range: 1 to {MAX_PAGE} jobs a page")
    return limit


def selected(connection: sa.Connection, which: Listing) -> sa.Select[Any]:
    """Return the query of a page, and of one job more, which says whether another page follows.

    Raises:
        InvalidRequestError: a limit out of range, or no page's end.
    """
    up, keys = which.get("oldest_first", False), which.get("keys")
    # As a sum, the number is sorted by and not walked along: SQLite would look at every job rather than up the keys.
    number = jobs.c.seq if keys is None else jobs.c.seq + 0
    query = sa.select(jobs).where(belongs_to(jobs, which.get("owner", EVERYONE)))
    query = query.order_by(number if up else number.desc()).limit(limit_of(which) + 1)
    if (status := which.get("status")) is not None:
        query = query.where(jobs.c.status == status)
    if (model := which.get("model")) is not None:
        query = query.where(jobs.c.model == model)
    if text := which.get("text"):
        query = query.where(jobs.c.prompt.icontains(text, autoescape=True) | jobs.c.id.icontains(text, autoescape=True))
    if keys is not None:
        query = query.where(jobs.c.idempotency_key.in_(keys))
    if (after := which.get("after")) is not None:
        last = _seq(connection, after)
        query = query.where(jobs.c.seq > last if up else jobs.c.seq < last)
    return query


def _seq(connection: sa.Connection, after: str) -> int:
    of_job: int | None = connection.execute(sa.select(jobs.c.seq).where(jobs.c.id == after)).scalar_one_or_none()
    if of_job is not None:
        return of_job
    if not after.isascii() or not after.isdigit() or len(after) > 18:
        raise InvalidRequestError(f"`{after}` is no page's end: hand in the `next` of the page before")
    return int(after)
