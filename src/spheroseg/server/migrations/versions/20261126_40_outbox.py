"""Events that wait to be passed on to a stream."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_40"
down_revision = "20261126_10"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An empty table; rows come only where a stream is set."""
    op.create_table(
        "outbox",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_outbox"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("outbox")
