"""The OpenAPI document is whole, and whatever it allows to be sent is answered as it says, never with a 5xx."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from psycopg.types.json import Jsonb
from pydantic import SecretStr
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from spheroseg.server.access.tokens import AccessClaims, new_access_token
from spheroseg.server.app import build_app
from spheroseg.server.config import Settings
from spheroseg.server.http.errors import PROBLEM
from spheroseg.server.processes.embedded import EmbeddedPostgres
from spheroseg.server.resources.db import Database, new_id

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
EXAMPLES = 6
KEY = "a key that only tests use, 32 characters or more"


@dataclass
class Served:
    """The application on a real socket, with one administrator, one project and one image in its database."""

    url: str
    database_url: str
    user_id: uuid.UUID
    ids: dict[str, str]

    def headers(self) -> dict[str, str]:
        """Credentials of a new session: a request may have ended the one before."""
        session_id = new_id()
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            add_user(connection, self.user_id)
            connection.execute("UPDATE projects SET deleted_at = NULL")
            connection.execute(
                "INSERT INTO sessions (id, user_id, generation, rotated_at, created_at, last_used_at, expires_at, remember)"
                " VALUES (%s, %s, 1, now(), now(), now(), now() + interval '1 day', false)",
                (session_id, self.user_id),
            )
        token = new_access_token(KEY, AccessClaims(self.user_id, session_id), 900)
        return {"Authorization": f"Bearer {token}", "If-Match": "*", "Tus-Resumable": "1.0.0"}


def add_user(connection: psycopg.Connection[Any], user_id: uuid.UUID) -> None:
    connection.execute(
        "INSERT INTO users (id, email, email_key, name, organisation, role, language, preferences, version, created_at,"
        " updated_at, email_verified_at) VALUES (%s, 'a@example.org', 'a@example.org', 'A', '', 'admin', 'en', %s, 1,"
        " now(), now(), now()) ON CONFLICT DO NOTHING",
        (user_id, Jsonb({})),
    )


@pytest.fixture(scope="module")
def served(
    cluster: EmbeddedPostgres, open_folder: Path, make_things: Callable[..., Awaitable[dict[str, str]]]
) -> Generator[Served]:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE openapi TEMPLATE template")
    database_url = cluster.url("openapi")
    user_id, project_id = new_id(), new_id()
    with psycopg.connect(database_url, autocommit=True) as connection:
        add_user(connection, user_id)
        connection.execute(
            "INSERT INTO projects (id, owner_id, name, description, kind, region, preferences, version, created_at,"
            " updated_at) VALUES (%s, %s, 'P', '', 'spheroid', 'filled', %s, 1, now(), now())",
            (project_id, user_id, Jsonb({})),
        )
        connection.execute("INSERT INTO members VALUES (%s, %s, 'owner', NULL, now())", (project_id, user_id))
    own = Settings(
        _env_file=None,
        data_dir=open_folder / "openapi",
        database_url=SecretStr(database_url),
        secret_key=SecretStr(KEY),
        rate_limits=False,
        session_cache_s=0,
        password_memory_mib=1,
        max_project_images=300,  # the example's 352 are refused: each time they would take seconds
    )

    async def things() -> dict[str, str]:
        database = Database(own)
        async with database.session() as session:
            ids = await make_things(session, project_id, user_id)
        await database.close()
        return ids

    ids = asyncio.run(things())
    file = own.data_dir / "files" / "files" / "x"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"0123456789")  # as long as its row says
    app = build_app(own)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="none", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield Served(url, database_url, user_id, {name: value for name, value in ids.items() if len(value) == 36})
    server.should_exit = True
    thread.join()
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE openapi WITH (FORCE)")


@pytest.mark.slow
def test_whatever_the_document_allows_is_answered_as_it_says(served: Served) -> None:
    schema = schemathesis.openapi.from_url(f"{served.url}/api/v1/openapi.json", timeout=300)
    wrong: list[str] = []
    count = 0
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # the other kind raises, and is a failure here

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def each(case: Any) -> None:
            nonlocal count
            count += 1
            if count % 3:  # one in three names things that do not exist
                for name, value in served.ids.items():
                    if name in (case.path_parameters or {}):
                        case.path_parameters[name] = value
            response = case.call(headers=served.headers(), timeout=60)
            try:
                case.validate_response(response, checks=CHECKS)
            except FailureGroup as error:
                wrong.append(f"{case.method} {case.formatted_path}: {[str(one)[:300] for one in error.exceptions]}")

        with contextlib.suppress(schemathesis.errors.InvalidSchema):
            each()
    assert not wrong, "\n\n".join(wrong[:10])
    assert count > 200


def test_the_document_is_whole(application: FastAPI) -> None:
    document = application.openapi()
    assert document["components"]["schemas"]["Problem"]["required"] == ["type", "title", "status", "code"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation.get("description"), where
            if path.startswith("/api/"):
                answers = operation["responses"]
                for status in ("401", "403", "422", "429"):
                    content = answers[status]["content"]
                    assert PROBLEM in content, f"{where}: {status}"
                    assert content[PROBLEM]["examples"], f"{where}: {status}"
                assert (operation["security"] == []) == (operation["x-access"] == "public"), where


def test_the_command_prints_the_document_with_nothing_configured(application: FastAPI, tmp_path: Path) -> None:
    """A user who only installed the package: no database, no settings, not a file left behind."""
    bare = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "spheroseg", "openapi"]
    done = subprocess.run(command, capture_output=True, env=bare, cwd=tmp_path, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout) == application.openapi()
    assert list(tmp_path.iterdir()) == []


def test_every_code_means_one_thing(application: FastAPI) -> None:
    meanings: dict[str, set[tuple[int, str]]] = {}
    for methods in application.openapi()["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                for code, example in answer.get("content", {}).get(PROBLEM, {}).get("examples", {}).items():
                    meanings.setdefault(code, set()).add((int(status), example["value"]["title"]))
    assert len(meanings) > 20
    assert {code: found for code, found in meanings.items() if len(found) > 1} == {}
