"""What only a shared database does: word of other processes' commits, locks, lost connections."""

import asyncio

import psycopg
import pytest
import sqlalchemy as sa

from video_gen.engine.migrate import revision_of
from video_gen.engine.postgres import PostgresDatabase
from video_gen.engine.schema import HEAD
from video_gen.engine.store import Store
from video_gen.exceptions import ConfigurationError, StorageError

COUNTER = sa.table("counter", sa.column("id"), sa.column("n"))


@pytest.fixture
async def two(database_url):
    """Two processes' views of one database."""
    first, second = await PostgresDatabase.open(database_url), await PostgresDatabase.open(database_url)
    await first.write(lambda db: db.exec_driver_sql("CREATE TABLE counter (id int PRIMARY KEY, n int)").close())
    await first.write(lambda db: db.execute(sa.insert(COUNTER), [{"id": 1, "n": 0}, {"id": 2, "n": 0}]).close())
    yield first, second
    await first.close()
    await second.close()


def add_one(row):
    def work(db):
        db.execute(sa.update(COUNTER).where(COUNTER.c.id == row).values(n=COUNTER.c.n + 1))

    return work


async def test_a_commit_is_heard_by_every_process(two):
    first, second = two
    with second.changes.listen() as changed:
        async with asyncio.timeout(5):
            await asyncio.sleep(0.3)  # the listener is up
            changed.clear()
            await first.write(add_one(1))
            await changed.wait()


async def test_two_processes_that_write_the_same_rows_lose_nothing(two):
    """Crosswise, so that groups of writes meet each other's locks and one of them has to begin anew."""
    first, second = two

    def both(database, one, other):
        return [database.write(add_one(row)) for _ in range(40) for row in (one, other)]

    await asyncio.gather(*both(first, 1, 2), *both(second, 2, 1))
    found = await first.read(lambda db: db.execute(sa.select(COUNTER.c.n).order_by(COUNTER.c.id)).scalars().all())
    assert found == [80, 80]


async def test_a_reader_cannot_write(two):
    first, _ = two
    with pytest.raises(StorageError, match="read-only"):
        await first.read(add_one(1))


async def test_the_first_process_makes_the_tables_and_the_others_find_them(database_url):
    stores = await asyncio.gather(*(Store.connect(database_url) for _ in range(4)))
    assert all([await store.touched(after=None) == (0, frozenset()) for store in stores])
    await asyncio.gather(*(store.close() for store in stores))
    database = await PostgresDatabase.open(database_url)
    assert await database.read(revision_of) == HEAD
    await database.close()


async def test_a_lost_connection_is_an_error_once_and_then_made_anew(two, database_url):
    first, _ = two
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'video-gen'")
    with pytest.raises(StorageError, match="cannot be used"):
        await first.write(add_one(1))
    await first.write(add_one(1))
    assert await first.read(lambda db: db.execute(sa.select(COUNTER.c.n).where(COUNTER.c.id == 1)).scalar()) == 1


async def test_a_database_that_is_not_there_is_said_without_its_password():
    with pytest.raises(StorageError) as failure:
        await Store.connect("postgresql://someone:hunter2@127.0.0.1:1/nothing")
    assert "127.0.0.1:1" in str(failure.value)
    assert "hunter2" not in str(failure.value)


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite:///x.db", "::::"])
async def test_another_database_is_refused(url):
    with pytest.raises(ConfigurationError, match="VIDEO_GEN_DATABASE_URL"):
        await Store.connect(url)
