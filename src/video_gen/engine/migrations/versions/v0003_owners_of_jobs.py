"""Whose a job is, in jobs and ledger; idempotency keys are unique for each owner.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OF_INSTALLATION = sa.text("owner IS NULL")


def upgrade() -> None:
    """Add the columns; what stands there already is the installation's."""
    # SQLite drops no constraint, so there the table is made anew and filled from the old one.
    with op.batch_alter_table("jobs", table_kwargs={"sqlite_autoincrement": True}) as jobs:
        jobs.add_column(sa.Column("owner", sa.String(64)))
        jobs.drop_constraint("uq_jobs_idempotency_key", type_="unique")
    op.create_index("ix_jobs_owner_seq", "jobs", ["owner", "seq"])
    op.create_index("ix_jobs_request_hash", "jobs", ["request_hash"])
    op.create_index("ix_jobs_owner_idempotency_key", "jobs", ["owner", "idempotency_key"], unique=True)
    op.create_index(
        "ix_jobs_idempotency_key_of_installation",
        "jobs",
        ["idempotency_key"],
        unique=True,
        sqlite_where=OF_INSTALLATION,
        postgresql_where=OF_INSTALLATION,
    )
    op.add_column("ledger", sa.Column("owner", sa.String(64)))
