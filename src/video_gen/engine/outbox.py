"""Messages to webhooks are rows, written together with the events they tell of: neither is there without the other."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from video_gen.engine.rows import Note
from video_gen.engine.schema import jobs
from video_gen.engine.webhook import PENDING, wants
from video_gen.engine.webhook_tables import messages, webhooks

_OWNER: Final = sa.select(jobs.c.owner).where(jobs.c.id == sa.bindparam("of_id")).scalar_subquery()
# Each side of the `or` finds its few rows by an index with `job_id` in it: there are as many callbacks as jobs.
_LISTENING: Final = sa.select(webhooks.c.id, webhooks.c.kinds).where(
    sa.or_(
        webhooks.c.job_id == sa.bindparam("of_id"),
        sa.and_(webhooks.c.job_id.is_(None), webhooks.c.owner.is_not_distinct_from(_OWNER)),
    ),
    webhooks.c.disabled_at.is_(None),
)
_ADD: Final = sa.insert(messages)


def post(connection: sa.Connection, job_id: str, notes: Iterable[Note], at: datetime) -> None:
    """Note what a job's events are to be told to whom."""
    listening = connection.execute(_LISTENING, {"of_id": job_id}).all()
    if not listening:
        return
    letters = [
        letter(webhook.id, note, at, job_id=job_id)
        for note in notes
        for webhook in listening
        if wants(tuple(webhook.kinds), note.kind)
    ]
    if letters:
        connection.execute(_ADD, letters)


def letter(webhook_id: str, note: Note, at: datetime, *, job_id: str | None) -> Mapping[str, Any]:
    """Return the columns of a message that is to be sent at once."""
    return {
        "id": f"msg_{secrets.token_hex(12)}",
        "webhook_id": webhook_id,
        "job_id": job_id,
        "kind": note.kind,
        "at": at,
        "message": note.message,
        "data": dict(note.data),
        "state": PENDING,
        "tries": 0,
        "due_at": at,
    }
