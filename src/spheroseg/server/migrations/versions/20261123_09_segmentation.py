"""Runs, their results and outlines, and people's edits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_09"
down_revision = "20261123_08"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("model_name", sa.Text(), nullable=False),
        sa.Column("model_hash", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("n_items", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_runs_state")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_runs_created_by_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_runs_project_id_projects"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_created_by", "runs", ["created_by"], unique=False)
    op.create_index("ix_runs_project", "runs", ["project_id", "created_at", "id"], unique=False)
    op.create_index(
        "uq_runs_idempotency",
        "runs",
        ["created_by", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.create_table(
        "artefacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cache_key", sa.LargeBinary(), nullable=False),
        sa.Column("storage_prefix", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artefacts")),
        sa.UniqueConstraint("cache_key", name=op.f("uq_artefacts_cache_key")),
    )
    op.create_table(
        "results",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("image_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_reason", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("from_cache", sa.Boolean(), nullable=False),
        sa.Column("artefact_id", sa.Uuid(), nullable=True),
        sa.Column("maps_id", sa.Uuid(), nullable=True),
        sa.Column("measure_columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("run_card", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("n_objects", sa.Integer(), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_results_state")
        ),
        sa.ForeignKeyConstraint(
            ["artefact_id"], ["artefacts.id"], name=op.f("fk_results_artefact_id_artefacts"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("fk_results_image_id_images"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["maps_id"], ["artefacts.id"], name=op.f("fk_results_maps_id_artefacts"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_results_project_id_projects"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_results_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results")),
        sa.UniqueConstraint("project_id", "id", name=op.f("uq_results_project_id_id")),
        sa.UniqueConstraint("run_id", "image_id", "frame", name=op.f("uq_results_run_id_image_id_frame")),
    )
    op.create_index("ix_results_artefact", "results", ["artefact_id"], unique=False)
    op.create_index(
        "ix_results_finished", "results", ["finished_at"], unique=False, postgresql_where=sa.text("state = 'done'")
    )
    op.create_index("ix_results_image", "results", ["image_id", "frame", "id"], unique=False)
    op.create_index(
        "ix_results_lane",
        "results",
        ["user_id", "urgency", "turn"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_index("ix_results_maps", "results", ["maps_id"], unique=False)
    op.create_index(
        "ix_results_queue", "results", ["turn", "id"], unique=False, postgresql_where=sa.text("state = 'queued'")
    )
    op.create_index("ix_results_run_state", "results", ["run_id", "state"], unique=False)
    op.create_index(
        "ix_results_running", "results", ["turn"], unique=False, postgresql_where=sa.text("state = 'running'")
    )
    op.create_table(
        "objects",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("class_name", sa.Text(), nullable=False),
        sa.Column("polygons", sa.LargeBinary(), nullable=False),
        sa.Column("x_min", sa.REAL(), nullable=False),
        sa.Column("y_min", sa.REAL(), nullable=False),
        sa.Column("x_max", sa.REAL(), nullable=False),
        sa.Column("y_max", sa.REAL(), nullable=False),
        sa.Column("confidence", sa.REAL(), nullable=True),
        sa.Column("flags", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("measures", sa.ARRAY(sa.Float(precision=53)), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "result_id"],
            ["results.project_id", "results.id"],
            name="fk_objects_results",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "result_id", "number", name=op.f("pk_objects")),
        postgresql_partition_by="HASH (project_id)",
    )
    op.create_table(
        "edits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_undone", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_edits_author_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_edits_project_id_projects"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["results.id"], name=op.f("fk_edits_result_id_results"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edits")),
        sa.UniqueConstraint("result_id", "sequence", name=op.f("uq_edits_result_id_sequence")),
    )
    op.create_index(op.f("ix_edits_author_id"), "edits", ["author_id"], unique=False)
    op.create_index(op.f("ix_edits_project_id"), "edits", ["project_id"], unique=False)

    for part in range(16):
        op.execute(f"CREATE TABLE objects_{part} PARTITION OF objects FOR VALUES WITH (MODULUS 16, REMAINDER {part})")
    op.create_foreign_key(
        op.f("fk_frames_result_id_results"), "frames", "results", ["result_id"], ["id"], ondelete="SET NULL"
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_constraint(op.f("fk_frames_result_id_results"), "frames", type_="foreignkey")
    op.drop_table("edits")
    op.drop_table("objects")
    op.drop_table("results")
    op.drop_table("artefacts")
    op.drop_table("runs")
