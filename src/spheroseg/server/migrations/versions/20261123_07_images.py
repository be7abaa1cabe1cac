"""Files, uploads, images and their frames."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_07"
down_revision = "20261123_06"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("sha256", name=op.f("uq_files_sha256")),
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("relative_path", sa.Text(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("image_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_uploads_project_id_projects"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_uploads_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(op.f("ix_uploads_expires_at"), "uploads", ["expires_at"], unique=False)
    op.create_index(op.f("ix_uploads_project_id"), "uploads", ["project_id"], unique=False)
    op.create_index(op.f("ix_uploads_user_id"), "uploads", ["user_id"], unique=False)
    op.create_table(
        "images",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("upload_id", sa.Uuid(), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("idempotency_part", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False),
        sa.Column("relative_path", sa.Text(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("n_series", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("n_frames", sa.Integer(), nullable=False),
        sa.Column("n_channels", sa.Integer(), nullable=False),
        sa.Column("n_slices", sa.Integer(), nullable=False),
        sa.Column("dtype", sa.Text(), nullable=True),
        sa.Column("significant_bits", sa.Integer(), nullable=True),
        sa.Column("is_rgb", sa.Boolean(), nullable=False),
        sa.Column("channel_names", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("display_ranges", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pixel_size_x_um", sa.Float(precision=53), nullable=True),
        sa.Column("pixel_size_y_um", sa.Float(precision=53), nullable=True),
        sa.Column("pixel_size_source", sa.Text(), nullable=False),
        sa.Column("z_step_um", sa.Float(precision=53), nullable=True),
        sa.Column("time_step_s", sa.Float(precision=53), nullable=True),
        sa.Column("notes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("well", sa.Text(), nullable=False),
        sa.Column("well_row", sa.Integer(), nullable=False),
        sa.Column("well_column", sa.Integer(), nullable=False),
        sa.Column("field", sa.Integer(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("z_index", sa.Integer(), nullable=True),
        sa.Column("time_s", sa.Float(precision=53), nullable=False),
        sa.Column("time_index", sa.Integer(), nullable=True),
        sa.Column("segmentation_state", sa.Text(), nullable=False),
        sa.Column("n_objects", sa.Integer(), nullable=False),
        sa.Column("is_edited", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "segmentation_state IN ('none', 'queued', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_images_segmentation_state"),
        ),
        sa.CheckConstraint("state IN ('processing', 'ready', 'failed')", name=op.f("ck_images_state")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_images_file_id_files"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_images_project_id_projects"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["users.id"], name=op.f("fk_images_uploaded_by_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_images")),
    )
    op.create_index("ix_images_changed", "images", ["project_id", "changed", "id"], unique=False)
    op.create_index(
        "ix_images_expired", "images", ["deleted_at"], unique=False, postgresql_where=sa.text("deleted_at IS NOT NULL")
    )
    op.create_index("ix_images_file", "images", ["file_id"], unique=False)
    op.create_index(
        "ix_images_list_created",
        "images",
        ["project_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_images_list_name",
        "images",
        ["project_id", "name_key", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_images_list_objects",
        "images",
        ["project_id", "n_objects", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_images_list_segmentation",
        "images",
        ["project_id", "segmentation_state", "name_key", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_images_list_size",
        "images",
        ["project_id", "size_bytes", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_images_list_well",
        "images",
        ["project_id", "plate", "well_row", "well_column", "time_s", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index("ix_images_same", "images", ["project_id", "file_id", "name_key", "series"], unique=False)
    op.create_index(
        "ix_images_trash",
        "images",
        ["project_id", "deleted_at", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_images_uploaded_by"), "images", ["uploaded_by"], unique=False)
    op.create_index(
        "uq_images_idempotency",
        "images",
        ["uploaded_by", "idempotency_key", "idempotency_part", "series"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.create_table(
        "frames",
        sa.Column("image_id", sa.Uuid(), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("time_s", sa.Float(precision=53), nullable=True),
        sa.Column("result_id", sa.Uuid(), nullable=True),
        sa.Column("n_objects", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("fk_frames_image_id_images"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("image_id", "frame", name=op.f("pk_frames")),
    )
    op.create_index(op.f("ix_frames_result_id"), "frames", ["result_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("frames")
    op.drop_table("images")
    op.drop_table("uploads")
    op.drop_table("files")
