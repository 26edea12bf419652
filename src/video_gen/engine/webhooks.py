"""The webhooks of an installation: added, listed, removed, and what became of their messages."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import sqlalchemy as sa
from pydantic import SecretStr

from video_gen.engine.callback import secret_of
from video_gen.engine.database import Database
from video_gen.engine.keyring import Keyring
from video_gen.engine.outbox import letter
from video_gen.engine.ownership import EVERYONE, Whose, belongs_to
from video_gen.engine.postbag import Postbag
from video_gen.engine.rows import Note, Row, mappings
from video_gen.engine.webhook import (
    MOST_WEBHOOKS,
    PENDING,
    TEST,
    Message,
    Try,
    Webhook,
    message_of,
    new_secret,
    new_webhook,
    webhook_of,
    webhook_row,
)
from video_gen.engine.webhook_tables import messages, tries, webhooks
from video_gen.exceptions import InvalidRequestError, JobStateError, WebhookNotFoundError

MOST_MESSAGES: Final = 1000
"""Messages listed at once."""


class Added(NamedTuple):
    """A new webhook, and the secret its messages are signed with, which is told this once."""

    webhook: Webhook
    secret: SecretStr


class Webhooks:
    """The webhooks in one database. Every method may raise `StorageError` when the database refuses.

    Methods that take a webhook's id raise `WebhookNotFoundError` for one that is not of those asked about.
    """

    def __init__(
        self, database: Database, keyring: Keyring, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._now = now

    @property
    def postbag(self) -> Postbag:
        """The messages that are to be sent."""
        return Postbag(self._database, self._keyring, now=self._now)

    async def add(self, url: str, *, kinds: Sequence[str] = (), owner: str | None = None) -> Added:
        """Have an address told of an owner's jobs.

        Args:
            url: An http(s) address that whoever calls has checked.
            kinds: Kinds of events, or patterns like `job.*`; none: what ends a job.
            owner: An API key's id; None: the jobs of the installation itself.

        Raises:
            InvalidRequestError: the address is too long, a kind is none, or there are too many webhooks.
        """
        secret, webhook = new_secret(), new_webhook(url, tuple(kinds), owner=owner, at=self._now())
        row = webhook_row(webhook, await asyncio.to_thread(self._keyring.seal, secret))
        await self._database.write(lambda db: _add(db, row))
        return Added(webhook, secret)

    async def callback_secret(self, owner: str | None) -> SecretStr:
        """Return what the callbacks of an owner are signed with; see `callback.secret_of`."""
        return await asyncio.to_thread(secret_of, self._keyring, owner)

    async def list(self, whose: Whose = EVERYONE, *, job_id: str | None = None) -> list[Webhook]:
        """Return the webhooks that are told of all jobs, or the callbacks of one job; oldest first."""
        wanted = sa.and_(belongs_to(webhooks, whose), webhooks.c.job_id.is_not_distinct_from(job_id))
        query = sa.select(webhooks).where(wanted).order_by(webhooks.c.created_at, webhooks.c.id)
        return await self._database.read(lambda db: [webhook_of(row) for row in mappings(db, query)])

    async def remove(self, webhook_id: str, whose: Whose = EVERYONE) -> Webhook:
        """Forget a webhook and its messages."""
        return await self._database.write(lambda db: _remove(db, webhook_id, whose))

    async def test(self, webhook_id: str, whose: Whose = EVERYONE) -> Message:
        """Have a message sent that tells of nothing.

        Raises:
            JobStateError: the webhook is disabled.
        """
        note = Note(TEST, "A test: if this arrived and its signature holds, everything else will.")
        return await self._database.write(lambda db: _test(db, webhook_id, whose, note, self._now()))

    async def messages(self, webhook_id: str, whose: Whose = EVERYONE, *, limit: int = 50) -> Sequence[Message]:
        """Return what a webhook was and is to be told, newest first."""
        limit = max(1, min(limit, MOST_MESSAGES))
        return await self._database.read(lambda db: _messages(db, webhook_id, whose, limit))

    async def tries(self, message_id: str, whose: Whose = EVERYONE) -> Sequence[Try]:
        """Return how each sending of a message went, oldest first."""
        return await self._database.read(lambda db: _tries(db, message_id, whose))

    async def redeliver(self, message_id: str, whose: Whose = EVERYONE) -> Message:
        """Have a message sent again, with the id it had, as if it had never been tried.

        Raises:
            JobStateError: its webhook is disabled.
        """
        return await self._database.write(lambda db: _redeliver(db, message_id, whose, self._now()))


def _add(connection: sa.Connection, row: Row) -> None:
    lasting = sa.and_(webhooks.c.job_id.is_(None), belongs_to(webhooks, row["owner"]))
    count = sa.select(sa.func.count()).select_from(webhooks).where(lasting)
    if connection.execute(count).scalar_one() >= MOST_WEBHOOKS:
        raise InvalidRequestError(f"there are {MOST_WEBHOOKS} webhooks already, which is the limit: remove one first")
    connection.execute(sa.insert(webhooks).values(row))


def _found(connection: sa.Connection, webhook_id: str, whose: Whose) -> Webhook:
    query = sa.select(webhooks).where(webhooks.c.id == webhook_id, belongs_to(webhooks, whose))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise WebhookNotFoundError(f"there is no webhook `{webhook_id[:80]}`: `video-gen webhooks list` shows all")
    return webhook_of(row)


def _working(connection: sa.Connection, webhook_id: str, whose: Whose) -> Webhook:
    webhook = _found(connection, webhook_id, whose)
    if webhook.disabled_at is not None:
        raise JobStateError(f"the webhook `{webhook_id}` is disabled, its address answered 410: remove and add it anew")
    return webhook


def _remove(connection: sa.Connection, webhook_id: str, whose: Whose) -> Webhook:
    webhook = _found(connection, webhook_id, whose)
    connection.execute(sa.delete(webhooks).where(webhooks.c.id == webhook_id))
    return webhook


def _test(connection: sa.Connection, webhook_id: str, whose: Whose, note: Note, at: datetime) -> Message:
    row = letter(_working(connection, webhook_id, whose).id, note, at, job_id=None)
    connection.execute(sa.insert(messages).values(row))
    return message_of(row)


def _messages(connection: sa.Connection, webhook_id: str, whose: Whose, limit: int) -> list[Message]:
    webhook = _found(connection, webhook_id, whose)
    query = sa.select(messages).where(messages.c.webhook_id == webhook.id).order_by(messages.c.seq.desc()).limit(limit)
    return [message_of(row) for row in mappings(connection, query)]


def _message(connection: sa.Connection, message_id: str, whose: Whose) -> Message:
    query = sa.select(messages).join(webhooks).where(messages.c.id == message_id, belongs_to(webhooks, whose))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise WebhookNotFoundError(
            f"there is no delivery `{message_id[:80]}`: `video-gen webhooks deliveries WEBHOOK` shows a webhook's"
        )
    return message_of(row)


def _tries(connection: sa.Connection, message_id: str, whose: Whose) -> list[Try]:
    message = _message(connection, message_id, whose)
    query = sa.select(tries).where(tries.c.message_id == message.id).order_by(tries.c.seq)
    return [Try(**{name: row[name] for name in Try.model_fields}) for row in mappings(connection, query)]


def _redeliver(connection: sa.Connection, message_id: str, whose: Whose, at: datetime) -> Message:
    message = _message(connection, message_id, whose)
    _working(connection, message.webhook_id, whose)
    anew = {"state": PENDING, "tries": 0, "due_at": at}
    connection.execute(sa.update(messages).where(messages.c.id == message.id).values(anew))
    return message.model_copy(update=anew)
