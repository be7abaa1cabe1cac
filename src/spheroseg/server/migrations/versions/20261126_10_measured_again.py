"""Results whose measures are of another pixel size or region than the image's now, and when they were measured again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_10"
down_revision = "20261126_03"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is due at first."""
    op.add_column("results", sa.Column("is_measuring", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("results", sa.Column("measured_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_results_measuring", "results", ["project_id"], postgresql_where=sa.text("is_measuring"))


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_results_measuring", "results")
    op.drop_column("results", "measured_at")
    op.drop_column("results", "is_measuring")
