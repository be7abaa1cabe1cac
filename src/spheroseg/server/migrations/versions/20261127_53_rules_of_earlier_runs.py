"""Runs of releases that had no rules say what they kept: everything."""

from __future__ import annotations

from alembic import op

revision = "20261127_53"
down_revision = "20261127_52"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A run that is looked at, repeated or not yet finished goes by the rules that it had."""
    op.execute(
        """UPDATE runs SET parameters = parameters || '{"rules": "everything"}' WHERE NOT parameters ? 'rules'"""
    )


def downgrade() -> None:
    """Earlier releases take the named rules as well."""
