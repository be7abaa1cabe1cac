"""What the listings ask the database, on 100,000 rows of each kind: no table is read whole, whatever is listed.

The statements are those that the API sends, caught on their way; images have a test of their own.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text
from tests.server.fixtures.plans import nodes

from spheroseg.server.resources.db import READING

N = 100_000

FILL = """
INSERT INTO users (id, email, email_key, name, role, language, preferences, organisation, version, created_at, updated_at)
SELECT gen_random_uuid(), 'p' || n || '@example.org', 'p' || n || '@example.org', 'Person ' || n, 'user', 'en', '{}', '', 1,
    now(), now() FROM generate_series(1, :n) AS n;
INSERT INTO projects (id, owner_id, name, description, kind, region, preferences, version, created_at, updated_at)
SELECT gen_random_uuid(), u.id, 'Project ' || u.name, '', 'spheroid', 'filled', '{}', 1, now(), now() FROM users u
WHERE u.id <> :alice;
INSERT INTO members (project_id, user_id, role, created_at) SELECT id, owner_id, 'owner', now() FROM projects WHERE owner_id <> :alice;
INSERT INTO members (project_id, user_id, role, created_at)
SELECT id, :alice, 'viewer', now() FROM projects WHERE owner_id <> :alice LIMIT 300;
INSERT INTO audit_log (at, id, actor_id, action, subject_type, subject_id, project_id, details)
SELECT now() - n * interval '1 second', gen_random_uuid(), CASE WHEN n % 1000 = 0 THEN :alice ELSE gen_random_uuid() END,
    (ARRAY['image.upload', 'run.start', 'objects.edit'])[1 + n % 3], 'image', gen_random_uuid(),
    CASE WHEN n % 500 = 0 THEN :project ELSE gen_random_uuid() END, '{}' FROM generate_series(1, :n) AS n;
INSERT INTO runs (id, project_id, created_by, kind, model_name, model_hash, parameters, urgency, state, n_items, version,
    created_at, updated_at)
SELECT gen_random_uuid(), p.id, p.owner_id, 'segment', 'classical', 'x', '{}', 'bulk', 'done', 1, 1, now(), now()
FROM projects p;
INSERT INTO runs (id, project_id, created_by, kind, model_name, model_hash, parameters, urgency, state, n_items, version,
    created_at, updated_at)
SELECT gen_random_uuid(), :project, :alice, 'segment', 'classical', 'x', '{}', 'bulk', 'done', 1, 1, now() - n * interval '1 s', now()
FROM generate_series(1, 300) AS n;
INSERT INTO results (id, run_id, project_id, image_id, user_id, frame, state, urgency, turn, attempts, finished_at, from_cache,
    measure_columns, run_card, n_objects, next_number, head, version, changed, created_at)
SELECT gen_random_uuid(), r.id, :project, :image, :alice, 0, 'done', 'bulk', 0, 1, now(), false, '[]', '{}', 0, 1, 0, 1, 1, now()
FROM runs r WHERE r.project_id <> :project;
INSERT INTO edits (id, project_id, result_id, sequence, previous, author_id, kind, numbers_before, numbers_after, before, after,
    created_at)
SELECT gen_random_uuid(), :project, r.id, n, n - 1, :alice, 'draw', '{}', '{}', '[]', '[]', now()
FROM (SELECT id FROM results ORDER BY id LIMIT 2000) AS r, generate_series(1, 50) AS n;
INSERT INTO objects (project_id, result_id, number, class_name, polygons, x_min, y_min, x_max, y_max, flags, measures, source,
    updated_at)
SELECT :project, r.id, n, 'spheroid', '\\x00', 0, 0, 1, 1, '{}', '{}', 'model', now()
FROM (SELECT id FROM results ORDER BY id LIMIT 2000) AS r, generate_series(1, 50) AS n;
INSERT INTO invitations (id, project_id, email, email_key, role, invited_by, expires_at, created_at)
SELECT gen_random_uuid(), m.project_id, 'x@example.org', 'x@example.org', 'viewer', :alice, now() + interval '1 day', now()
FROM members m WHERE m.role = 'owner';
INSERT INTO exports (id, project_id, created_by, state, formats, options, expires_at, created_at)
SELECT gen_random_uuid(), p.id, p.owner_id, 'done', '{csv}', '{}', now() + interval '1 day', now() FROM projects p;
INSERT INTO sessions (id, user_id, generation, rotated_at, created_at, last_used_at, expires_at, remember)
SELECT gen_random_uuid(), id, 1, now(), now(), now(), now() + interval '1 day', false FROM users;
INSERT INTO api_tokens (id, user_id, name, prefix, token_hash, scopes, created_at)
SELECT gen_random_uuid(), id, 'x', 'sph_', decode(md5(id::text), 'hex'), '{read}', now() FROM users;
INSERT INTO folders (id, owner_id, name, version, created_at, updated_at)
SELECT gen_random_uuid(), id, 'x', 1, now(), now() FROM users
"""

LISTINGS = [
    "/projects", "/projects?sort=name", "/projects?sort=-created_at", "/projects?search=7", "/projects?folder=top",
    "/projects?trash=true", "/folders", "/projects/{project}", "/projects/{project}/members", "/projects/{project}/invitations",
    "/invitations", "/projects/{project}/log", "/projects/{project}/runs", "/runs/{run}", "/runs/{run}/results",
    "/runs/{run}/results?state=failed", "/images/{image}/results", "/results/{result}", "/results/{result}/edits",
    "/results/{result}/objects", "/results/{result}/outlines", "/projects/{project}/objects", "/projects/{project}/exports",
    "/auth/sessions", "/auth/tokens", "/users/me", "/admin/users", "/admin/users?search=person 77", "/admin/log",
    "/admin/log?action=run.start", "/admin/log?actor_id={alice}", "/admin/log?project_id={project}",
]  # fmt: skip

SMALL = {"models", "worker"}
"""Tables of a few rows, which are read whole."""


@pytest.mark.slow  # fills a database with a million rows
async def test_no_listing_reads_a_table_whole(lab: Any, make_things: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    async with lab.state.database.session() as session:
        await session.execute(text("UPDATE users SET role = 'admin'"))
        things = await make_things(session, uuid.UUID(project_id), alice.user_id)
    values = {"n": N, "alice": alice.user_id, "project": uuid.UUID(project_id), "image": uuid.UUID(things["image_id"])}
    async with lab.state.database.session() as session:
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in FILL.strip().split(";\n"):
            await session.execute(
                text(statement), {name: value for name, value in values.items() if f":{name}" in statement}
            )
    url = lab.state.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        (run,) = connection.execute("SELECT id FROM runs WHERE project_id = %s LIMIT 1", (project_id,)).fetchone() or (
            "",
        )
        (result,) = connection.execute("SELECT result_id FROM edits LIMIT 1").fetchone() or ("",)
    named = {"project": project_id, "run": run, "result": result, "image": things["image_id"], "alice": alice.user_id}

    asked: list[tuple[str, Any]] = []

    def catch(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    for engine in (lab.state.database._reading_engine, lab.state.database.engine):
        event.listen(engine.sync_engine, "before_cursor_execute", catch)
    found: list[str] = []
    with psycopg.connect(url, autocommit=True, options=READING) as connection:
        for path in LISTINGS:
            answer = await alice.get("/api/v1" + path.format(**named))
            assert answer.status_code == 200, (path, answer.text)
            further = (
                answer.json().get("next_cursor")
                if answer.headers["content-type"] == "application/json" and isinstance(answer.json(), dict)
                else None
            )
            if further:
                sign = "&" if "?" in path else "?"
                again = await alice.get("/api/v1" + path.format(**named) + f"{sign}cursor={further}")
                assert again.status_code == 200, (path, again.text)
            assert asked or path == "/users/me", path
            for statement, parameters in asked:
                row = connection.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters).fetchone()
                assert row is not None
                plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
                found += [
                    f"{path}: {node['Relation Name']} by {statement[:200]}"
                    for node in nodes(plan[0]["Plan"])
                    if node["Node Type"] == "Seq Scan" and node["Relation Name"] not in SMALL
                ]
            asked.clear()
    assert found == []
