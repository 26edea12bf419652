"""Brings a store to this version's tables; forward only."""

from pathlib import Path

import sqlalchemy as sa

from video_gen.engine.schema import HEAD
from video_gen.exceptions import ConfigurationError

_FOLDER = Path(__file__).with_name("migrations")


def revision_of(connection: sa.Connection) -> str | None:
    """Return the step a store stands at; None when it is new."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def migrate(connection: sa.Connection, where: str) -> None:
    """Apply the steps a store lacks, in the caller's transaction, which must keep other writers out.

    Args:
        connection: Inside a transaction.
        where: What the store is called in messages.

    Raises:
        ConfigurationError: a newer version made the store.
    """
    found = revision_of(connection)
    if found == HEAD:
        return
    # Costs 0.1 s to import and is needed once in a store's life.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise ConfigurationError(
            f"the store `{where}` was made by a newer version of video-gen (its tables are at step {found}, this "
            f"version knows up to {HEAD}): upgrade video-gen, or set VIDEO_GEN_HOME to another folder"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
