"""The audit log: a partition a month, rows are never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_06"
down_revision = "20261123_05"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "audit_log",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("token_id", sa.Uuid(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("at", "id", name=op.f("pk_audit_log")),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_audit_log_actor_id_at", "audit_log", ["actor_id", "at"], unique=False)
    op.create_index("ix_audit_log_project_id_at", "audit_log", ["project_id", "at"], unique=False)
    op.create_index("ix_audit_log_subject_id_at", "audit_log", ["subject_id", "at"], unique=False)

    op.execute("CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT")
    op.execute(
        """
        CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- a deleted account takes its addresses with it; nothing else is ever changed
            IF TG_OP = 'UPDATE' AND current_setting('spheroseg.erasing', true) = 'on'
               AND (NEW.at, NEW.id, NEW.actor_id, NEW.action, NEW.subject_type, NEW.subject_id, NEW.project_id)
                   IS NOT DISTINCT FROM
                   (OLD.at, OLD.id, OLD.actor_id, OLD.action, OLD.subject_type, OLD.subject_id, OLD.project_id)
               AND NEW.ip IS NULL AND NEW.user_agent IS NULL AND NEW.details = '{}'
            THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'audit_log is append-only';
        END
        $$
        """
    )
    op.execute(
        "CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE ON audit_log"
        " FOR EACH ROW EXECUTE FUNCTION audit_log_is_append_only()"
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("audit_log")
    op.execute("DROP FUNCTION audit_log_is_append_only")
