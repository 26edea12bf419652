"""When a job is given up, and whether its provider has sent news of it.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and order the queue by owner too."""
    op.add_column("jobs", sa.Column("deadline", sa.DateTime(timezone=True)))
    op.add_column("jobs", sa.Column("heard", sa.Boolean, nullable=False, server_default=sa.false()))
    op.drop_index("ix_jobs_status_provider_priority_seq", "jobs")
    op.create_index(
        "ix_jobs_status_provider_owner_priority_seq", "jobs", ["status", "provider", "owner", "priority", "seq"]
    )
    op.create_index("ix_jobs_status_deadline", "jobs", ["status", "deadline"])
    op.create_index("ix_jobs_status_heard", "jobs", ["status", "heard"])
