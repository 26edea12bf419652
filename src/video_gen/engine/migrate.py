"""Brings a store to this version's tables; forward only.

A new store gets them at once, from `schema`; an older one by the steps in `migrations`, which end at the same tables.
"""

from pathlib import Path

import sqlalchemy as sa

import video_gen.engine.webhook_tables  # noqa: F401 (they are among the tables to make)
from video_gen.engine.schema import HEAD, metadata
from video_gen.exceptions import ConfigurationError

_FOLDER = Path(__file__).with_name("migrations")
_VERSION = sa.Table(  # Alembic's own, as it would make it
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def revision_of(connection: sa.Connection) -> str | None:
    """Return the step a store stands at; None when it is new."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def migrate(connection: sa.Connection, where: str) -> None:
    """Make the tables, or apply the steps a store lacks, in the caller's transaction, which keeps other writers out.

    Args:
        connection: Inside a transaction.
        where: What the store is called in messages.

    Raises:
        ConfigurationError: a newer version made the store.
    """
    found = revision_of(connection)
    if found == HEAD:
        return
    if found is None:
        _make(connection)
        return
    # Costs 0.1 s to import, for an older store alone.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    if found not in known:
        raise ConfigurationError(
            f"the store `{where}` was made by a newer version of video-gen (its tables are at step {found}, this "
            f"version knows up to {HEAD}): upgrade video-gen, or set VIDEO_GEN_HOME to another folder"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _make(connection: sa.Connection) -> None:
    metadata.create_all(connection, checkfirst=False)  # somebody else's tables are no store of ours
    _VERSION.create(connection)
    connection.execute(sa.insert(_VERSION).values(version_num=HEAD))
