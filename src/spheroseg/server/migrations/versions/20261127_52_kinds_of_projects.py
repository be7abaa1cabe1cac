"""The kind of a project names the rules that its runs begin with."""

from __future__ import annotations

from alembic import op

revision = "20261127_52"
down_revision = "20261126_51"
branch_labels = None
depends_on = None

BEFORE = "kind IN ('spheroid', 'cells')"
AFTER = "kind IN ('spheroid', 'cells', 'one_spheroid_a_well', 'many_organoids', 'invasion')"


def upgrade() -> None:
    """More kinds; those that there are stay."""
    op.drop_constraint(op.f("ck_projects_kind"), "projects", type_="check")
    op.create_check_constraint(op.f("ck_projects_kind"), "projects", AFTER)


def downgrade() -> None:
    """The new kinds become what they were before: spheroids."""
    op.execute("UPDATE projects SET kind = 'spheroid' WHERE kind NOT IN ('spheroid', 'cells')")
    op.drop_constraint(op.f("ck_projects_kind"), "projects", type_="check")
    op.create_check_constraint(op.f("ck_projects_kind"), "projects", BEFORE)
