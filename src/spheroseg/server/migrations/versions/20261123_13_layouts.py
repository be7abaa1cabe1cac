"""Which measures a result has, in which order, as one word: tables are sorted and filtered by a measure of any result."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_13"
down_revision = "20261123_12"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the database derive it, also for what is there."""
    derived = sa.Computed("md5((jsonb_path_query_array(measure_columns, '$[*].name'))::text)", persisted=True)
    op.add_column("results", sa.Column("layout", sa.Text(), derived, nullable=False))
    op.create_index("ix_results_layout", "results", ["project_id", "layout"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_results_layout", "results")
    op.drop_column("results", "layout")
