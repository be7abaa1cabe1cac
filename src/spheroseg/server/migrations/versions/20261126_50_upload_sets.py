"""Files that are uploaded together and understood together before images are made of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_50"
down_revision = "20261126_43"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of sets, and the set of an upload."""
    op.create_table(
        "upload_sets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("n_files", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("found", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("n_added", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('arriving', 'reading', 'understood', 'adding', 'added', 'failed')",
            name=op.f("ck_upload_sets_state"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_upload_sets_project_id_projects"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_upload_sets_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_sets")),
    )
    op.create_index("ix_upload_sets_project", "upload_sets", ["project_id", "created_at"])
    op.create_index(op.f("ix_upload_sets_user_id"), "upload_sets", ["user_id"])
    op.create_index(op.f("ix_upload_sets_expires_at"), "upload_sets", ["expires_at"])
    op.add_column("uploads", sa.Column("set_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_uploads_set_id_upload_sets"), "uploads", "upload_sets", ["set_id"], ["id"], ondelete="CASCADE"
    )
    op.create_index(op.f("ix_uploads_set_id"), "uploads", ["set_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_uploads_set_id"), "uploads")
    op.drop_constraint(op.f("fk_uploads_set_id_upload_sets"), "uploads")
    op.drop_column("uploads", "set_id")
    op.drop_table("upload_sets")
