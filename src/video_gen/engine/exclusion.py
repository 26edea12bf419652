"""One process at a time, for what has to look before it writes."""

import hashlib

import sqlalchemy as sa


def one_at_a_time(connection: sa.Connection, *what: str | None) -> None:
    """Keep every other transaction that names the same out until this one ends; whoever waited then sees what it did.

    SQLite lets one transaction write at a time anyway. PostgreSQL lets two insert past each other: there a lock of
    that name is taken. Two that wait for each other are told apart by the database, and the writer begins anew.
    """
    if connection.dialect.name == "postgresql":
        digest = hashlib.sha256(repr(what).encode()).digest()
        number = int.from_bytes(digest[:8], signed=True)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
