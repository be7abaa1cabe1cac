"""Review of frames, and what frames and images say of the outlines that they show."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_12"
down_revision = "20261123_11"
branch_labels = None
depends_on = None

_LIVE = sa.text("deleted_at IS NULL")
_TO_REVIEW = sa.text("deleted_at IS NULL AND n_unreviewed > 0")
_FLAGGED = sa.text("deleted_at IS NULL AND flags <> '{}'")
_INDEXES: dict[str, tuple[list[str | sa.TextClause], sa.TextClause]] = {
    "ix_images_list_review": (["project_id", "review", "name_key", "id"], _LIVE),
    "ix_images_list_flagged": (["project_id", "name_key", "id"], _FLAGGED),
    "ix_images_review_next": (["project_id", "name_key", "id"], _TO_REVIEW),
    "ix_images_review_least": (["project_id", sa.text("coalesce(min_confidence, 2::real)"), "id"], _TO_REVIEW),
    "ix_images_review_flagged": (["project_id", sa.text("(- n_flags)"), "id"], _TO_REVIEW),
}

_COUNT_FRAMES = """
    UPDATE frames SET
        flags = coalesce((
            SELECT jsonb_object_agg(flag, n) FROM (
                SELECT flag, count(*) AS n FROM objects, unnest(objects.flags) AS flag
                WHERE objects.project_id = results.project_id AND objects.result_id = results.id GROUP BY flag
            ) AS counted), '{}'),
        min_confidence = (
            SELECT min(confidence) FROM objects
            WHERE objects.project_id = results.project_id AND objects.result_id = results.id)
    FROM results WHERE results.id = frames.result_id
"""
_COUNT_IMAGES = """
    UPDATE images SET
        flags = coalesce((
            SELECT array_agg(DISTINCT key ORDER BY key) FROM frames, jsonb_object_keys(frames.flags) AS key
            WHERE frames.image_id = images.id), '{}'),
        n_flags = coalesce((
            SELECT sum(each.value::integer) FROM frames, jsonb_each_text(frames.flags) AS each
            WHERE frames.image_id = images.id), 0),
        min_confidence = (SELECT min(min_confidence) FROM frames WHERE frames.image_id = images.id),
        n_unreviewed = (SELECT count(*) FROM frames WHERE frames.image_id = images.id AND result_id IS NOT NULL)
    WHERE EXISTS (SELECT FROM frames WHERE frames.image_id = images.id AND result_id IS NOT NULL)
"""


def _frame_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("review", sa.Text(), nullable=False, server_default="unreviewed"),
        sa.Column("review_reason", sa.Text(), nullable=True),
        sa.Column("review_note", sa.Text(), nullable=False, server_default=""),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("flags", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="{}"),
        sa.Column("min_confidence", sa.REAL(), nullable=True),
    ]


def _image_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("review", sa.Text(), nullable=False, server_default="unreviewed"),
        sa.Column("flags", sa.ARRAY(sa.Text()), nullable=False, server_default="{}"),
        sa.Column("n_flags", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("min_confidence", sa.REAL(), nullable=True),
        sa.Column("n_unreviewed", sa.Integer(), nullable=False, server_default="0"),
    ]


def upgrade() -> None:
    """Add the columns, count what is there, and make the indexes of the lists."""
    for table, columns in (("frames", _frame_columns()), ("images", _image_columns())):
        for column in columns:
            op.add_column(table, column)
    for table in ("frames", "images"):
        op.create_check_constraint(
            op.f(f"ck_{table}_review"), table, "review IN ('unreviewed', 'accepted', 'excluded')"
        )
    op.create_foreign_key(
        op.f("fk_frames_reviewed_by_users"), "frames", "users", ["reviewed_by"], ["id"], ondelete="SET NULL"
    )
    op.create_index("ix_frames_reviewed_by", "frames", ["reviewed_by"])
    op.execute(_COUNT_FRAMES)
    op.execute(_COUNT_IMAGES)
    for name, (indexed, where) in _INDEXES.items():
        op.create_index(name, "images", indexed, postgresql_where=where)


def downgrade() -> None:
    """Forget the reviews."""
    for name in _INDEXES:
        op.drop_index(name, "images")
    for name in ("n_unreviewed", "min_confidence", "n_flags", "flags", "review"):
        op.drop_column("images", name)
    op.drop_index("ix_frames_reviewed_by", "frames")
    op.drop_constraint(op.f("fk_frames_reviewed_by_users"), "frames", type_="foreignkey")
    for name in ("min_confidence", "flags", "reviewed_at", "reviewed_by", "review_note", "review_reason", "review"):
        op.drop_column("frames", name)
