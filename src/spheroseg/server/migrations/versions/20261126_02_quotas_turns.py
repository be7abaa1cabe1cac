"""Indexes for what people and projects have, and for whose turn it is to have an image prepared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_02"
down_revision = "20261126_01"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_index(
        "ix_images_person_bytes", "images", ["uploaded_by", "size_bytes"], postgresql_where=sa.text("series = 0")
    )
    op.create_index(
        "ix_images_project_bytes", "images", ["project_id", "size_bytes"], postgresql_where=sa.text("series = 0")
    )
    op.execute(
        "CREATE INDEX ix_procrastinate_jobs_preparation ON procrastinate_jobs ((args->>'user_id'), priority)"
        " WHERE task_name LIKE 'images:prepare%' AND status = 'todo'"
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP INDEX ix_procrastinate_jobs_preparation")
    op.drop_index("ix_images_project_bytes", "images")
    op.drop_index("ix_images_person_bytes", "images")
