"""Which messages are sent now, by whom, and what becomes of them.

Whoever takes a message has it for `LEASE`: it is due again after that, should its sender have died. So a message is
sent at least once, by one process at a time, with the same id each time.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from pydantic import SecretStr

from video_gen.engine.database import Database
from video_gen.engine.keyring import Keyring
from video_gen.engine.rows import mappings
from video_gen.engine.schema import jobs
from video_gen.engine.webhook import DELIVERED, FAILED, PENDING, Message, Try, message_of, wait_after
from video_gen.engine.webhook_tables import messages, tries, webhooks

LEASE: Final = timedelta(seconds=60)
GONE: Final = 410
_LOOKED_AT: Final = 100
_ADDRESS: Final = ("url", "host", "sealed", "dialect")
KEPT: Final = timedelta(days=30)
"""How long messages that were delivered, or never will be, stay in the log."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A message that this process is to send."""

    message: Message
    url: str
    host: str
    sealed: str
    dialect: str
    """In whose words it is told."""


class Postbag:
    """The messages of one database that are to be sent."""

    def __init__(self, database: Database, keyring: Keyring, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._keyring = keyring
        self._now = now
        self.changes = database.changes
        """Word of new messages, among other things."""

    async def take(self, room: int, busy: Mapping[str, int], most_per_host: int) -> Sequence[Taken]:
        """Take messages that are due: at most `room`, and no more per host than its `busy` ones leave free."""
        now = self._now()
        if room < 1 or not await self._database.read(lambda db: _is_due(db, now)):
            return ()
        return await self._database.write(lambda db: _take(db, now, room, busy, most_per_host))

    async def note(self, taken: Taken, told: Try, *, random: float) -> None:
        """Note how a try went, and when there is another."""
        now = self._now()
        await self._database.write(lambda db: _note(db, taken.message, told, now, random))

    async def prune(self) -> None:
        """Forget messages that nobody will ask about, and callbacks of jobs that ended as long ago."""
        old = self._now() - KEPT
        await self._database.write(lambda db: _prune(db, old))

    def secret(self, taken: Taken) -> SecretStr:
        """Return what a message is signed with; raises as `Keyring.open`."""
        return self._keyring.open(taken.sealed)


def _prune(connection: sa.Connection, old: datetime) -> None:
    connection.execute(sa.delete(messages).where(messages.c.state != PENDING, messages.c.due_at < old))
    has_messages = sa.exists().where(messages.c.webhook_id == webhooks.c.id)
    has_ended = sa.exists().where(jobs.c.id == webhooks.c.job_id, jobs.c.ended_at < old)
    connection.execute(sa.delete(webhooks).where(webhooks.c.job_id.is_not(None), has_ended, ~has_messages))


def _is_due(connection: sa.Connection, now: datetime) -> bool:
    query = sa.select(messages.c.seq).where(messages.c.state == PENDING, messages.c.due_at <= now).limit(1)
    return connection.execute(query).first() is not None


def _take(
    connection: sa.Connection, now: datetime, room: int, busy: Mapping[str, int], most_per_host: int
) -> Sequence[Taken]:
    full = [host for host, number in busy.items() if number >= most_per_host]
    query = (
        sa.select(messages, *(webhooks.c[name] for name in _ADDRESS))
        .join(webhooks)
        .where(messages.c.state == PENDING, messages.c.due_at <= now, webhooks.c.host.not_in(full))
        .order_by(messages.c.due_at, messages.c.seq)
        .limit(_LOOKED_AT)
        .with_for_update(of=messages, skip_locked=True)
    )
    used: Counter[str] = Counter(busy)
    taken: list[Taken] = []
    for row in mappings(connection, query):
        if len(taken) < room and used[row["host"]] < most_per_host:
            used[row["host"]] += 1
            message = message_of(row).model_copy(update={"tries": row["tries"] + 1, "due_at": now + LEASE})
            taken.append(Taken(message=message, **{name: row[name] for name in _ADDRESS}))
    for each in taken:
        mine = {"tries": each.message.tries, "due_at": each.message.due_at}
        connection.execute(sa.update(messages).where(messages.c.id == each.message.id).values(mine))
    return taken


def _note(connection: sa.Connection, message: Message, told: Try, now: datetime, random: float) -> None:
    arrived = told.error is None
    wait = None if arrived else wait_after(message.tries, random)
    state = DELIVERED if arrived else FAILED if wait is None or told.status == GONE else PENDING
    due = now if wait is None or state != PENDING else now + timedelta(seconds=wait)
    # Whose lease has run out meanwhile, or whose message was asked for anew, decides nothing any more.
    of_mine = sa.and_(messages.c.id == message.id, messages.c.tries == message.tries, messages.c.state == PENDING)
    changed = connection.execute(sa.update(messages).where(of_mine).values(state=state, due_at=due))
    known = sa.select(messages.c.id).where(messages.c.id == message.id)
    if connection.execute(known).first() is not None:
        connection.execute(sa.insert(tries).values(message_id=message.id, **told.model_dump()))
    if changed.rowcount and told.status == GONE:
        _disable(connection, message.webhook_id, now)


def _disable(connection: sa.Connection, webhook_id: str, now: datetime) -> None:
    connection.execute(sa.update(webhooks).where(webhooks.c.id == webhook_id).values(disabled_at=now))
    waiting = sa.and_(messages.c.webhook_id == webhook_id, messages.c.state == PENDING)
    connection.execute(sa.update(messages).where(waiting).values(state=FAILED, due_at=now))
