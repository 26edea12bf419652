"""The newest attempts are found without reading all: how models have been doing lately.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_attempts_ended_at", "attempts", ["ended_at"])
