"""What administrators see and do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from spheroseg.server.access.services import Services
from spheroseg.server.resources.queue import COMPUTE, enqueue

API = "/api/v1"
MakeUser = Callable[..., Awaitable[Any]]


async def test_find_people(admin: Any, make_user: MakeUser) -> None:
    for name in ("ann", "anna", "zoe"):
        await make_user(name)
    first = (await admin.get(f"{API}/admin/users", params={"limit": 3})).json()
    rest = (await admin.get(f"{API}/admin/users", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [row["name"] for row in first["items"] + rest["items"]] == ["zoe", "anna", "ann", "admin"]
    found = (await admin.get(f"{API}/admin/users", params={"search": "ANN"})).json()["items"]
    assert {row["name"] for row in found} == {"ann", "anna"}
    assert (await admin.get(f"{API}/admin/users", params={"search": "%"})).json()["items"] == []


async def test_disabling_signs_out_at_once(admin: Any, alice: Any) -> None:
    assert (await alice.get(f"{API}/users/me")).status_code == 200
    url = f"{API}/admin/users/{alice.user_id}"
    assert (await admin.patch(url, json={"is_disabled": True})).json()["disabled_at"] is not None
    assert (await alice.get(f"{API}/users/me")).status_code == 401
    assert (await admin.patch(url, json={"is_disabled": False})).json()["disabled_at"] is None


async def test_a_new_role_counts_at_once(admin: Any, alice: Any) -> None:
    assert (await alice.get(f"{API}/admin/queue")).status_code == 403
    await admin.patch(f"{API}/admin/users/{alice.user_id}", json={"role": "admin"})
    assert (await alice.get(f"{API}/admin/queue")).status_code == 200


async def test_somebody_always_administers(admin: Any, alice: Any) -> None:
    url = f"{API}/admin/users/{admin.user_id}"
    for change in ({"role": "user"}, {"is_disabled": True}):
        assert (await admin.patch(url, json=change)).json()["code"] == "last_admin"
    assert (await admin.delete(url)).json()["code"] == "last_admin"
    await admin.patch(f"{API}/admin/users/{alice.user_id}", json={"role": "admin"})
    assert (await admin.patch(url, json={"role": "user"})).status_code == 200


async def test_deleting_somebody(
    admin: Any, alice: Any, make_project: Callable[..., Awaitable[dict[str, Any]]]
) -> None:
    await make_project(alice)
    url = f"{API}/admin/users/{alice.user_id}"
    assert (await admin.delete(url)).status_code == 204
    assert (await admin.delete(url)).status_code == 404
    assert (await alice.get(f"{API}/users/me")).status_code == 401
    assert (await admin.get(f"{API}/admin/health")).json()["projects"] == 0


async def test_administrators_do_not_see_other_peoples_projects(
    admin: Any, alice: Any, make_project: Callable[..., Awaitable[dict[str, Any]]]
) -> None:
    project = await make_project(alice)
    assert (await admin.get(f"{API}/projects/{project['id']}")).status_code == 404
    assert (await admin.get(f"{API}/projects")).json()["items"] == []


async def test_the_queue_and_the_database_at_this_moment(admin: Any, state: Services) -> None:
    async with state.database.session() as session:
        for _ in range(2):
            await enqueue(session, "projects:empty_trash", queue=COMPUTE, timestamp=0)
    body = (await admin.get(f"{API}/admin/queue")).json()
    assert [(row["queue"], row["task"], row["status"], row["count"]) for row in body["jobs"]] == [
        ("compute", "projects:empty_trash", "todo", 2)
    ]
    assert body["jobs"][0]["oldest_wait_s"] >= 0
    assert body["workers"] == []
    health = (await admin.get(f"{API}/admin/health")).json()
    assert health["database_bytes"] > 1_000_000
    assert health["connections"] >= 1
    assert (health["images"], health["files_bytes"]) == (0, 0)
    assert health["disk_free_bytes"] > 0
    assert int(health["postgresql"].split(".")[0]) >= 15
