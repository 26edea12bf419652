"""What a job is promised before it is reserved, and whose provider key pays.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; jobs that wait already are promised nothing, and checked when their price is reserved."""
    op.add_column("jobs", sa.Column("planned", sa.BigInteger, nullable=False, server_default=sa.text("0")))
    for table in ("jobs", "ledger"):
        op.add_column(table, sa.Column("own_key", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_jobs_created_at_owner", "jobs", ["created_at", "owner"])
    op.create_index("ix_jobs_status_owner_planned", "jobs", ["status", "owner", "planned"])
