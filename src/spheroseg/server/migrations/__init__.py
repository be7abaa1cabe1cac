"""Bringing a database to the schema that this version declares."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from spheroseg.server.audit.partitions import partition_name

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent


def newest() -> str:
    """The revision of this version: files are named by day, number and subject, and the first two are their revision."""
    return max("_".join(path.name.split("_")[:2]) for path in (FOLDER / "versions").glob("[0-9]*.py"))


def is_up_to_date(database_url: str) -> bool:
    """Whether a database has the schema of this version and a place for what is audited today, so that nothing is left to do.

    Args:
        database_url: such as `postgresql://…`.
    """
    import psycopg  # noqa: PLC0415 -- loaded already where this is asked; alembic takes half a second to load

    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT to_regclass('alembic_version'), to_regclass(%s)", [partition_name(dt.datetime.now(dt.UTC))]
        )
        if None in (row.fetchone() or (None,)):
            return False
        return connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest(),)]


def configuration(database_url: str) -> Config:
    """Alembic's configuration for a database; there is no alembic.ini."""
    from alembic.config import Config  # noqa: PLC0415 -- as above

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["database_url"] = database_url
    return config


def upgrade(database_url: str, revision: str = "head") -> None:
    """Apply the migrations that are missing; several processes may do it at once, one does it.

    Args:
        database_url: such as `postgresql://…`.
        revision: how far.
    """
    from alembic import command  # noqa: PLC0415 -- as above

    command.upgrade(configuration(database_url), revision)


def downgrade(database_url: str, revision: str) -> None:
    """Take migrations back.

    Args:
        database_url: such as `postgresql://…`.
        revision: how far; "base" takes back all, and with them all data.
    """
    from alembic import command  # noqa: PLC0415 -- as above

    command.downgrade(configuration(database_url), revision)
