"""One's own account: profile, address, export, deletion."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from tests.server.fixtures.jobs import queued

from spheroseg.server.access.services import Services
from spheroseg.server.accounts.credentials import mailed_token
from spheroseg.server.tables.accounts import Session, User
from spheroseg.server.tables.audit import AuditEntry
from spheroseg.server.tables.projects import Folder, Member, Project

API = "/api/v1"
PASSWORD = "correct horse battery"
MakeProject = Callable[..., Awaitable[dict[str, Any]]]


async def change(person: httpx.AsyncClient, version: int | None, **fields: Any) -> httpx.Response:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return await person.patch(f"{API}/users/me", json=fields, headers=headers)


async def set_password(person: Any, state: Services) -> None:
    async with state.database.session() as session:
        user = await session.get_one(User, person.user_id)
        user.password_hash = await state.passwords.hash(PASSWORD)


async def test_the_profile_is_changed_by_version(alice: httpx.AsyncClient) -> None:
    me = await alice.get(f"{API}/users/me")
    assert me.headers["ETag"] == '"1"'
    done = await change(alice, 1, name="Alice Nováková", language="cs", preferences={"theme": "dark"})
    assert done.headers["ETag"] == '"2"'
    assert done.json()["name"] == "Alice Nováková"
    assert (await change(alice, 1, organisation="Lab")).json()["code"] == "precondition_failed"
    assert (await change(alice, None, organisation="Lab")).status_code == 428
    kept = (await change(alice, 2, organisation="Lab")).json()
    assert (kept["language"], kept["preferences"]) == ("cs", {"theme": "dark"})


@pytest.mark.parametrize(
    "fields",
    [
        {"language": "czech"},
        {"name": "a\0b"},
        {"name": "two\nlines"},
        {"name": "x" * 201},
        {"preferences": {"x": "y" * 20_000}},
        {"preferences": {"x": "\0"}},
        {"preferences": [1]},
        {"role": "admin"},
        {"email": "other@example.org"},
        {"name": None},
    ],
)
async def test_nonsense_is_refused(alice: httpx.AsyncClient, fields: dict[str, Any]) -> None:
    assert (await change(alice, 1, **fields)).status_code == 422
    assert (await alice.get(f"{API}/users/me")).json()["role"] == "user"


async def test_half_a_character_is_refused(alice: httpx.AsyncClient) -> None:
    answer = await alice.patch(
        f"{API}/users/me",
        content=b'{"preferences": {"x": "\\ud800"}}',
        headers={"If-Match": '"1"', "Content-Type": "application/json"},
    )
    assert answer.status_code == 422


async def test_a_new_address_counts_when_its_link_is_opened(
    alice: Any, bob: Any, client: httpx.AsyncClient, state: Services
) -> None:
    await set_password(alice, state)
    url = f"{API}/users/me/email"
    new = {"email": "alice@elsewhere.org", "password": PASSWORD}
    assert (await alice.put(url, json=new | {"password": "wrong"})).status_code == 401
    assert (await alice.put(url, json=new | {"email": bob.email.upper()})).status_code == 202  # as if it were free
    assert (await alice.put(url, json=new)).status_code == 202
    mails = await queued(state)
    assert [(task, arguments["email"]) for task, arguments in mails] == [
        ("auth:send_has_account", bob.email),
        ("auth:send_email_asked", alice.email),
        ("auth:send_verification", "alice@elsewhere.org"),
        ("auth:send_email_asked", alice.email),
    ]
    assert (await alice.get(f"{API}/users/me")).json()["email"] == alice.email
    async with state.database.session() as session:
        user = await session.get_one(User, alice.user_id)
        secret = await mailed_token(session, user, "verify_email", new["email"])
    answer = await client.post(f"{API}/auth/verify", json={"token": secret})
    assert answer.json()["email"] == "alice@elsewhere.org"
    signed_in = await client.post(f"{API}/auth/sign-in", json={"email": "Alice@Elsewhere.org", "password": PASSWORD})
    assert signed_in.status_code == 200


async def test_own_data_is_all_of_it_and_nobody_elses(alice: Any, bob: Any, make_project: MakeProject) -> None:
    await alice.post(f"{API}/folders", json={"name": "2026"})
    await alice.post(f"{API}/auth/tokens", json={"name": "notebook", "scopes": ["read"]})
    mine = await make_project(alice, name="Mine")
    await make_project(bob, name="His")
    await alice.post(f"{API}/projects/{mine['id']}/invitations", json={"email": "guest@example.org"})
    answer = await alice.get(f"{API}/users/me/data")
    assert "attachment" in answer.headers["Content-Disposition"]
    data = answer.json()
    assert data["profile"]["email"] == alice.email
    assert [row["name"] for row in data["projects"]] == ["Mine"]
    assert [row["name"] for row in data["folders"]] == ["2026"]
    assert [row["role"] for row in data["memberships"]] == ["owner"]
    assert [row["email"] for row in data["invitations"]] == ["guest@example.org"]
    assert {"project.create", "token.create"} <= {row["action"] for row in data["log"]}
    assert "hash" not in answer.text
    assert "His" not in answer.text


class TestDeletion:
    async def delete(self, person: Any, **fields: Any) -> httpx.Response:
        body = {"email": person.email, "password": PASSWORD, **fields}
        answer: httpx.Response = await person.post(f"{API}/users/me/delete", json=body)
        return answer

    async def test_leaves_no_row_and_no_address(
        self, alice: Any, bob: Any, make_project: MakeProject, state: Services
    ) -> None:
        await set_password(alice, state)
        await alice.post(f"{API}/folders", json={"name": "2026"})
        await make_project(alice, name="Mine")
        trashed = await make_project(alice, name="Trashed")
        await alice.delete(f"{API}/projects/{trashed['id']}")
        await make_project(bob, name="His")
        answer = await self.delete(alice)
        assert answer.status_code == 204
        assert any(line.startswith("spheroseg_access=") for line in answer.headers.get_list("set-cookie"))
        assert (await alice.get(f"{API}/users/me")).status_code == 401
        async with state.database.session() as session:
            assert await session.get(User, alice.user_id) is None
            for owner in (Session.user_id, Folder.owner_id, Member.user_id, Project.owner_id):
                assert await session.scalar(select(func.count()).where(owner == alice.user_id)) == 0
            assert (await session.scalars(select(Project.name))).all() == ["His"]
            entries = (await session.scalars(select(AuditEntry).where(AuditEntry.actor_id == alice.user_id))).all()
            assert {entry.action for entry in entries} >= {"project.create", "account.delete"}
            assert all(entry.ip is None and entry.user_agent is None for entry in entries)

    async def test_needs_ones_own_address_and_password(self, alice: Any, state: Services) -> None:
        await set_password(alice, state)
        assert (await self.delete(alice, email="bob@example.org")).json()["code"] == "not_confirmed"
        assert (await self.delete(alice, password="wrong")).json()["code"] == "wrong_credentials"
        assert (await self.delete(alice, password=None)).status_code == 401
        assert (await alice.get(f"{API}/users/me")).status_code == 200

    async def test_tells_before_others_lose_a_project(
        self, alice: Any, bob: Any, make_project: MakeProject, add_member: Callable[..., Awaitable[None]]
    ) -> None:
        project = await make_project(alice)
        await add_member(project["id"], bob, "viewer")
        assert (await self.delete(alice)).json()["code"] == "owns_shared_projects"
        assert (await self.delete(alice, delete_shared=True)).status_code == 204
        assert (await bob.get(f"{API}/projects/{project['id']}")).status_code == 404

    async def test_the_last_administrator_stays_while_others_are_there(self, admin: Any, bob: Any) -> None:
        assert (await self.delete(admin)).json()["code"] == "last_admin"
        assert (await self.delete(bob)).status_code == 204
        assert (await self.delete(admin)).status_code == 204
