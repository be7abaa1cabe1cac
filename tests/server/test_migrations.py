"""The migrations give exactly the declared schema, and can be taken back."""

from __future__ import annotations

import itertools
from collections.abc import Generator

import psycopg
import pytest
from alembic.script import ScriptDirectory
from psycopg.types.json import Jsonb
from pydantic import SecretStr
from sqlalchemy import UniqueConstraint, create_engine
from sqlalchemy.engine import make_url

from spheroseg.server.audit.service import keep_partitions
from spheroseg.server.config import Settings
from spheroseg.server.migrations import configuration, downgrade, is_up_to_date, newest, upgrade
from spheroseg.server.processes.embedded import EmbeddedPostgres
from spheroseg.server.resources.db import Database, driver_url
from spheroseg.server.tables import METADATA

FACTS = {
    "columns": """
        SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull, attcollation::regcollation::text
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p') AND NOT relispartition
          AND relnamespace = 'public'::regnamespace
    """,
    "constraints": """
        SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid)
        FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
        WHERE NOT relispartition AND relnamespace = 'public'::regnamespace
    """,
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes
        JOIN pg_class ON relname = tablename AND relnamespace = 'public'::regnamespace
        WHERE schemaname = 'public' AND NOT relispartition
    """,
    "partitioning": "SELECT partrelid::regclass::text, pg_get_partkeydef(partrelid) FROM pg_partitioned_table",
}
NOT_OURS = ("procrastinate_", "alembic_")

_numbers = itertools.count()


@pytest.fixture
def empty_database_url(cluster: EmbeddedPostgres) -> Generator[str]:
    name = f"empty_{next(_numbers)}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield make_url(cluster.url()).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def facts(url: str) -> dict[str, set[tuple[object, ...]]]:
    with psycopg.connect(url) as connection:
        return {
            name: {row for row in connection.execute(query) if not str(row[0]).startswith(NOT_OURS)}
            for name, query in FACTS.items()
        }


def test_the_migrated_schema_is_the_declared_one(own_database_url: str, empty_database_url: str) -> None:
    engine = create_engine(driver_url(empty_database_url))
    METADATA.create_all(engine)
    engine.dispose()
    migrated, declared = facts(own_database_url), facts(empty_database_url)
    assert len(declared["columns"]) > 100
    for name in FACTS:
        assert migrated[name] == declared[name], name


def test_every_migration_goes_down_and_up_again(empty_database_url: str) -> None:
    script = ScriptDirectory.from_config(configuration(empty_database_url))
    revisions = [each.revision for each in script.walk_revisions()][::-1]
    seen = [facts(empty_database_url)]
    for revision in revisions:
        upgrade(empty_database_url, revision)
        seen.append(facts(empty_database_url))
    for revision, before in zip([*revisions[-2::-1], "base"], seen[-2::-1], strict=True):
        downgrade(empty_database_url, revision)
        assert facts(empty_database_url) == before, revision
    with psycopg.connect(empty_database_url) as connection:
        left = connection.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace").fetchall()
        functions = connection.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        assert {name for (name,) in left} <= {"alembic_version", "alembic_version_pkc"}
        assert functions.fetchall() == []
    upgrade(empty_database_url)
    assert facts(empty_database_url) == seen[-1]


def test_migrations_have_one_line_of_descent_and_are_dated(cluster: EmbeddedPostgres) -> None:
    script = ScriptDirectory.from_config(configuration(cluster.url()))
    assert script.get_heads() == [newest()]
    assert all(each.revision[:8].isdigit() and each.doc for each in script.walk_revisions())


def test_runs_of_releases_without_rules_say_that_they_kept_everything(empty_database_url: str) -> None:
    upgrade(empty_database_url, "20261127_52")
    given = {"before": {"threshold": 0.4}, "since": {"rules": "cells"}}
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("SET session_replication_role = replica")  # the run alone, without people and projects
        for model_name, parameters in given.items():
            connection.execute(
                "INSERT INTO runs (id, project_id, kind, model_name, model_hash, parameters, urgency, state, n_items, version, updated_at,"
                " created_at) VALUES (gen_random_uuid(), gen_random_uuid(), 'segment', %s, '', %s, 'bulk', 'done', 1, 1, now(), now())",
                (model_name, Jsonb(parameters)),
            )
    upgrade(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        found = dict(connection.execute("SELECT model_name, parameters FROM runs").fetchall())
    assert found == {"before": {"threshold": 0.4, "rules": "everything"}, "since": {"rules": "cells"}}


async def test_only_a_database_where_nothing_is_left_to_do_is_up_to_date(
    empty_database_url: str, settings: Settings
) -> None:
    assert not is_up_to_date(empty_database_url)
    upgrade(empty_database_url)
    assert not is_up_to_date(empty_database_url)  # nothing to write this month's audit into
    database = Database(settings.model_copy(update={"database_url": SecretStr(empty_database_url)}))
    async with database.session() as session:
        await keep_partitions(session, months=12)
    await database.close()
    assert is_up_to_date(empty_database_url)
    downgrade(empty_database_url, "-1")
    assert not is_up_to_date(empty_database_url)


def test_every_foreign_key_has_an_index_that_begins_with_it() -> None:
    # otherwise deleting a user or a project reads whole tables
    bare = []
    for table in METADATA.sorted_tables:
        starts = [[column.name for column in index.columns] for index in table.indexes]
        starts += [[column.name for column in table.primary_key.columns]]
        starts += [
            [column.name for column in constraint.columns]
            for constraint in table.constraints
            if isinstance(constraint, UniqueConstraint)
        ]
        starts += [[column.name] for column in table.columns if column.unique]
        for key in table.foreign_key_constraints:
            wanted = [column.name for column in key.columns]
            if not any(start[: len(wanted)] == wanted for start in starts):
                bare.append((table.name, wanted))
    assert bare == []
