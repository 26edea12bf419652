"""The API keys of an installation: made, looked up, limited and revoked."""

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, Unpack

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError

from video_gen.engine.api_key import SHOWN, Allowance, ApiKey, Scope, digest_of, matches, new_secret, shown_part
from video_gen.engine.database import Database
from video_gen.engine.rows import Row
from video_gen.engine.schema import api_keys
from video_gen.exceptions import InvalidRequestError, KeyNotFoundError, StorageError

TRUSTED_S: Final = 2.0
"""Seconds that what is known of a key is good for; a key that another process revokes is refused after them."""
_NOTE_USE: Final = timedelta(minutes=1)
"""How exactly `last_used_at` is kept: not every request is worth a write."""
_BY_PREFIX: Final = sa.select(api_keys).where(api_keys.c.prefix == sa.bindparam("of_prefix"))


class Made(NamedTuple):
    """A new key, and its secret, which is told this once."""

    key: ApiKey
    secret: SecretStr


class _Known(NamedTuple):
    key: ApiKey
    digest: str
    until: float


class Keys:
    """The keys in one database. Every method may raise `StorageError` when the database refuses."""

    def __init__(
        self,
        database: Database,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._now = now
        self._monotonic = monotonic
        self._known: dict[str, _Known] = {}

    async def create(self, name: str, **allowance: Unpack[Allowance]) -> Made:
        """Make a key; its secret is in the answer and nowhere else.

        Args:
            name: What people call it; free for a new key when an old one of that name is revoked.
            allowance: What it may do; see `ApiKey`. Nothing said: everything but administration, without a limit.

        Raises:
            InvalidRequestError: the name is taken, or a value does not fit.
        """
        secret, now = new_secret(), self._now()
        prefix = secret.get_secret_value()[:SHOWN]
        made = ApiKey.of(id=f"key_{secrets.token_hex(8)}", name=name, prefix=prefix, created_at=now, **allowance)
        _check_expiry(made, now)
        fixed = {"id": made.id, "prefix": prefix, "created_at": now, "digest": digest_of(secret.get_secret_value())}
        columns = fixed | _row(made)
        await self._database.write(lambda db: _put(db, sa.insert(api_keys).values(columns), made.name))
        return Made(made, secret)

    async def verify(self, secret: SecretStr | str) -> ApiKey | None:
        """Return the key of a secret; None where there is none, or it is revoked or expired.

        What is found is trusted for `TRUSTED_S` seconds, so that a busy server asks the database now and then only.
        """
        text = secret.get_secret_value() if isinstance(secret, SecretStr) else secret
        prefix = shown_part(text)
        known = None if prefix is None else await self._look_up(prefix)
        if known is None or not matches(text, known.digest) or not known.key.usable(self._now()):
            return None
        return await self._used(known)

    async def alive(self, key_id: str) -> ApiKey | None:
        """Return the key of an id; None where there is none, or it is revoked or expired."""
        try:
            key = await self.get(key_id)
        except KeyNotFoundError:
            return None
        return key if key.id == key_id and key.usable(self._now()) else None

    async def _look_up(self, prefix: str) -> _Known | None:
        known = self._known.get(prefix)
        if known is not None and self._monotonic() < known.until:
            return known
        row = await self._database.read(
            lambda db: db.execute(_BY_PREFIX, {"of_prefix": prefix}).mappings().one_or_none()
        )
        if row is None:
            return None
        known = _Known(_key(row), row["digest"], self._monotonic() + TRUSTED_S)
        self._known[prefix] = known  # holds no more than there are keys: a guess is not remembered
        return known

    async def _used(self, known: _Known) -> ApiKey:
        key, now = known.key, self._now()
        if key.last_used_at is not None and now - key.last_used_at < _NOTE_USE:
            return key
        used = key.model_copy(update={"last_used_at": now})
        self._known[key.prefix] = known._replace(key=used)  # before the write: who comes meanwhile writes nothing
        note = sa.update(api_keys).where(api_keys.c.id == key.id).values(last_used_at=now)
        with suppress(StorageError):  # a note is no reason to turn somebody away
            await self._database.write(lambda db: db.execute(note).close())
        return used

    async def list(self, *, revoked: bool = False) -> list[ApiKey]:
        """Return the keys, oldest first; those that were revoked only on request."""
        query = sa.select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
        if not revoked:
            query = query.where(api_keys.c.revoked_at.is_(None))
        return await self._database.read(lambda db: [_key(row) for row in db.execute(query).mappings()])

    async def get(self, which: str) -> ApiKey:
        """Return a key by its id, its prefix, or the name it has: of keys of one name, the one that is not revoked.

        Raises:
            KeyNotFoundError: there is none.
        """
        return await self._database.read(lambda db: _find(db, which))

    async def limit(self, which: str, **allowance: Unpack[Allowance]) -> ApiKey:
        """Change what a key may do: what is named, and nothing else; None takes a limit away.

        Raises:
            KeyNotFoundError: there is none.
            InvalidRequestError: it is revoked, or a value does not fit.
        """
        return await self._change(which, allowance)

    async def rename(self, which: str, name: str) -> ApiKey:
        """Give a key another name.

        Raises:
            KeyNotFoundError: there is none.
            InvalidRequestError: it is revoked, or the name is taken or does not fit.
        """
        return await self._change(which, {"name": name})

    async def revoke(self, which: str) -> ApiKey:
        """Let a key open nothing any more, for good; jobs that were made with it go on.

        Raises:
            KeyNotFoundError: there is none.
            InvalidRequestError: it is revoked already.
        """
        return await self._change(which, {"revoked_at": self._now()})

    async def _change(self, which: str, fields: Mapping[str, object]) -> ApiKey:
        now = self._now()

        def work(connection: sa.Connection) -> ApiKey:
            key = _find(connection, which, lock=True)
            if key.revoked_at is not None:
                raise InvalidRequestError(
                    f"the key `{key.name}` was revoked on {key.revoked_at:%Y-%m-%d}: make another"
                )
            changed = ApiKey.of(**{**dict(key), **fields})
            if "expires_at" in fields:
                _check_expiry(changed, now)
            _put(connection, sa.update(api_keys).where(api_keys.c.id == key.id).values(_row(changed)), changed.name)
            return changed

        changed = await self._database.write(work)
        self._known.pop(changed.prefix, None)
        return changed


def _check_expiry(key: ApiKey, now: datetime) -> None:
    if key.expires_at is not None and key.expires_at <= now:
        raise InvalidRequestError(
            f"`expires_at={key.expires_at:%Y-%m-%d %H:%M}` is over already: give a later time, or revoke the key"
        )


def _put(connection: sa.Connection, statement: sa.Executable, name: str) -> None:
    try:
        with connection.begin_nested():
            connection.execute(statement)
    except IntegrityError:
        raise InvalidRequestError(
            f"there is a key named `{name}` already: choose another name, or revoke that one first"
        ) from None


def _find(connection: sa.Connection, which: str, *, lock: bool = False) -> ApiKey:
    query = (
        sa.select(api_keys)
        .where((api_keys.c.id == which) | (api_keys.c.prefix == which[:SHOWN]) | (api_keys.c.name == which))
        .order_by(api_keys.c.name == which, api_keys.c.revoked_at.is_not(None), api_keys.c.revoked_at.desc())
        .limit(1)
    )
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        named = f"{which[:SHOWN]}..." if shown_part(which) else which  # somebody may have pasted a secret
        raise KeyNotFoundError(f"there is no key `{named}`: `video-gen keys list` shows all")
    return _key(row)


def _key(row: Row) -> ApiKey:
    known = {name: row[name] for name in ApiKey.model_fields}
    return ApiKey(**{**known, "scopes": frozenset(map(Scope, row["scopes"])), "models": tuple(row["models"])})


def _row(key: ApiKey) -> dict[str, Any]:
    """Return the columns of a key that may change."""
    kept = {"id", "prefix", "created_at", "last_used_at"}
    columns = {name: value for name, value in dict(key).items() if name not in kept}
    return columns | {"scopes": sorted(key.scopes), "models": list(key.models)}
