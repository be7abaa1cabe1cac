"""An epoch of a person's credentials: what was given out in an earlier one is worth nothing; undoing a change of address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_01"
down_revision = "20261123_13"
branch_labels = None
depends_on = None

PURPOSE = "ck_mailed_tokens_purpose"


def upgrade() -> None:
    """Everything that is out holds in the first epoch."""
    op.add_column("users", sa.Column("credential_epoch", sa.Integer(), nullable=False, server_default="1"))
    for table in ("sessions", "api_tokens", "mailed_tokens"):
        op.add_column(table, sa.Column("epoch", sa.Integer(), nullable=False, server_default="1"))
    op.drop_constraint(op.f(PURPOSE), "mailed_tokens")
    op.create_check_constraint(
        op.f(PURPOSE), "mailed_tokens", "purpose IN ('verify_email', 'reset_password', 'undo_email')"
    )


def downgrade() -> None:
    """Links that undo a change of address are lost."""
    op.execute("DELETE FROM mailed_tokens WHERE purpose = 'undo_email'")
    op.drop_constraint(op.f(PURPOSE), "mailed_tokens")
    op.create_check_constraint(op.f(PURPOSE), "mailed_tokens", "purpose IN ('verify_email', 'reset_password')")
    for table in ("mailed_tokens", "api_tokens", "sessions"):
        op.drop_column(table, "epoch")
    op.drop_column("users", "credential_epoch")
