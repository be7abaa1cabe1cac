"""What the objects of each frame add up to, so that a plate of millions of objects is analysed from its frames."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_43"
down_revision = "20261126_42"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An empty table; rows are made when somebody looks at a plate."""
    op.create_table(
        "frame_sizes",
        sa.Column("image_id", sa.Uuid(), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("sums", postgresql.ARRAY(sa.Float(53)), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("fk_frame_sizes_image_id_images"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("image_id", "frame", name=op.f("pk_frame_sizes")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("frame_sizes")
