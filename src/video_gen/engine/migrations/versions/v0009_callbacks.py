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
    # SQLite adds no constraint, so there the table is made anew and filled from the old one.
    with op.batch_alter_table("webhooks") as webhooks:
        webhooks.add_column(sa.Column("job_id", sa.String(64)))
        webhooks.add_column(sa.Column("dialect", sa.String(32), nullable=False, server_default="native"))
        webhooks.create_foreign_key("fk_webhooks_job_id", "jobs", ["job_id"], ["id"], ondelete="CASCADE")
    op.drop_index("ix_webhooks_owner", "webhooks")
    op.create_index("ix_webhooks_owner_job_id", "webhooks", ["owner", "job_id"])
    op.create_index("ix_webhooks_job_id", "webhooks", ["job_id"])
