"""Bringing a database to the schema that this version declares."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

FOLDER = Path(__file__).parent


def configuration(database_url: str) -> Config:
    """Alembic's configuration for a database; there is no alembic.ini."""
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
    command.upgrade(configuration(database_url), revision)


def downgrade(database_url: str, revision: str) -> None:
    """Take migrations back.

    Args:
        database_url: such as `postgresql://…`.
        revision: how far; "base" takes back all, and with them all data.
    """
    command.downgrade(configuration(database_url), revision)
