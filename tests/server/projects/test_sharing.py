"""Members and invitations, as a caller of the API sees them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select, text

from spheroseg.server.access.services import Services
from spheroseg.server.projects.sharing import MAX_MEMBERS
from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.accounts import User
from spheroseg.server.tables.projects import Invitation

API = "/api/v1"
MakeProject = Callable[..., Awaitable[dict[str, Any]]]
AddMember = Callable[..., Awaitable[None]]
MakeUser = Callable[..., Awaitable[Any]]


async def invite(person: httpx.AsyncClient, project_id: str, email: str, role: str = "viewer") -> dict[str, Any]:
    answer = await person.post(f"{API}/projects/{project_id}/invitations", json={"email": email, "role": role})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def link_token(person: httpx.AsyncClient, project_id: str, invitation_id: str) -> str:
    answer = await person.post(f"{API}/projects/{project_id}/invitations/{invitation_id}/link")
    url: str = answer.json()["url"]
    return url.partition("#token=")[2]


class TestInvitations:
    async def test_a_link_leads_in_once(self, alice: Any, bob: Any, make_project: MakeProject, state: Services) -> None:
        project = await make_project(alice)
        made = await invite(alice, project["id"], "bob@somewhere.org", "editor")
        first = await link_token(alice, project["id"], made["id"])
        token = await link_token(alice, project["id"], made["id"])
        accept = f"{API}/invitations/accept"
        assert (await bob.post(accept, json={"token": first})).json()["code"] == "invitation_not_found"
        joined = await bob.post(accept, json={"token": token})
        assert joined.json() == {"project_id": project["id"], "role": "editor"}
        assert (await bob.post(accept, json={"token": token})).status_code == 404
        assert (await bob.get(f"{API}/projects/{project['id']}")).json()["role"] == "editor"
        async with state.database.session() as session:
            rows = await session.execute(text("SELECT task_name, args FROM procrastinate_jobs"))
            assert [tuple(row) for row in rows] == [("sharing:send_invitation", {"invitation_id": made["id"]})]

    async def test_people_find_those_for_their_confirmed_address(
        self, alice: Any, bob: Any, make_project: MakeProject, state: Services
    ) -> None:
        project = await make_project(alice, name="Shared")
        made = await invite(alice, project["id"], "BOB@example.org")
        mine = (await bob.get(f"{API}/invitations")).json()
        assert [(row["id"], row["project_name"], row["role"]) for row in mine] == [(made["id"], "Shared", "viewer")]
        async with state.database.session() as session:
            user = await session.get_one(User, bob.user_id)
            user.email_verified_at = None
        assert (await bob.get(f"{API}/invitations")).json() == []
        assert (await bob.post(f"{API}/invitations/{made['id']}/accept")).status_code == 404
        async with state.database.session() as session:
            user = await session.get_one(User, bob.user_id)
            user.email_verified_at = utc_now()
        assert (await bob.post(f"{API}/invitations/{made['id']}/accept")).status_code == 200

    async def test_are_nobody_elses(self, alice: Any, bob: Any, make_user: MakeUser, make_project: MakeProject) -> None:
        project = await make_project(alice)
        made = await invite(alice, project["id"], bob.email)
        eve = await make_user("eve")
        assert (await eve.get(f"{API}/invitations")).json() == []
        assert (await eve.post(f"{API}/invitations/{made['id']}/accept")).status_code == 404
        assert (await eve.delete(f"{API}/invitations/{made['id']}")).status_code == 404
        assert (await bob.delete(f"{API}/invitations/{made['id']}")).status_code == 204
        assert (await bob.get(f"{API}/invitations")).json() == []

    async def test_one_for_each_address_until_it_is_over(
        self, alice: Any, bob: Any, make_project: MakeProject, add_member: AddMember, state: Services
    ) -> None:
        project = await make_project(alice)
        url = f"{API}/projects/{project['id']}/invitations"
        await invite(alice, project["id"], "guest@example.org")
        again = await alice.post(url, json={"email": "Guest@example.org"})
        assert again.json()["code"] == "already_invited"
        async with state.database.session() as session:
            (await session.scalars(select(Invitation))).one().expires_at = utc_now()
        assert (await alice.get(url)).json() == []
        await invite(alice, project["id"], "guest@example.org")
        await add_member(project["id"], bob, "viewer")
        assert (await alice.post(url, json={"email": bob.email})).json()["code"] == "already_member"

    async def test_can_be_taken_back(self, alice: Any, bob: Any, make_project: MakeProject) -> None:
        project = await make_project(alice)
        made = await invite(alice, project["id"], bob.email)
        token = await link_token(alice, project["id"], made["id"])
        url = f"{API}/projects/{project['id']}/invitations/{made['id']}"
        assert (await alice.delete(url)).status_code == 204
        assert (await alice.delete(url)).status_code == 404
        assert (await alice.post(f"{url}/link")).status_code == 404
        assert (await bob.post(f"{API}/invitations/accept", json={"token": token})).status_code == 404

    async def test_do_not_lead_into_the_trash(self, alice: Any, bob: Any, make_project: MakeProject) -> None:
        project = await make_project(alice)
        made = await invite(alice, project["id"], bob.email)
        token = await link_token(alice, project["id"], made["id"])
        await alice.delete(f"{API}/projects/{project['id']}")
        assert (await bob.get(f"{API}/invitations")).json() == []
        accept = await bob.post(f"{API}/invitations/accept", json={"token": token})
        assert accept.json()["code"] == "not_found"
        link = {"purpose": "invitation", "token": token}
        assert (await bob.post(f"{API}/auth/link", json=link)).json()["holds"] is False
        await alice.post(f"{API}/projects/{project['id']}/restore")
        assert (await bob.post(f"{API}/auth/link", json=link)).json() == {
            "holds": True,
            "email": bob.email,
            "project_name": project["name"],
        }
        assert (await bob.post(f"{API}/invitations/accept", json={"token": token})).status_code == 200

    async def test_a_member_who_accepts_again_keeps_the_role(
        self, alice: Any, bob: Any, make_project: MakeProject, add_member: AddMember
    ) -> None:
        project = await make_project(alice)
        made = await invite(alice, project["id"], "elsewhere@example.org", "viewer")
        token = await link_token(alice, project["id"], made["id"])
        await add_member(project["id"], bob, "editor")
        joined = await bob.post(f"{API}/invitations/accept", json={"token": token})
        assert joined.json()["role"] == "editor"

    async def test_their_number_has_an_end(self, alice: Any, make_project: MakeProject, state: Services) -> None:
        project = await make_project(alice)
        async with state.database.session() as session:
            for number in range(MAX_MEMBERS - 1):
                address = f"guest{number}@example.org"
                session.add(
                    Invitation(
                        project_id=project["id"],
                        email=address,
                        email_key=address,
                        role="viewer",
                        invited_by=alice.user_id,
                        expires_at=utc_now().replace(year=2100),
                    )
                )
        answer = await alice.post(f"{API}/projects/{project['id']}/invitations", json={"email": "one-more@example.org"})
        assert answer.json()["code"] == "too_many_members"


class TestMembers:
    async def test_are_seen_by_members(
        self, alice: Any, bob: Any, make_project: MakeProject, add_member: AddMember
    ) -> None:
        project = await make_project(alice)
        await add_member(project["id"], bob, "viewer")
        rows = (await bob.get(f"{API}/projects/{project['id']}/members")).json()
        assert [(row["name"], row["role"]) for row in rows] == [("alice", "owner"), ("bob", "viewer")]

    async def test_a_project_is_handed_over_and_always_has_its_owner(
        self, alice: Any, bob: Any, make_project: MakeProject, add_member: AddMember
    ) -> None:
        project = await make_project(alice)
        await add_member(project["id"], bob, "viewer")
        members = f"{API}/projects/{project['id']}/members"
        mine = f"{members}/{alice.user_id}"
        assert (await alice.patch(mine, json={"role": "viewer"})).json()["code"] == "owner_stays"
        assert (await alice.delete(mine)).json()["code"] == "owner_stays"
        assert (await bob.patch(f"{members}/{bob.user_id}", json={"role": "owner"})).status_code == 403
        done = await alice.patch(f"{members}/{bob.user_id}", json={"role": "owner"})
        assert done.json()["role"] == "owner"
        assert (await alice.get(f"{API}/projects/{project['id']}")).json()["role"] == "editor"
        his = (await bob.get(f"{API}/projects/{project['id']}")).json()
        assert (his["role"], his["owner_id"]) == ("owner", str(bob.user_id))

    async def test_leave_by_themselves_or_are_removed(
        self, alice: Any, bob: Any, make_user: MakeUser, make_project: MakeProject, add_member: AddMember
    ) -> None:
        project = await make_project(alice)
        eve = await make_user("eve")
        for person in (bob, eve):
            await add_member(project["id"], person, "editor")
        members = f"{API}/projects/{project['id']}/members"
        assert (await bob.delete(f"{members}/{eve.user_id}")).status_code == 403
        assert (await bob.delete(f"{members}/{bob.user_id}")).status_code == 204
        assert (await alice.delete(f"{members}/{eve.user_id}")).status_code == 204
        assert (await alice.delete(f"{members}/{eve.user_id}")).json()["code"] == "member_not_found"
        assert len((await alice.get(members)).json()) == 1


async def test_inviting_is_limited(app: FastAPI, alice: Any, make_project: MakeProject) -> None:
    project = await make_project(alice)
    state: Services = app.state.parts
    state.limiter.is_on = True
    url = f"{API}/projects/{project['id']}/invitations"
    codes = [(await alice.post(url, json={"email": f"guest{number}@example.org"})).status_code for number in range(61)]
    assert codes == [201] * 60 + [429]
