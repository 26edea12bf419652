"""The tables of webhooks: who wants to be told, what they are told, and each try.

A webhook with a job is that job's callback: it is told of nothing else, and goes when its job is deleted.
"""

from typing import Final

import sqlalchemy as sa

from video_gen.engine.schema import Identity, Json, UtcTime, metadata


def _of(column: sa.Column[str], name: str) -> sa.ForeignKey:
    """Return a foreign key under the name that stores have it by already."""
    return sa.ForeignKey(column, name=name, ondelete="CASCADE")


webhooks: Final = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(64)),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("kinds", Json, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("disabled_at", UtcTime),
    sa.Column("job_id", sa.String(64), sa.ForeignKey("jobs.id", ondelete="CASCADE")),
    sa.Column("dialect", sa.String(32), nullable=False, server_default="native"),
    sa.Index(None, "owner", "job_id"),
    sa.Index(None, "job_id"),
)

messages: Final = sa.Table(
    "webhook_messages",
    metadata,
    sa.Column("seq", Identity, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column(
        "webhook_id", sa.String(64), _of(webhooks.c.id, "fk_webhook_messages_webhook_id_webhooks"), nullable=False
    ),
    # No foreign key: what happened is told though its job was deleted meanwhile.
    sa.Column("job_id", sa.String(64)),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("data", Json, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Index(None, "state", "due_at"),
    sa.Index(None, "webhook_id", "seq"),
    sqlite_autoincrement=True,
)

tries: Final = sa.Table(
    "webhook_tries",
    metadata,
    sa.Column("seq", Identity, primary_key=True, autoincrement=True),
    sa.Column(
        "message_id", sa.String(64), _of(messages.c.id, "fk_webhook_tries_message_id_webhook_messages"), nullable=False
    ),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("ms", sa.Integer, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("error", sa.Text),
    sa.Index(None, "message_id"),
    sqlite_autoincrement=True,
)
