"""Cache: what may be lost, in memory and in a real Redis that is killed in the middle."""

import asyncio
import shutil
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
from tests.fixtures.tools import missing

from spheroseg.server.resources.cache import Cache, MemoryStore
from spheroseg.server.resources.redis_store import REST_S, RedisStore


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def redis():
    """A real Redis on a free port of this machine, and its process."""
    program = shutil.which("redis-server")
    if program is None:
        missing("redis-server is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    yield f"redis://127.0.0.1:{port}/0", process
    process.kill()
    process.wait()


async def test_memory_forgets_the_oldest_first_and_what_expired():
    clock = Clock()
    store = MemoryStore(max_bytes=80, clock=clock)
    for name in "abcdefgh":
        await store.set(name, name.encode() * 10, 60)
    await store.get("a")
    await store.set("i", b"i" * 10, 60)
    assert await store.get("b") is None
    assert await store.get("a") == b"a" * 10
    await store.set("large", b"x" * 11, 60)
    assert await store.get("large") is None
    clock.now = 61
    assert await store.get("a") is None


async def all_wait():
    """Let every task go on until it waits for something."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_one_computation_for_many_readers():
    cache = Cache(MemoryStore())
    calls = []

    may_end = asyncio.Event()

    async def compute():
        calls.append(1)
        await may_end.wait()
        return b"value"

    readers = [asyncio.create_task(cache.remember("k", compute, expires_s=60)) for _ in range(10)]
    await all_wait()
    may_end.set()
    assert (set(await asyncio.gather(*readers)), len(calls)) == ({b"value"}, 1)


async def test_a_reader_that_goes_away_leaves_the_value_to_the_others():
    cache = Cache(MemoryStore())

    may_end = asyncio.Event()

    async def compute():
        await may_end.wait()
        return b"value"

    first = asyncio.create_task(cache.remember("k", compute, expires_s=60))
    await all_wait()
    second = asyncio.create_task(cache.remember("k", compute, expires_s=60))
    await all_wait()
    first.cancel()
    await all_wait()
    may_end.set()
    assert await second == b"value"


async def test_a_change_forgets_also_what_is_being_computed():
    cache = Cache(MemoryStore())
    state, may_end = [b"old"], asyncio.Event()

    async def compute():
        value = state[0]
        await may_end.wait()
        return value

    reading = asyncio.create_task(cache.remember("n", compute, expires_s=60, scope="p"))
    await all_wait()
    state[0] = b"new"
    cache.forget("p", "event-1")
    may_end.set()
    assert await reading == b"old"
    assert await cache.remember("n", compute, expires_s=60, scope="p") == b"new"
    cache.forget_everything()
    state[0] = b"newer"
    assert await cache.remember("n", compute, expires_s=60, scope="p") == b"newer"


async def test_two_processes_share_redis_after_the_same_event(redis):
    url, _ = redis
    one, two = Cache.open(url), Cache.open(url)
    for cache in (one, two):
        cache.forget("p", "event-7")

    async def compute():
        return b"41"

    async def never():
        raise AssertionError("it is there already")

    assert await one.remember("n", compute, expires_s=60, scope="p") == b"41"
    assert await two.remember("n", never, expires_s=60, scope="p") == b"41"
    await one.close()
    await two.close()


async def test_a_lost_redis_is_slower_not_broken(redis):
    url, process = redis
    clock = Clock()
    clock.now = 100.0
    store = RedisStore(url, clock=clock)
    cache = Cache(store)
    await cache.set("k", b"value", expires_s=60)
    assert await cache.get("k") == b"value"
    process.kill()
    process.wait()

    async def compute():
        return b"computed"

    assert await cache.remember("k", compute, expires_s=60) == b"computed"
    with socket.socket() as listener:  # it is left alone for a while, not asked and waited for each time
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", urlsplit(url).port))
        listener.listen()
        listener.setblocking(False)
        for _ in range(100):
            assert await cache.get("k") is None
        with pytest.raises(BlockingIOError):
            listener.accept()
        clock.now += REST_S + 1
        assert await cache.get("k") is None
        listener.accept()[0].close()  # and then asked again
    await cache.close()


def test_its_measures_are_there_before_the_first_look():
    """A series that begins with its first look has no rate for it: an empty panel, where all was well."""
    script = (
        "import spheroseg.server.resources.cache, spheroseg.server.resources.replica, prometheus_client;"
        "print(prometheus_client.generate_latest().decode())"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    for series in (
        'cache_looks_total{outcome="hit"}',
        'cache_looks_total{outcome="miss"}',
        'reads_total{place="primary"}',
    ):
        assert f"spheroseg_{series} 0.0" in answer.stdout
