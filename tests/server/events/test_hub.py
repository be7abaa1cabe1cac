"""Live events over real sockets: rooms, access, presence, a lost database connection."""

import asyncio

import psycopg
import pytest
import socketio
from tests.server.fixtures.events import connect_events

from spheroseg.server.config import Settings
from spheroseg.server.events.hub import EventHub, is_own_page
from spheroseg.server.resources.emit import emit, encode


class Listener:
    """A browser's connection that remembers what it heard."""

    def __init__(self):
        self.client = socketio.AsyncClient()
        self.heard = asyncio.Queue()
        self.resyncs = asyncio.Queue()
        self.closed = asyncio.Queue()
        self.cursors = asyncio.Queue()
        self.client.on("event", self.heard.put)
        self.client.on("resync", self.resyncs.put)
        self.client.on("closed", self.closed.put)
        self.client.on("cursors", self.cursors.put)

    async def connect(self, url, token):
        await connect_events(self.client, url, token)
        return self

    async def subscribe(self, topic):
        return await self.client.call("subscribe", {"topic": topic}, timeout=120)

    async def cursor(self, topic, **message):
        return await self.client.call("cursor", {"topic": topic, "frame": 0, **message}, timeout=120)

    async def cursors_are(self, *wanted):
        """Wait until the cursors at the image are these: (name, position, numbers)."""
        while True:
            people = (await asyncio.wait_for(self.cursors.get(), 120))["people"]
            if sorted((one["name"], one["position"], one["numbers"]) for one in people) == sorted(wanted):
                return people

    async def next(self, kind):
        while True:
            event = await asyncio.wait_for(self.heard.get(), 120)
            if event["type"] == kind:
                return event


@pytest.fixture
async def listen(lab):
    listeners = []

    async def make(url, person):
        listener = await Listener().connect(url, person.token)
        listeners.append(listener)
        return listener

    yield make
    for listener in listeners:
        await listener.client.disconnect()


@pytest.mark.parametrize(
    ("public_url", "origin", "host", "is_ours"),
    [
        ("https://lab.example", "https://lab.example", "lab.example", True),
        ("https://lab.example", "http://10.0.0.5:8000", "10.0.0.5:8000", False),  # round the proxy
        ("https://lab.example", "https://evil.example", "lab.example", False),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://127.0.0.1:8000", "http://lab-pc:8000", "lab-pc:8000", True),
        ("http://127.0.0.1:8000", "http://evil.example", "lab-pc:8000", False),
        ("http://127.0.0.1:8000", "https://lab-pc:8000", "lab-pc:8000", False),
        ("http://127.0.0.1:8000", "null", "lab-pc:8000", False),
        ("http://127.0.0.1:8000", None, None, False),
    ],
)
def test_only_pages_of_this_service_connect(public_url, origin, host, is_ours):
    assert is_own_page(Settings(public_url=public_url), origin, host) is is_ours


async def test_a_page_of_somebody_else_hears_nothing(lab):
    alice = await lab.person()
    async with lab.serving() as url:
        for origin, is_let_in in ((url, True), ("http://evil.example", False)):
            client = socketio.AsyncClient()
            connected = connect_events(client, url, alice.token, headers={"Origin": origin})
            if is_let_in:
                await connected
                await client.disconnect()
            else:
                with pytest.raises(socketio.exceptions.ConnectionError):
                    await connected
                await client.eio.http.close()  # the library leaves it open


async def test_an_upload_is_seen_by_those_who_look_at_the_project(lab, listen, make_png):
    alice, bob = await lab.person(), await lab.person("bob")
    project_id = await lab.project(alice)
    topic = f"project:{project_id}"
    async with lab.serving() as url:
        hers, his = await listen(url, alice), await listen(url, bob)
        assert (await hers.subscribe(topic))["ok"]
        assert await his.subscribe(topic) == {"ok": False, "code": "not_found"}
        assert (await hers.subscribe("everything"))["code"] == "invalid_topic"
        (image,) = await lab.upload(alice, project_id, A01__png=make_png())
        assert (await hers.next("image.created"))["id"] == image["id"]
        ready = await hers.next("image.ready")
        assert (ready["id"], ready["topic"]) == (image["id"], topic)
        answer = await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
        assert (await hers.next("run.created"))["id"] == answer.json()["id"]
        assert (await hers.next("run.done"))["n_done"] == 1
        assert his.heard.empty()


async def test_a_rolled_back_change_is_not_told(lab, listen):
    alice = await lab.person()
    topic = f"user:{alice.user_id}"
    async with lab.serving(with_worker=False) as url:
        listener = await listen(url, alice)
        with pytest.raises(KeyError):
            async with lab.state.database.session() as session:
                await emit(session, topic, {"type": "wrong", "id": "1"})
                raise KeyError
        async with lab.state.database.session() as session:
            await emit(session, topic, {"type": "right", "id": "2"})
        assert (await asyncio.wait_for(listener.heard.get(), 120))["type"] == "right"


async def test_people_see_each_other_and_leave_when_they_lose_access(lab, listen):
    alice, bob = await lab.person(), await lab.person("bob")
    project_id = await lab.project(alice)
    await lab.member(project_id, bob, "viewer")
    topic = f"project:{project_id}"
    async with lab.serving(with_worker=False) as url:
        hers, his = await listen(url, alice), await listen(url, bob)
        await hers.subscribe(topic)
        await his.subscribe(topic)
        while (await hers.next("presence"))["people"] != [
            {"id": str(person.user_id), "name": person.email.split("@")[0]}
            for person in sorted((alice, bob), key=lambda one: str(one.user_id))
        ]:
            pass
        async with lab.state.database.session() as session:
            connection = await session.connection()
            await connection.exec_driver_sql(f"DELETE FROM members WHERE user_id = '{bob.user_id}'")
            await emit(session, topic, {"type": "members.changed", "id": project_id})
        assert (await asyncio.wait_for(his.closed.get(), 120))["topic"] == topic
        while len((await hers.next("presence"))["people"]) != 1:
            pass


async def test_cursors_are_seen_by_others_also_through_another_process(lab, listen, make_png):
    alice, bob = await lab.person(), await lab.person("bob")
    project_id = await lab.project(alice)
    await lab.member(project_id, bob, "viewer")
    (image,) = await lab.upload(alice, project_id, A01__png=make_png())
    topic = f"image:{image['id']}"
    async with lab.serving(with_worker=False) as url:
        hers, his = await listen(url, alice), await listen(url, bob)
        assert (await hers.cursor(topic, position=[1, 2]))["code"] == "not_subscribed"
        own = await hers.subscribe(topic)
        await his.subscribe(topic)
        other = EventHub(lab.state)  # a second process hears and tells by the database alone
        await other.start()
        await other.is_listening.wait()
        assert (await hers.cursor(topic, position=[10, 20.5], numbers=[4, 3]))["ok"]
        (cursor,) = await his.cursors_are(("alice", [10, 20.5], [3, 4]))
        assert cursor["connection_id"] == own["connection_id"]
        assert cursor["user_id"] == str(alice.user_id)
        # a viewer shows where, and holds nothing
        assert (await his.cursor(topic, position=[5, 6], numbers=[9]))["ok"]
        await hers.cursors_are(("alice", [10, 20.5], [3, 4]), ("bob", [5, 6], []))
        async with asyncio.timeout(120):
            while len(other.awareness.everybody(topic)) != 2:
                await asyncio.sleep(0.02)
        for wrong in ({"position": [1]}, {"position": "x"}, {"numbers": [0]}, {"numbers": [1] * 201}, {"frame": -1}):
            assert (await hers.cursor(topic, **wrong))["code"] == "invalid", wrong
        assert {one["name"] for one in (await his.subscribe(topic))["cursors"]} == {"alice", "bob"}
        await hers.client.disconnect()
        await his.cursors_are(("bob", [5, 6], []))
        async with asyncio.timeout(120):
            while [one["name"] for one in other.awareness.everybody(topic)] != ["bob"]:
                await asyncio.sleep(0.02)
        await other.close()


async def test_a_lost_connection_to_the_database_asks_to_read_again(lab, listen):
    alice = await lab.person()
    async with lab.serving(with_worker=False) as url:
        listener = await listen(url, alice)
        plain = lab.state.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        async with await psycopg.AsyncConnection.connect(plain, autocommit=True) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'spheroseg-events' "
                "AND datname = current_database()"
            )
        await asyncio.wait_for(listener.resyncs.get(), 120)
        async with lab.state.database.session() as session:
            await emit(session, f"user:{alice.user_id}", {"type": "after", "id": "1"})
        await listener.next("after")


async def test_nobody_connects_without_a_session(lab):
    async with lab.serving(with_worker=False) as url:
        with pytest.raises(socketio.exceptions.ConnectionError):
            await Listener().connect(url, "nonsense")


def test_a_payload_that_is_too_long_names_what_changed():
    text = encode("project:1", {"type": "x", "id": "2", "version": 3, "list": ["y" * 100] * 100})
    assert len(text) < 8000
    assert '"is_cut": true' in text
