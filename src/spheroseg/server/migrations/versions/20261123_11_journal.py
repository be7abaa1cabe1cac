"""The journal as a tree: which step each one follows, where a result stands, and what was asked already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_11"
down_revision = "20261123_10"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give each step the one that it follows; what was undone and cannot be redone stays a side branch."""
    op.add_column("results", sa.Column("head", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("edits", sa.Column("previous", sa.Integer(), nullable=False, server_default="0"))
    for name in ("numbers_before", "numbers_after"):
        op.add_column("edits", sa.Column(name, sa.ARRAY(sa.Integer()), nullable=False, server_default="{}"))
    op.execute("""
        UPDATE results SET head = done.last FROM (
            SELECT result_id, max(sequence) AS last FROM edits WHERE NOT is_undone GROUP BY result_id
        ) AS done WHERE done.result_id = results.id
    """)
    # a step follows the last one below it that is done; of those that can be redone each follows the one before
    op.execute("""
        UPDATE edits SET previous = coalesce((
            SELECT max(below.sequence) FROM edits AS below, results
            WHERE results.id = edits.result_id AND below.result_id = edits.result_id AND below.sequence < edits.sequence
              AND (NOT below.is_undone OR below.sequence > results.head)
        ), 0),
        numbers_before = ARRAY(SELECT (one->>'number')::int FROM jsonb_array_elements(before) AS one ORDER BY 1),
        numbers_after = ARRAY(SELECT (one->>'number')::int FROM jsonb_array_elements(after) AS one ORDER BY 1)
    """)
    op.drop_column("edits", "is_undone")
    for table, name in (("results", "head"), ("edits", "previous"), ("edits", "numbers_before"),
                        ("edits", "numbers_after")):  # fmt: skip
        op.alter_column(table, name, server_default=None)
    op.create_table(
        "edit_requests",
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["result_id"], ["results.id"], name=op.f("fk_edit_requests_result_id_results"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("result_id", "client_id", name=op.f("pk_edit_requests")),
    )


def downgrade() -> None:
    """Mark the steps that do not lead to where a result stands as undone."""
    op.drop_table("edit_requests")
    op.add_column("edits", sa.Column("is_undone", sa.Boolean(), nullable=False, server_default="true"))
    op.execute("""
        WITH RECURSIVE done AS (
            SELECT id AS result_id, head AS sequence FROM results WHERE head > 0
            UNION ALL
            SELECT edits.result_id, edits.previous FROM done
            JOIN edits ON edits.result_id = done.result_id AND edits.sequence = done.sequence
            WHERE edits.previous > 0
        )
        UPDATE edits SET is_undone = false FROM done
        WHERE done.result_id = edits.result_id AND done.sequence = edits.sequence
    """)
    op.alter_column("edits", "is_undone", server_default=None)
    for name in ("numbers_after", "numbers_before", "previous"):
        op.drop_column("edits", name)
    op.drop_column("results", "head")
