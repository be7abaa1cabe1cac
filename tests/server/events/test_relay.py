"""Every change that other systems shall hear of reaches the stream: once the transaction commits, however long the stream was away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis as RedisClient
from tests.server.fixtures.lab import Lab
from tests.server.fixtures.redis_server import Redis

from spheroseg.server.app import build_app, build_services
from spheroseg.server.compute.pool import Child, Compute
from spheroseg.server.config import Settings
from spheroseg.server.events import relay as relaying
from spheroseg.server.models.repository import keep as keep_models

Event = dict[str, Any]


@pytest.fixture
async def lab_with_stream(
    settings: Settings, own_database_url: str, warm_children: list[Child]
) -> AsyncIterator[Callable[[str], Awaitable[Lab]]]:
    """`await lab_with_stream(url)`: a lab whose changes go to that stream."""
    made: list[Lab] = []

    async def make(stream_url: str) -> Lab:
        own = settings.model_copy(
            update={"database_url": SecretStr(own_database_url), "stream_url": SecretStr(stream_url)}
        )
        state = build_services(own)
        await state.compute.close()
        state.compute = Compute(warm_children[:1], models=warm_children[1])
        state.compute.children = []  # they outlive this test
        async with state.database.session() as session:
            await keep_models(session, await state.compute.run("list_models"))
        lab = Lab(build_app(own, state), state)
        made.append(lab)
        return lab

    yield make
    for lab in made:
        for person in lab.people:
            await person.aclose()
        await lab.parts.aclose()
        await lab.state.close()


async def relay_until_empty(lab: Lab) -> None:
    """The relay of a worker, until the outbox has nothing left."""
    assert lab.state.settings.stream_url is not None
    task = asyncio.create_task(relaying.relay(lab.state, lab.state.settings.stream_url.get_secret_value()))
    async with await psycopg.AsyncConnection.connect(lab.state.database.listening_url, autocommit=True) as db:
        while True:
            row = await (await db.execute("SELECT count(*) FROM outbox")).fetchone()
            if row == (0,):
                break
            assert not task.done(), task.result()
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def live_a_little(lab: Lab, make_png: Callable[..., bytes]) -> tuple[str, str, str]:
    """A project with an image and a run, and a change that was refused; ids of the three."""
    alice = await lab.person()
    project_id = await lab.project(alice)
    (image,) = await lab.upload(alice, project_id, A01__png=make_png())
    await lab.work()
    run = (await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})).json()
    await lab.work()
    refused = await alice.patch(f"/api/v1/projects/{project_id}", json={"name": "x"}, headers={"If-Match": '"99"'})
    assert refused.status_code == 412
    return project_id, image["id"], run["id"]


def check_story(events: list[Event], project_id: str, image_id: str, run_id: str) -> None:
    """What happened, in order, each event once, nothing that was rolled back."""
    assert len({event["event"] for event in events}) == len(events)
    kinds = [(event["payload"]["type"], event["payload"]["id"]) for event in events]
    assert ("project.created", project_id) in kinds
    assert ("image.created", image_id) in kinds
    about_run = [event["payload"]["type"] for event in events if event["payload"]["id"] == run_id]
    assert about_run[-1] == "run.done", about_run
    assert kinds.index(("project.created", project_id)) < kinds.index(("image.created", image_id))
    times = [event["occurred_at"] for event in events]
    assert times == sorted(times)
    assert "project.changed" not in {kind for kind, _ in kinds}


async def test_events_reach_a_stream_of_redis_after_it_was_away(
    lab_with_stream: Callable[[str], Awaitable[Lab]],
    redis: Redis,
    make_png: Callable[..., bytes],
) -> None:
    lab = await lab_with_stream(f"{redis.url}?stream=spheroseg")
    redis.stop()  # everything happens while the stream is away
    ids = await live_a_little(lab, make_png)
    away = asyncio.create_task(relay_until_empty(lab))
    await asyncio.sleep(0.5)
    assert not away.done()
    redis.start()
    await away
    async with RedisClient.from_url(redis.url) as client:
        entries = await client.xrange("spheroseg")
    events = [json.loads(fields[b"event"]) for _, fields in entries]
    check_story(events, *ids)
    assert [fields[b"key"].decode() for _, fields in entries] == [event["topic"] for event in events]


async def test_events_reach_kafka(
    lab_with_stream: Callable[[str], Awaitable[Lab]], make_png: Callable[..., bytes]
) -> None:
    kafka = pytest.importorskip("confluent_kafka")
    from aiokafka import AIOKafkaConsumer, TopicPartition  # noqa: PLC0415 -- an optional part

    # the brokers that librdkafka brings for tests: Kafka's protocol on this machine's sockets
    brokers = kafka.Producer({"bootstrap.servers": "", "test.mock.num.brokers": 2})
    addresses = [f"{broker.host}:{broker.port}" for broker in brokers.list_topics(timeout=120).brokers.values()]
    lab = await lab_with_stream(f"kafka://{','.join(addresses)}/spheroseg")
    ids = await live_a_little(lab, make_png)
    await relay_until_empty(lab)
    consumer = AIOKafkaConsumer("spheroseg", bootstrap_servers=addresses, auto_offset_reset="earliest")
    await consumer.start()
    events: list[Event] = []
    keys: dict[str, set[int]] = {}
    try:
        partitions = [TopicPartition("spheroseg", number) for number in consumer.partitions_for_topic("spheroseg")]
        n_events = sum((await consumer.end_offsets(partitions)).values())
        async with asyncio.timeout(120):
            while len(events) < n_events:
                batches = await consumer.getmany(timeout_ms=1000)
                for partition, records in batches.items():
                    for record in records:
                        events.append(json.loads(record.value))
                        keys.setdefault(record.key.decode(), set()).add(partition.partition)
    finally:
        await consumer.stop()
    check_story(sorted(events, key=lambda event: str(event["occurred_at"])), *ids)
    assert all(len(partitions) == 1 for partitions in keys.values())  # what is of one thing stays in order


async def test_one_relay_works_and_the_next_one_takes_over(
    lab_with_stream: Callable[[str], Awaitable[Lab]], redis: Redis
) -> None:
    lab = await lab_with_stream(f"{redis.url}?stream=spheroseg")
    alice = await lab.person()
    url = f"{redis.url}?stream=spheroseg"
    relays = [asyncio.create_task(relaying.relay(lab.state, url)) for _ in range(2)]
    names = []
    async with RedisClient.from_url(redis.url) as client:
        for number in range(6):
            names.append(await lab.project(alice, name=f"P{number}"))
            async with asyncio.timeout(120):
                while await client.xlen("spheroseg") < len(names):
                    await asyncio.sleep(0.02)
            if number == 2:  # the first one dies, or the one that waited: either way there is one left
                relays[0].cancel()
                await asyncio.gather(relays[0], return_exceptions=True)
        entries = await client.xrange("spheroseg")
    relays[1].cancel()
    await asyncio.gather(*relays, return_exceptions=True)
    assert [json.loads(fields[b"event"])["payload"]["id"] for _, fields in entries] == names


async def test_without_a_stream_nothing_is_kept(lab: Lab) -> None:
    alice = await lab.person()
    await lab.project(alice)
    async with await psycopg.AsyncConnection.connect(lab.state.database.listening_url) as db:
        assert await (await db.execute("SELECT count(*) FROM outbox")).fetchone() == (0,)
