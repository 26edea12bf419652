"""Webhooks that are told of one job, in the words of the dialect that it was handed in by.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    # In words of its own: SQLite takes a foreign key with a new column, and Alembic would add it afterwards.
    op.execute(
        "ALTER TABLE webhooks ADD COLUMN job_id VARCHAR(64) "
        "CONSTRAINT fk_webhooks_job_id_jobs REFERENCES jobs (id) ON DELETE CASCADE"
    )
    op.add_column("webhooks", sa.Column("dialect", sa.String(32), nullable=False, server_default="native"))
    op.drop_index("ix_webhooks_owner", "webhooks")
    op.create_index("ix_webhooks_owner_job_id", "webhooks", ["owner", "job_id"])
    op.create_index("ix_webhooks_job_id", "webhooks", ["job_id"])
