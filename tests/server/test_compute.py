"""Compute children: they answer, die, are killed, and the next call works all the same."""

import asyncio
import os
import signal
import time

import pytest

from spheroseg.errors import FileNameError, ImageReadError
from spheroseg.server.compute import Compute, ComputeError


@pytest.fixture(scope="module")
def shared(warm_children):
    return warm_children


@pytest.fixture
def compute(shared):
    made = Compute(1)
    made._idle = asyncio.LifoQueue()
    made._idle.put_nowait(shared[0])
    return made


async def test_errors_of_ours_come_through(compute, tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(ImageReadError) as refused:
        await compute.run("inspect", path=str(tmp_path / "a.png"), series=0, thumbnail_px=64)
    assert refused.value.reason
    with pytest.raises(FileNameError):
        await compute.run("read_names", names=["a"], pattern="{nonsense}")


async def test_a_fault_ends_the_call_not_the_child(compute, shared):
    await compute.run("read_names", names=["A01.png"], pattern=None)
    process = shared[0]._process
    with pytest.raises(ComputeError):
        await compute.run("inspect", path=3, series="x", thumbnail_px=64)
    with pytest.raises(ComputeError):
        await compute.run("no such function")
    assert shared[0]._process is process
    assert process.is_alive()


async def test_a_killed_child_is_an_error_and_then_a_new_child(compute, shared):
    await compute.run("read_names", names=["A01.png"], pattern=None)
    os.kill(shared[0]._process.pid, signal.SIGKILL)
    shared[0]._process.join()
    read = await compute.run("read_names", names=["B02_t3.png"], pattern=None)
    assert read[0]["well"] == "B02"


async def test_cancelling_really_stops_the_work(compute, shared):
    await compute.run("read_names", names=["A01.png"], pattern=None)
    child = shared[0]._process
    call = asyncio.create_task(compute.run("read_names", names=["plate_A01_t003.png"] * 500_000, pattern=None))
    await asyncio.sleep(0.5)
    assert not call.done()
    started = time.perf_counter()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert time.perf_counter() - started < 2
    assert not child.is_alive()
    assert (await compute.run("read_names", names=["C03.png"], pattern=None))[0]["well"] == "C03"
