"""Walks every route as six kinds of people (and a script's token): each may do what the route says, and no more."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import func, select
from starlette.routing import BaseRoute, Mount

from spheroseg.server.access.actor import SCOPES
from spheroseg.server.access.services import Services
from spheroseg.server.access.tokens import token_hash
from spheroseg.server.resources.db import new_id
from spheroseg.server.tables.accounts import ApiToken
from spheroseg.server.tables.audit import AuditEntry

NEEDS = {"public", "signed-in", "session", "viewer", "editor", "owner", "admin"}
RANK = {"stranger": -1, "admin": -1, "viewer": 0, "editor": 1, "owner": 2}
FORM = {"files": ("plate.png", b"not an image", "image/png")}
UPLOAD_HEADERS = {"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Offset": "0", "If-Match": "*"}
PATCHED_BYTES = {"Content-Type": "application/offset+octet-stream"}


NO_CHANGE = {
    "POST /api/v1/auth/refresh",  # the session goes on as it was
    "POST /api/v1/auth/link",  # a question; nothing is used up
    "POST /api/v1/auth/verify/request",  # says nothing about whether there is such an account
    "POST /api/v1/auth/password/forgot",
    "POST /api/v1/projects/{project_id}/names/preview",
    "POST /api/v1/projects/{project_id}/upload-batches",  # an announcement; the images and the run that come of it are logged
    "PATCH /api/v1/upload-batches/{batch_id}",
    "POST /api/v1/projects/{project_id}/table",  # a download of what can be read anyway
    "POST /api/v1/images/{image_id}/frames/{frame}/smart",  # an offer; what is taken of it is an edit
    "POST /api/v1/projects/{project_id}/outlines/pairing",  # a question; each import is a change
    "PUT /api/v1/projects/{project_id}/folder",  # the caller's own tree
    "PATCH /api/v1/uploads/{upload_id}",  # one of many parts; the image that comes of them is logged
    "DELETE /api/v1/uploads/{upload_id}",  # no image ever came of it
    "POST /api/v1/upload-sets/{set_id}/read",  # a preview; what is made of it is an add
    "POST /api/v1/projects/{project_id}/restore",  # here nothing lies in the trash
    "POST /api/v1/projects/{project_id}/images/restore",
    "POST /api/v1/runs/{run_id}/cancel",  # here all is done
}
"""Routes that change nothing that others would ask about."""

KEPT_OUT = {(401, "unauthenticated"), (403, "forbidden"), (403, "needs_person"), (404, "not_found")}


@dataclass(frozen=True)
class Operation:
    """One route and method of the OpenAPI document."""

    method: str
    path: str
    need: str
    body: Any
    is_form: bool
    query: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def example(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """The smallest value that a schema allows."""
    if "$ref" in schema:
        return example(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    for known in ("const", "default"):
        if known in schema:
            return schema[known]
    if schema.get("examples"):
        return schema["examples"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example(schema[choice][0], document)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: example(properties[name], document) for name in schema.get("required", [])}
        case "array":
            if "prefixItems" in schema:
                return [example(item, document) for item in schema["prefixItems"]]
            return [example(schema["items"], document) for _ in range(schema.get("minItems", 0))]
        case "integer" | "number":
            return schema.get("minimum", (schema.get("exclusiveMinimum", 0) + schema.get("exclusiveMaximum", 2)) / 2)
        case "boolean":
            return True
        case _:
            return text_example(schema)


def text_example(schema: dict[str, Any]) -> str:
    """The shortest text that a schema allows."""
    if schema.get("format") == "uuid":
        return str(uuid.uuid4())
    return "a" * max(1, int(schema.get("minLength", 1)))


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, description in methods.items():
            content = description.get("requestBody", {}).get("content", {})
            json_schema = content.get("application/json", {}).get("schema")
            yield Operation(
                method=method.upper(),
                path=path,
                need=description["x-access"],
                body=example(json_schema, document) if json_schema else None,
                is_form="multipart/form-data" in content,
                query={
                    item["name"]: example(item["schema"], document)
                    for item in description.get("parameters", [])
                    if item["in"] == "query" and item.get("required")
                },
            )


# bodies that a generator cannot guess
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/v1/auth/sign-up"): {"email": "new@example.org", "password": "correct horse battery"},
    ("POST", "/api/v1/auth/sign-in"): {"email": "nobody@example.org", "password": "correct horse battery"},
    ("POST", "/api/v1/auth/verify/request"): {"email": "nobody@example.org"},
    ("POST", "/api/v1/auth/password/forgot"): {"email": "nobody@example.org"},
    ("PUT", "/api/v1/users/me/email"): {"email": "new@example.org", "password": "x"},
    ("POST", "/api/v1/users/me/delete"): {"email": "nobody@example.org"},
    ("PATCH", "/api/v1/projects/{project_id}"): {"name": "Another name"},
    ("POST", "/api/v1/projects/{project_id}/images/trash"): {"image_ids": ["{image_id}"]},
    ("POST", "/api/v1/projects/{project_id}/invitations"): {"email": "new@example.org"},
    ("POST", "/api/v1/examples"): {},  # refused after the question who asks: 352 images a person would take minutes
    ("PUT", "/api/v1/images/{image_id}/frames/{frame}"): {"result_id": "{result_id}"},
    ("PATCH", "/api/v1/results/{result_id}/objects"): {"operations": [{"op": "remove", "number": 1}]},
    ("POST", "/api/v1/images/{image_id}/frames/{frame}/smart"): {"point": [1, 1]},
    ("POST", "/api/v1/results/{result_id}/copy"): {"to_image_id": "{image_id}"},
}


@dataclass
class Walk:
    """The people, the things, and a way to ask without leaving a trace."""

    app: FastAPI
    state: Services
    people: dict[str, httpx.AsyncClient]
    ids: dict[str, str]
    n_logged: int = 0
    """How many entries the last request made in the audit log."""
    n_before: int | None = None
    """How many there were before any."""

    async def ask(self, who: str, operation: Operation, ids: dict[str, str]) -> httpx.Response:
        """One request; what it changes is rolled back."""
        path = operation.path
        for name, value in ids.items():
            path = path.replace(f"{{{name}}}", value)
        assert "{" not in path, f"no example for the parameters of {operation.path}"
        body = BODIES.get((operation.method, operation.path), operation.body)
        headers = dict(UPLOAD_HEADERS)
        arguments: dict[str, Any] = {"params": operation.query}
        if operation.is_form:
            arguments["files"] = FORM
        elif body is not None:
            text = json.dumps(body)
            for name, value in ids.items():
                text = text.replace(f"{{{name}}}", value)
            arguments["content"] = text
            headers["Content-Type"] = "application/json"
        elif operation.path.endswith("uploads/{upload_id}") and operation.method == "PATCH":
            headers |= PATCHED_BYTES
            arguments["content"] = b"0123456789"
        self.state.known_actors._entries.clear()
        bind = self.state.database.sessions.kw["bind"]
        async with bind.begin_nested() as savepoint:
            if self.n_before is None:  # the same for all: what a request adds is rolled back
                self.n_before = await bind.scalar(select(func.count()).select_from(AuditEntry))
            answer = await self.people[who].request(operation.method, path, headers=headers, **arguments)
            self.n_logged = await bind.scalar(select(func.count()).select_from(AuditEntry)) - self.n_before
            await savepoint.rollback()
        return answer


@pytest.fixture
async def walk(
    app: FastAPI,
    client: httpx.AsyncClient,
    make_user: Callable[..., Awaitable[Any]],
    make_project: Callable[..., Awaitable[dict[str, Any]]],
    add_member: Callable[..., Awaitable[None]],
    make_things: Callable[..., Awaitable[dict[str, str]]],
) -> Walk:
    state: Services = app.state.parts
    people: dict[str, Any] = {"anonymous": client}
    for name in ("stranger", "viewer", "editor", "owner"):
        people[name] = await make_user(name)
    another = await make_user("another")
    people["admin"] = await make_user("admin", role="admin")
    project = await make_project(people["owner"])
    for name in ("viewer", "editor"):
        await add_member(project["id"], people[name], name)
    await add_member(project["id"], another, "viewer")
    await state.storage.put("files/x", b"not an image")
    secret = "sph_" + "t" * 43
    async with state.database.session() as session:
        ids = await make_things(session, uuid.UUID(project["id"]), people["owner"].user_id)
        session.add(
            ApiToken(
                id=new_id(),
                user_id=people["owner"].user_id,
                name="script",
                prefix=secret[:12],
                token_hash=token_hash(secret),
                scopes=sorted(SCOPES),
            )
        )
    ids |= {"user_id": str(another.user_id), "session_id": str(uuid.uuid4()), "token_id": str(uuid.uuid4())}
    people["script"] = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://testserver",
        headers={"Authorization": f"Bearer {secret}"},
    )
    return Walk(app, state, people, ids)


def outcome(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, problem(answer).get("code", "")


def problem(answer: httpx.Response) -> dict[str, Any]:
    """What the caller is told, but for the number of the request."""
    is_problem = answer.headers.get("content-type", "").startswith("application/problem")
    body: dict[str, Any] = answer.json() if is_problem and answer.content else {}
    return {name: value for name, value in body.items() if name != "request_id"}


def expected(need: str, who: str) -> str:
    """What a person may expect of a route: "in", or how they are kept out."""
    if need == "public":
        return "in"
    if who == "anonymous":
        return "unauthenticated"
    if need == "signed-in":
        return "in"
    if who == "script":
        return {"session": "needs_person", "admin": "needs_person"}.get(need, "in")
    if need == "session":
        return "in"
    if need == "admin":
        return "in" if who == "admin" else "forbidden"
    if RANK[who] >= RANK[need]:
        return "in"
    return "hidden" if RANK[who] < 0 else "forbidden"


def is_as_wanted(answer: httpx.Response, wanted: str, need: str, of_nothing: httpx.Response | None) -> bool:
    status, code = outcome(answer)
    own = (
        {(404, "not_found")} if need in {"public", "signed-in", "session"} else set()
    )  # these look among one's own things
    match wanted:
        case "unauthenticated":
            return status == 401 and code in {"unauthenticated", ""}  # HEAD has no body
        case "needs_person" | "forbidden":
            return (status, code) == (403, wanted)
        case "hidden":  # to the letter as if it did not exist
            assert of_nothing is not None
            return status == of_nothing.status_code == 404 and problem(answer) == problem(of_nothing)
        case _:  # for those who may, a thing can be in the wrong state (409, 412, 422 …), but not unknown or forbidden
            return status < 500 and (status, code) not in (KEPT_OUT - own)


async def test_everybody_may_do_what_the_route_says_and_no_more(walk: Walk) -> None:
    document = walk.app.openapi()
    nothing = {name: str(uuid.uuid4()) if len(value) == 36 else value for name, value in walk.ids.items()}
    wrong = []
    count = 0
    for operation in operations(document):
        is_about_project = operation.need in {"viewer", "editor", "owner"}
        of_nothing = await walk.ask("stranger", operation, nothing) if is_about_project else None
        for who in walk.people:
            answer = await walk.ask(who, operation, walk.ids)
            wanted = expected(operation.need, who)
            count += 1
            if not is_as_wanted(answer, wanted, operation.need, of_nothing):
                wrong.append(f"{operation} as {who}: wanted {wanted}, got {outcome(answer)}")
            is_change = operation.method in {"POST", "PUT", "PATCH", "DELETE"} and str(operation) not in NO_CHANGE
            if is_change and answer.is_success and not walk.n_logged:
                wrong.append(f"{operation} as {who}: not in the audit log")
            if not answer.is_success and walk.n_logged:
                wrong.append(f"{operation} as {who}: in the audit log, but refused")
        await asyncio.sleep(0)
    assert not wrong, "\n".join(wrong)
    assert count > 300


async def test_what_belongs_to_one_person_is_hidden_from_all_others(walk: Walk) -> None:
    document = walk.app.openapi()
    own = re.compile(r"\{(upload_id|set_id|batch_id|folder_id|session_id|token_id)\}")
    for operation in operations(document):
        if own.search(operation.path):
            for who in ("stranger", "viewer", "editor", "admin"):
                answer = await walk.ask(who, operation, walk.ids)
                assert answer.status_code == 404, f"{operation} as {who}: {answer.status_code}"


def routes(found: list[BaseRoute]) -> Iterator[BaseRoute]:
    for route in found:
        inner = getattr(route, "original_router", None) or getattr(route, "router", None)
        if inner is not None and not isinstance(route, (APIRoute, Mount)):
            yield from routes(inner.routes)
        else:
            yield route


def test_every_route_says_what_it_needs(application: FastAPI) -> None:
    document = application.openapi()
    shown = [route for route in routes(list(application.routes)) if isinstance(route, APIRoute)]
    assert len(shown) >= len(document["paths"])
    for route in shown:
        assert (route.openapi_extra or {}).get("x-access") in NEEDS, route.path
    hidden = {route.path for route in shown if not route.include_in_schema}
    assert hidden == {"/metrics"}
    names = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len(names) == len(set(names))
