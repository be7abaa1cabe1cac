"""Which objects a project leaves out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_42"
down_revision = "20261126_41"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None at first."""
    op.add_column(
        "projects",
        sa.Column("exclusion", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_column("projects", "exclusion")
