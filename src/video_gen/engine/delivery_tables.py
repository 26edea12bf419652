"""The tables that Procrastinate keeps in the shared database: made, and brought up to date, by the first worker.

Procrastinate ships its schema whole, and each change of it as a file. A comment on its table notes the last file that
was applied, since it keeps no such note itself.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import psycopg
from psycopg import sql

_PREPARING: Final = 0x64_65_6C_69_76  # "deliv": one number for one purpose among the database's advisory locks
_NOTED: Final = "SELECT to_regclass('procrastinate_jobs'), obj_description(to_regclass('procrastinate_jobs'))"
_MARK: Final = "video-gen: "


async def prepare(url: str) -> None:
    """Make the tables where they are missing, and apply the changes they lack, one process at a time."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_PREPARING])
        table, note = await (await connection.execute(_NOTED)).fetchone() or (None, None)
        steps = _steps()
        noted = (note or "").removeprefix(_MARK)
        for script in [_schema()] if table is None else [step for step in steps if noted and step.name > noted]:
            await connection.execute(script.read_text(encoding="utf-8").encode())
        if noted != steps[-1].name:
            comment = sql.SQL("COMMENT ON TABLE procrastinate_jobs IS {}")
            await connection.execute(comment.format(sql.Literal(f"{_MARK}{steps[-1].name}")))


def _schema() -> Traversable:
    return files("procrastinate.sql") / "schema.sql"


def _steps() -> list[Traversable]:
    folder = files("procrastinate.sql") / "migrations"
    return sorted((step for step in folder.iterdir() if step.name.endswith(".sql")), key=lambda step: step.name)
