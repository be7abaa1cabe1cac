"""What was uploaded together, and the run that is to follow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_41"
down_revision = "20261126_40"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "upload_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("n_files", sa.Integer(), nullable=False),
        sa.Column("wanted", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("last_arrival_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_upload_batches_created_by_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_upload_batches_project_id_projects"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_upload_batches_run_id_runs"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_batches")),
    )
    op.create_index(op.f("ix_upload_batches_created_by"), "upload_batches", ["created_by"])
    op.create_index(op.f("ix_upload_batches_run_id"), "upload_batches", ["run_id"])
    op.create_index("ix_upload_batches_project", "upload_batches", ["project_id", "created_at"])
    op.create_index(
        "ix_upload_batches_waiting",
        "upload_batches",
        ["last_arrival_at"],
        postgresql_where=sa.text("is_open AND wanted IS NOT NULL"),
    )
    op.create_table(
        "upload_batch_files",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Uuid(), nullable=True),
        sa.Column("is_asked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["upload_batches.id"],
            name=op.f("fk_upload_batch_files_batch_id_upload_batches"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("fk_upload_batch_files_image_id_images"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("batch_id", "place", name=op.f("pk_upload_batch_files")),
    )
    op.create_index(op.f("ix_upload_batch_files_image_id"), "upload_batch_files", ["image_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("upload_batch_files")
    op.drop_table("upload_batches")
