"""A disk or a store that refuses: nothing is half done, and the message says what to do."""

import asyncio
import contextlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from paid_world import PRICE, PaidWorld, make_plan
from test_store import claimed, new_attempt, new_job

from video_gen.engine import ledger, migrate, rows, schema
from video_gen.engine.admission import Lane
from video_gen.engine.sqlite import SqliteDatabase
from video_gen.engine.store import Store
from video_gen.exceptions import ConfigurationError, StorageError
from video_gen.spec import Status


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


async def make(path: Path) -> None:
    await (await Store.open(path)).close()


# --- versions ------------------------------------------------------------------------------------------------------


async def test_the_migrations_make_the_tables_the_program_uses(path: Path):
    await make(path)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, schema.metadata) == []
        assert migrate.revision_of(connection) == schema.HEAD
        made = {
            (table, index["name"], tuple(index["column_names"]))
            for table in schema.metadata.tables
            for index in sa.inspect(connection).get_indexes(table)
        }
    engine.dispose()
    assert made >= {
        (index.table.name, index.name, tuple(column.name for column in index.columns))
        for table in schema.metadata.tables.values()
        for index in table.indexes
    }


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).with_name("migrations")))
    return config


def make_older(path: Path, revision: str = "0001") -> None:
    """Make the store of an older version."""
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


async def test_what_an_older_store_holds_is_all_there(path: Path):
    make_older(path, "0002")
    job = new_job(idempotency_key="k", tags={"a": "b"})
    attempt = new_attempt(job)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for table, row in (
            (schema.jobs, rows.new_job_row(job, "h")),
            (schema.attempts, rows.attempt_row(attempt)),
            (schema.events, rows.event_row(job.id, rows.Note("job.queued", "Queued."), job.created_at)),
            (schema.ledger, rows.entry_row(ledger.reserve(attempt, job.created_at))),
        ):
            known = {column["name"] for column in sa.inspect(connection).get_columns(table.name)} & set(row)
            then = sa.table(table.name, *(sa.column(name, table.c[name].type) for name in known))
            connection.execute(sa.insert(then), {name: row[name] for name in known})
    engine.dispose()
    store = await Store.open(path)
    assert await store.get(job.id) == job
    assert await store.attempts(job.id) == [attempt]
    assert [event.message for event in await store.events(job.id)] == ["Queued."]
    assert await store.balance(job.id, whose=None) == ledger.Balance(held=attempt.reserved)
    assert await store.of_key("k", "h") == job
    await store.delete((await store.cancel((await store.create(new_job(), "h", [])).id, job.created_at)).id)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    await store.close()


def test_head_is_the_last_migration():
    config = alembic_config()
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


async def test_a_store_is_migrated_once_and_opened_many_times(path: Path):
    await asyncio.gather(*(make(path) for _ in range(4)))
    store = await Store.open(path)
    job = await store.create(new_job(), "h", [])
    await store.close()
    store = await Store.open(path)
    assert await store.get(job.id) == job
    await store.close()


async def test_a_store_of_a_newer_version_is_left_alone(path: Path):
    await make(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(ConfigurationError, match=r"made by a newer version of video-gen.*9999.*upgrade video-gen, or"):
        await Store.open(path)


async def test_a_commit_is_on_the_disk(path: Path):
    database = await SqliteDatabase.open(path)

    def pragmas(connection: sa.Connection) -> list[object]:
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]

    assert await database.write(pragmas) == ["wal", 2], "write-ahead log, and FULL"
    assert (await database.read(lambda db: db.exec_driver_sql("PRAGMA foreign_keys").scalar())) == 1
    with pytest.raises(StorageError, match="read-only"):
        await database.read(lambda db: db.execute(sa.delete(schema.jobs)))
    await database.close()


# --- refusals ------------------------------------------------------------------------------------------------------


async def test_a_full_disk_refuses_what_does_not_fit_and_nothing_else(path: Path):
    store = await Store.open(path)
    small = await store.create(new_job(), "h", [])
    pages = await store._database.write(lambda db: db.exec_driver_sql("PRAGMA page_count").scalar())
    await store._database.write(lambda db: db.exec_driver_sql(f"PRAGMA max_page_count={pages + 4}").scalar())
    huge = new_job("x" * 90_000)
    results = await asyncio.gather(
        store.cancel(small.id, new_job().created_at),
        store.create(huge, "h", []),
        store.claim("nobody", new_job().created_at),
        return_exceptions=True,
    )
    assert results[0].status is Status.CANCELLED
    assert isinstance(results[1], StorageError)
    assert f"the disk is full: `{path}` cannot grow; free some space" in str(results[1])
    assert results[2] is None
    await store._database.write(lambda db: db.exec_driver_sql("PRAGMA max_page_count=100000").scalar())
    assert await store.create(huge, "h", []) == huge, "with room again, it goes on"
    await store.close()


LIMITED = """
import asyncio, resource, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from test_store import new_job
from video_gen.engine.store import Store
from video_gen.exceptions import StorageError

async def main():
    store = await Store.open(Path({path!r}))
    resource.setrlimit(resource.RLIMIT_FSIZE, (800_000, 800_000))
    try:
        for number in range(1000):
            await store.create(new_job("x" * 5000, id=f"job-{{number}}"), "h", [])
    except StorageError as error:
        print(number, error)

asyncio.run(main())
"""


def test_a_file_that_may_not_grow_is_a_storage_error_and_loses_nothing(path: Path):
    script = textwrap.dedent(LIMITED).format(tests=str(Path(__file__).parent), path=str(path))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    stored, words = done.stdout.split(maxsplit=1)
    assert f"the disk refused to read or write `{path}`" in words

    async def count() -> int:
        store = await Store.open(path)
        try:
            return len((await store.page(limit=1000)).jobs)
        finally:
            await store.close()

    assert asyncio.run(count()) == int(stored) > 3


async def test_a_store_that_has_to_be_changed_waits_for_the_lock(path: Path):
    make_older(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="stayed locked"):
        await SqliteDatabase.open(path, busy_seconds=0.2)
    other.execute("COMMIT")
    other.close()
    await make(path)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert migrate.revision_of(connection) == schema.HEAD
        assert sa.inspect(connection).has_table("job_keys")
    engine.dispose()


async def test_a_lock_that_is_not_given_up_is_said(path: Path):
    await make(path)
    store = Store(await SqliteDatabase.open(path, busy_seconds=0.2))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match=r"stayed locked by another process for 0\.2 s"):
        await store.create(new_job(), "h", [])
    begun = asyncio.get_running_loop().time()
    writes = [store.create(new_job(), "h", []) for _ in range(50)]
    refused = await asyncio.gather(*writes, return_exceptions=True)
    assert {type(error) for error in refused} == {StorageError}
    assert asyncio.get_running_loop().time() - begun < 3, "fifty wait no longer than one"
    looking = Store(await SqliteDatabase.open(path, busy_seconds=0.2))
    assert (await looking.page(limit=1)).jobs == (), "who only looks needs no lock"
    await looking.close()
    other.execute("COMMIT")
    other.close()
    job = await store.create(new_job(), "h", [])
    assert await store.get(job.id) == job
    await store.close()
    with pytest.raises(StorageError, match="the store is closed"):
        await store.create(new_job(), "h", [])


@pytest.mark.parametrize("content", [b"not a database, though long enough to be looked at" * 40, b"\x00" * 4096])
async def test_a_file_that_is_no_store_is_said(path: Path, content: bytes):
    path.write_bytes(content)
    with pytest.raises(StorageError, match="is no store of video-gen"):
        await Store.open(path)
    assert path.read_bytes() == content


async def test_a_folder_in_the_way_is_said(path: Path):
    path.mkdir()
    with pytest.raises(StorageError, match="cannot be opened"):
        await Store.open(path)


@pytest.fixture
def anyones() -> Iterator[Path]:
    """A folder that a user without rights can reach; pytest's own are private."""
    folder = Path(tempfile.mkdtemp(prefix="video-gen-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


READ_ONLY = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_store import new_job
from video_gen.engine.store import Store
from video_gen.exceptions import StorageError
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)

async def main():
    try:
        store = await Store.open(Path({path!r}))
        await store.create(new_job(), "h", [])
    except StorageError as error:
        print(error)

asyncio.run(main())
"""


@pytest.mark.parametrize("exists", [True, False], ids=["store", "no-store"])
def test_a_home_that_may_not_be_written_is_said(anyones: Path, exists: bool):  # noqa: FBT001
    path = anyones / "home" / "store.db"
    path.parent.mkdir()
    if exists:
        asyncio.run(make(path))
        path.chmod(0o444)
    path.parent.chmod(0o555)
    script = textwrap.dedent(READ_ONLY).format(tests=str(Path(__file__).parent), path=str(path))
    try:
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    finally:
        path.parent.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert str(path) in done.stdout
    assert "VIDEO_GEN_HOME" in done.stdout


# --- a job on a full disk ------------------------------------------------------------------------------------------


async def test_a_providers_answer_is_kept_in_hand_until_the_store_takes_it(
    world: PaidWorld, home: Path, outputs: Path, monkeypatch: pytest.MonkeyPatch
):
    """The disk fills up between the submit and the note of its answer."""
    jobs = await world.jobs(home, outputs)
    full, refused = asyncio.Event(), 0
    plain = Store.record

    async def record(store: Store, step):
        nonlocal refused
        if full.is_set():
            refused += 1
            raise StorageError("the disk is full")
        return await plain(store, step)

    def fill(name: str) -> None:
        if name == "after POST /jobs":
            full.set()

    monkeypatch.setattr(Store, "record", record)
    world.point = fill
    jobs.run()
    job = await jobs.create(make_plan())
    async with asyncio.timeout(20):
        while refused < 2:
            await asyncio.sleep(0.02)
    full.clear()
    job = await jobs.wait(job.id, timeout_s=20)
    await jobs.close()
    assert job.status is Status.COMPLETED
    assert len(world.accepted()) == 1


async def test_a_full_outputs_disk_is_told_and_the_video_waits(world: PaidWorld, home: Path, tmp_path: Path):
    """The folder for videos cannot be written; the download stays in the home until it can."""
    blocked = tmp_path / "blocked"
    jobs = await world.jobs(home, tmp_path / "outputs")
    job = await jobs.create(make_plan(), out=f"{blocked}/film.mp4")
    blocked.write_text("a file where a folder should be")
    jobs.run()
    with pytest.raises(StorageError, match=r"film\.mp4` cannot be written"):
        await jobs.wait(job.id, timeout_s=20)
    assert (await jobs.get(job.id)).status is Status.RUNNING, "a paid job is not failed by our own disk"
    assert len(list((home / "work").iterdir())) == 1
    collected = len([name for name in world.calls if name.startswith("GET")])
    blocked.unlink()
    async with asyncio.timeout(20):
        while not (job := await jobs.get(job.id)).status.terminal:
            await asyncio.sleep(0.05)
    await jobs.close()
    assert job.artifacts[0].path == str(blocked / "film.mp4")
    assert len([name for name in world.calls if name.startswith("GET")]) == collected, "nothing is fetched again"
    assert (job.cost, len(world.accepted())) == (PRICE, 1)


async def test_claimed_work_survives_a_closed_store(path: Path):
    store = await Store.open(path)
    job = await store.create(new_job(), "h", [])
    await claimed(store, job)
    await store.close()
    store = await Store.open(path)
    assert (await store.running()) == [(job.id, Lane(job.plan.provider))]
    await store.close()
    assert not path.with_name("store.db-wal").exists(), "closed cleanly, all of it is in the one file"
