"""The job queue: procrastinate's own schema, of the version that is installed.

When procrastinate changes its schema, a migration that applies its change is added here; on a database that was made
with the newer version already, that migration has nothing to do.
"""

from __future__ import annotations

import procrastinate
from alembic import op
from procrastinate.schema import SchemaManager

revision = "20261123_01"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the queue."""
    connector = procrastinate.PsycopgConnector()
    op.get_bind().exec_driver_sql(SchemaManager(connector).get_schema().replace("%", "%%"))


def downgrade() -> None:
    """Drop everything whose name begins with procrastinate."""
    op.execute(
        r"""
        DO $$
        DECLARE name text;
        BEGIN
            FOR name IN SELECT oid::regclass::text FROM pg_class
                WHERE relname LIKE 'procrastinate\_%' AND relkind = 'r' AND relnamespace = current_schema()::regnamespace
            LOOP EXECUTE format('DROP TABLE %s CASCADE', name); END LOOP;
            FOR name IN SELECT oid::regprocedure::text FROM pg_proc
                WHERE proname LIKE 'procrastinate\_%' AND pronamespace = current_schema()::regnamespace
            LOOP EXECUTE format('DROP FUNCTION %s CASCADE', name); END LOOP;
            FOR name IN SELECT oid::regtype::text FROM pg_type
                WHERE typname LIKE 'procrastinate\_%' AND typtype IN ('c', 'e')
                  AND typnamespace = current_schema()::regnamespace
            LOOP EXECUTE format('DROP TYPE %s CASCADE', name); END LOOP;
        END
        $$
        """
    )
