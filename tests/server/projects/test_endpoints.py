"""Folders and projects, as a caller of the API sees them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from spheroseg.server.access.services import Services
from spheroseg.server.projects.service import MAX_DEPTH, empty_trash
from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.audit import AuditEntry
from spheroseg.server.tables.projects import Member, Project

API = "/api/v1"
MakeProject = Callable[..., Awaitable[dict[str, Any]]]
AddMember = Callable[..., Awaitable[None]]


async def make_folder(person: httpx.AsyncClient, name: str = "F", parent_id: str | None = None) -> dict[str, Any]:
    answer = await person.post(f"{API}/folders", json={"name": name, "parent_id": parent_id})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def names(person: httpx.AsyncClient, **query: Any) -> list[str]:
    """All pages of a listing."""
    found: list[str] = []
    cursor = None
    while True:
        answer = await person.get(f"{API}/projects", params=query | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [row["name"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


class TestProjects:
    async def test_is_made_read_and_changed_by_version(self, alice: httpx.AsyncClient) -> None:
        made = await alice.post(
            f"{API}/projects", json={"name": "  Plate 3 ", "kind": "cells", "pixel_size_um": 0.65, "region": "net"}
        )
        assert made.headers["ETag"] == '"1"'
        project = made.json()
        assert (project["name"], project["role"], project["version"]) == ("Plate 3", "owner", 1)
        url = made.headers["Location"]
        read = await alice.get(url)
        assert (read.json(), read.headers["ETag"]) == (project, '"1"')
        changed = await alice.patch(url, json={"pixel_size_um": None, "name": "Plate 4"}, headers={"If-Match": '"1"'})
        assert changed.headers["ETag"] == '"2"'
        assert (changed.json()["pixel_size_um"], changed.json()["kind"]) == (None, "cells")
        late = await alice.patch(url, json={"name": "Late"}, headers={"If-Match": '"1"'})
        assert (late.status_code, late.json()["code"], late.json()["version"]) == (412, "precondition_failed", 2)
        assert (await alice.patch(url, json={"name": "Blind"})).json()["code"] == "precondition_required"
        assert (await alice.get(url)).json()["name"] == "Plate 4"

    @pytest.mark.parametrize(
        ("wanted", "region", "rules"),
        [
            ({}, "filled", "by_content"),
            ({"kind": "invasion"}, "core", "invasion"),
            ({"kind": "invasion", "region": "net"}, "net", "invasion"),
            ({"kind": "cells", "region": None}, "filled", "cells"),
        ],
    )
    async def test_what_is_measured_and_what_counts_is_as_the_kind_says(
        self, alice: httpx.AsyncClient, wanted: dict[str, str | None], region: str, rules: str
    ) -> None:
        made = (await alice.post(f"{API}/projects", json={"name": "P"} | wanted)).json()
        assert (made["region"], made["rules"]) == (region, rules)

    async def test_a_change_to_the_same_makes_no_version(
        self, alice: httpx.AsyncClient, make_project: MakeProject
    ) -> None:
        project = await make_project(alice, name="P")
        url = f"{API}/projects/{project['id']}"
        same = await alice.patch(url, json={"name": "P"}, headers={"If-Match": '"1"'})
        assert same.headers["ETag"] == '"1"'

    @pytest.mark.parametrize(
        "fields",
        [
            {"name": ""},
            {"name": " "},
            {"name": "a\nb"},
            {"name": "x" * 201},
            {"kind": "organoid"},
            {"region": "all"},
            {"pixel_size_um": 0},
            {"pixel_size_um": -1},
            {"pixel_size_um": 1e9},
            {"colour": "blue"},
            {"preferences": {"axes": "colours"}},
            {"preferences": {"axes": ["t"]}},
            {"preferences": {"axes": "tt"}},
            {"preferences": {"interval": "4"}},
            {"preferences": {"interval": "soon"}},
            {"preferences": {"interval": "0h"}},
            {"preferences": {"interval": 4}},
            {"owner_id": str(uuid.uuid4())},
        ],
    )
    async def test_nonsense_is_refused(self, alice: httpx.AsyncClient, fields: dict[str, Any]) -> None:
        answer = await alice.post(f"{API}/projects", json={"name": "P", **fields})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")

    async def test_how_files_are_read_must_make_sense(self, alice: httpx.AsyncClient) -> None:
        good = {"axes": "t12c2", "interval": "1,5 h", "theme": "dark"}
        made = await alice.post(f"{API}/projects", json={"name": "P", "preferences": good})
        assert (made.status_code, made.json()["preferences"]) == (201, good)
        url, match = f"{API}/projects/{made.json()['id']}", {"If-Match": made.headers["etag"]}
        bad = await alice.patch(url, json={"preferences": {"interval": "4 lightyears"}}, headers=match)
        assert bad.status_code == 422
        assert "'4 lightyears' is no time between frames" in bad.text
        cleared = await alice.patch(url, json={"preferences": {"axes": "", "interval": None}}, headers=match)
        assert cleared.status_code == 200

    async def test_a_page_in_any_language_can_say_why(self, alice: httpx.AsyncClient) -> None:
        answer = await alice.post(f"{API}/projects", json={"name": "P", "pixel_size_um": 0})
        (reason,) = answer.json()["errors"]
        assert (reason["where"], reason["kind"], reason["limits"]) == (
            "body.pixel_size_um",
            "greater_than",
            {"gt": 0.0},
        )
        assert "greater than 0" in reason["reason"]

    async def test_not_a_number_is_refused(self, alice: httpx.AsyncClient) -> None:
        answer = await alice.post(
            f"{API}/projects",
            content=b'{"name": "P", "pixel_size_um": NaN}',
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 422

    async def test_listing_is_ordered_and_paged_without_gap_or_double(
        self, alice: httpx.AsyncClient, bob: httpx.AsyncClient, make_project: MakeProject
    ) -> None:
        made = [f"Plate {number % 4}" for number in range(9)]
        for name in made:
            await make_project(alice, name=name)
        await make_project(bob, name="Plate of Bob")
        assert await names(alice, sort="name", limit=2) == sorted(made)
        assert await names(alice, sort="-name", limit=2) == sorted(made, reverse=True)
        assert await names(alice, sort="created_at", limit=4) == made
        assert await names(alice, limit=4) == made[::-1]

    async def test_search_takes_text_literally(self, alice: httpx.AsyncClient, make_project: MakeProject) -> None:
        for name in ("100% serum", "100 percent", "a_b", "aXb", "Žluťoučký kůň", "back\\slash"):
            await make_project(alice, name=name)
        assert await names(alice, search="100%") == ["100% serum"]
        assert await names(alice, search="a_b") == ["a_b"]
        assert await names(alice, search="ŽLUŤ") == ["Žluťoučký kůň"]
        assert await names(alice, search="k\\s") == ["back\\slash"]
        assert await names(alice, search="'; DROP TABLE users; --") == []

    async def test_a_cursor_of_another_listing_is_refused(self, alice: httpx.AsyncClient) -> None:
        for cursor in ("nonsense", "W10", "WyJhIiwiYiJd", "é", "eyJhIjoxfQ"):
            answer = await alice.get(f"{API}/projects", params={"cursor": cursor})
            assert answer.json()["code"] == "invalid_cursor", cursor

    async def test_every_change_is_in_the_log(self, alice: Any, make_project: MakeProject, state: Services) -> None:
        project = await make_project(alice)
        await alice.patch(f"{API}/projects/{project['id']}", json={"name": "Q"}, headers={"If-Match": '"1"'})
        async with state.database.session() as session:
            rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.at))
            entries = [row for row in rows if row.subject_type == "project"]
        assert [entry.action for entry in entries] == ["project.create", "project.change"]
        assert entries[1].actor_id == alice.user_id
        assert entries[1].ip == "203.0.113.7"
        assert entries[1].request_id is not None
        assert entries[1].details == {"changed": ["name"], "version": 2}


class TestRoles:
    async def test_viewers_look_editors_change_owners_delete(
        self, alice: Any, bob: Any, make_project: MakeProject, add_member: AddMember
    ) -> None:
        project = await make_project(alice)
        url = f"{API}/projects/{project['id']}"
        assert (await bob.get(url)).json()["code"] == "not_found"
        await add_member(project["id"], bob, "viewer")
        assert (await bob.get(url)).json()["role"] == "viewer"
        assert await names(bob) == ["Spheroids"]
        refused = await bob.patch(url, json={"name": "Q"}, headers={"If-Match": '"1"'})
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert (await bob.delete(url)).status_code == 403


class TestTrash:
    async def test_is_seen_by_its_owner_only_and_can_be_left(
        self, alice: Any, bob: Any, make_project: MakeProject, add_member: AddMember
    ) -> None:
        project = await make_project(alice, name="Old")
        await add_member(project["id"], bob, "editor")
        url = f"{API}/projects/{project['id']}"
        assert (await alice.delete(url)).status_code == 204
        assert (await alice.delete(url)).status_code == 404
        assert (await bob.get(url)).status_code == 404
        assert (await bob.post(f"{url}/restore")).status_code == 403
        assert await names(bob) == []
        assert await names(bob, trash=True) == []
        assert await names(alice) == []
        assert await names(alice, trash=True) == ["Old"]
        assert (await alice.get(url)).json()["deleted_at"] is not None
        assert (await alice.post(f"{url}/restore")).json()["deleted_at"] is None
        assert (await bob.get(url)).status_code == 200

    async def test_only_what_lies_in_it_is_deleted_for_good(
        self, alice: Any, make_project: MakeProject, state: Services
    ) -> None:
        project = await make_project(alice)
        url = f"{API}/projects/{project['id']}"
        assert (await alice.delete(f"{url}/forever")).json()["code"] == "conflict"
        await alice.delete(url)
        assert (await alice.delete(f"{url}/forever")).status_code == 204
        assert (await alice.get(url)).status_code == 404
        async with state.database.session() as session:
            assert await session.scalar(select(func.count()).select_from(Member)) == 0

    async def test_is_emptied_after_its_days(self, alice: Any, make_project: MakeProject, state: Services) -> None:
        for name in ("old", "young", "alive"):
            await make_project(alice, name=name)
        async with state.database.session() as session:
            for name, days in (("old", 31), ("young", 29)):
                gone = utc_now() - dt.timedelta(days=days)
                await session.execute(update(Project).where(Project.name == name).values(deleted_at=gone))
        async with state.database.session() as session:
            assert await empty_trash(session, days=30) == 1
        async with state.database.session() as session:
            assert sorted((await session.scalars(select(Project.name))).all()) == ["alive", "young"]


class TestFolders:
    async def test_are_a_tree_of_ones_own(self, alice: Any, bob: Any) -> None:
        top = await make_folder(alice, "2026")
        inner = await make_folder(alice, "May", top["id"])
        listed = (await alice.get(f"{API}/folders")).json()
        assert {row["name"]: row["parent_id"] for row in listed} == {"2026": None, "May": top["id"]}
        assert (await bob.get(f"{API}/folders")).json() == []
        his = await bob.post(f"{API}/folders", json={"name": "Mine", "parent_id": inner["id"]})
        assert his.json()["code"] == "folder_not_found"
        for method in ("PATCH", "DELETE"):
            body = {"json": {"name": "Q"}} if method == "PATCH" else {}
            answer = await bob.request(method, f"{API}/folders/{top['id']}", headers={"If-Match": "*"}, **body)
            assert answer.status_code == 404

    async def test_cannot_lie_inside_themselves(self, alice: Any) -> None:
        a = await make_folder(alice, "a")
        b = await make_folder(alice, "b", a["id"])
        c = await make_folder(alice, "c", b["id"])
        for target in (a, b, c):
            answer = await alice.patch(
                f"{API}/folders/{a['id']}", json={"parent_id": target["id"]}, headers={"If-Match": '"1"'}
            )
            assert answer.json()["code"] == "folder_cycle"
        moved = await alice.patch(f"{API}/folders/{c['id']}", json={"parent_id": None}, headers={"If-Match": '"1"'})
        assert (moved.json()["parent_id"], moved.headers["ETag"]) == (None, '"2"')

    async def test_are_not_endlessly_deep(self, alice: Any) -> None:
        parent = None
        for _ in range(MAX_DEPTH):
            parent = (await make_folder(alice, "f", parent))["id"]
        answer = await alice.post(f"{API}/folders", json={"name": "one more", "parent_id": parent})
        assert answer.json()["code"] == "folder_too_deep"

    async def test_projects_lie_in_each_members_own_tree(
        self, alice: Any, bob: Any, make_project: MakeProject, add_member: AddMember
    ) -> None:
        folder = await make_folder(alice)
        project = await make_project(alice, name="In", folder_id=folder["id"])
        await make_project(alice, name="Top")
        await add_member(project["id"], bob, "viewer")
        assert await names(alice, folder=folder["id"]) == ["In"]
        assert await names(alice, folder="top") == ["Top"]
        assert await names(bob, folder="top") == ["In"]
        his = await make_folder(bob, "Shared with me")
        url = f"{API}/projects/{project['id']}/folder"
        assert (await bob.put(url, json={"folder_id": his["id"]})).json()["folder_id"] == his["id"]
        assert (await bob.put(url, json={"folder_id": folder["id"]})).json()["code"] == "folder_not_found"
        assert (await alice.get(f"{API}/projects/{project['id']}")).json()["folder_id"] == folder["id"]

    async def test_deleting_one_keeps_its_projects(self, alice: Any, make_project: MakeProject) -> None:
        outer = await make_folder(alice)
        inner = await make_folder(alice, "inner", outer["id"])
        await make_project(alice, name="Kept", folder_id=inner["id"])
        assert (await alice.delete(f"{API}/folders/{outer['id']}")).status_code == 204
        assert (await alice.get(f"{API}/folders")).json() == []
        assert await names(alice, folder="top") == ["Kept"]
