"""Alembic's environment: one transaction a migration, bounded locks, one process at a time."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool, text

from spheroseg.server.resources.db import driver_url
from spheroseg.server.tables import METADATA

ONE_AT_A_TIME = 0x5370686572  # "Spher"


def run() -> None:
    """Apply or take back migrations on the database that `migrations.configuration` names."""
    engine = create_engine(
        driver_url(context.config.attributes["database_url"]),
        poolclass=pool.NullPool,
        connect_args={
            # a migration that has to wait for a busy table gives up instead of stopping everybody behind it
            "options": "-c lock_timeout=10000 -c statement_timeout=0 -c timezone=UTC",
            "application_name": "spheroseg-migrate",
        },
    )
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
        connection.execute(text("SET lock_timeout = 10000"))
        connection.commit()
        context.configure(connection=connection, target_metadata=METADATA, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ONE_AT_A_TIME})
        connection.commit()
    engine.dispose()


run()
