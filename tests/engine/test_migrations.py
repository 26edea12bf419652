"""A store that an older version made, with jobs in flight, is brought up to date and its jobs are finished.

`store_0002.json` holds the rows of such a version, as it left them when it was killed at four steps of a job's life.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from paid_world import PRICE, PaidWorld
from pydantic import SecretStr

import video_gen.engine.migrate as migrating
from video_gen.engine.places import STORE, Shared
from video_gen.engine.postgres import url_of
from video_gen.engine.schema import HEAD
from video_gen.exceptions import ConfigurationError
from video_gen.spec import Status

LEFT = json.loads((Path(__file__).parents[1] / "data" / "store_0002.json").read_text(encoding="utf-8"))
PHASES = {"queued", "intent", "generating", "collecting"}


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(tmp_path / STORE)))
    else:
        engine = sa.create_engine(url_of(request.getfixturevalue("database_url")))
    yield engine
    engine.dispose()


def apply_steps(connection: sa.Connection, revision: str) -> None:
    """Bring an empty database, step by step, to a revision."""
    config = Config()
    config.set_main_option("script_location", str(migrating._FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def make_store(url: sa.URL | str, revision: str, outputs: Path) -> None:
    """Make the tables of a revision, and put the rows into them."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        apply_steps(connection, revision)
        for name, rows in LEFT["tables"].items():
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            connection.execute(sa.insert(table), [_row(table, row, outputs) for row in rows])
    engine.dispose()


def tables_of(connection: sa.Connection) -> dict[str, Any]:
    """All that a database knows of its tables, with the names of constraints, which later steps may need."""

    def plain(facts: Any) -> Any:
        if isinstance(facts, dict):
            return {name: plain(fact) for name, fact in facts.items() if name != "comment"}
        return sorted(map(repr, map(plain, facts))) if isinstance(facts, list) else str(facts)

    look = sa.inspect(connection)
    return {
        name: {
            "columns": plain(look.get_columns(name)),
            "primary key": plain(look.get_pk_constraint(name)),
            "foreign keys": plain(look.get_foreign_keys(name)),
            "unique": plain(look.get_unique_constraints(name)),
            "indexes": plain(look.get_indexes(name)),
            "checks": plain(look.get_check_constraints(name)),
        }
        for name in look.get_table_names()
    }


def test_a_new_store_has_the_tables_that_the_steps_end_at(any_database: sa.Engine):
    with any_database.begin() as connection:
        apply_steps(connection, HEAD)
        stepped = tables_of(connection)
        both = sa.MetaData()
        both.reflect(connection)
        both.drop_all(connection)
        assert tables_of(connection) == {}
        migrating.migrate(connection, "a new store")
        assert tables_of(connection) == stepped
        assert len(stepped) > 10
        assert migrating.revision_of(connection) == HEAD


def _row(table: sa.Table, row: dict[str, Any], outputs: Path) -> dict[str, Any]:
    def value(column: sa.Column[Any], found: Any) -> Any:
        if isinstance(column.type, sa.DateTime) and found is not None:
            moment = datetime.fromisoformat(found)
            return moment.replace(tzinfo=UTC) if column.type.timezone else moment
        if isinstance(column.type, sa.JSON) and found is None:
            return sa.null()
        return found.replace("OUTPUTS", str(outputs)) if isinstance(found, str) else found

    return {name: value(table.c[name], found) for name, found in row.items()}


@pytest.mark.parametrize("revision", ["0001", "0002"])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_jobs_in_flight_are_finished(request, world: PaidWorld, tmp_path: Path, database: str, revision: str):
    home, outputs, more = tmp_path / "home", tmp_path / "outputs", {}
    home.mkdir()
    if database == "sqlite":
        make_store(sa.URL.create("sqlite", database=str(home / STORE)), revision, outputs)
    else:
        url = request.getfixturevalue("database_url")
        make_store(url_of(url), revision, outputs)
        more["shared"] = Shared(url=SecretStr(url), lease_seconds=3)
    lines = [json.dumps(line) + "\n" for line in LEFT["accepted"]]
    (world.folder / "accepted").write_text("".join(lines), encoding="utf-8")
    world.expiring = True
    jobs = await world.jobs(home, outputs, **more)
    before = {job.id: job for job in (await jobs.page()).jobs}
    assert {job.tags["phase"] for job in before.values()} == PHASES
    jobs.run()
    done = [await jobs.wait(job_id, timeout_s=30) for job_id in before]
    balance = await jobs.balance()
    await jobs.close()
    assert {job.status for job in done} == {Status.COMPLETED}
    assert len(world.accepted()) == 4, "three were paid before, and the queued one now"
    assert (balance.held, balance.spent) == (0, 4 * PRICE)
    for job in done:
        known = before[job.id]
        assert (job.idempotency_key, job.priority, job.owner) == (known.idempotency_key, 1, None)
        assert Path(job.artifacts[0].path).stat().st_size == job.artifacts[0].info.bytes


async def test_a_newer_store_is_left_alone(world: PaidWorld, database_url: str, tmp_path: Path):
    jobs = await world.jobs(tmp_path / "home", tmp_path / "outputs", shared=Shared(url=SecretStr(database_url)))
    await jobs.close()
    engine = sa.create_engine(url_of(database_url))
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ConfigurationError, match="made by a newer version"):
        await world.jobs(tmp_path / "home", tmp_path / "outputs", shared=Shared(url=SecretStr(database_url)))
