"""What people say of which object is which over time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_51"
down_revision = "20261126_50"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Beside the layout, which has one version for all that people say of a plate."""
    column = sa.Column("links", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="[]")
    op.add_column("plate_layouts", column)
    op.alter_column("plate_layouts", "links", server_default=None)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("plate_layouts", "links")
