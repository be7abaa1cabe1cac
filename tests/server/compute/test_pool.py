"""Compute children: they answer, die, are killed, and the next call works all the same."""

import asyncio
import fcntl
import os
import signal
import termios

import psutil
import pytest

from spheroseg.errors import FileNameError, ImageReadError
from spheroseg.server.compute.pool import Child, ChildDied, Compute, ComputeError


@pytest.fixture
def child(warm_children):
    return warm_children[0]


async def hold_still(child):
    os.kill(child.pid, signal.SIGSTOP)
    while psutil.Process(child.pid).status() != psutil.STATUS_STOPPED:  # the signal takes its time
        await asyncio.sleep(0.005)


async def all_calls_sent(child):
    """Wait until each line of a child that is held still has a message that nobody has read."""
    lines = child.life().lines
    while any(fcntl.ioctl(line.fileno(), termios.TIOCOUTQ, b"\0" * 4) == b"\0" * 4 for line in lines):
        await asyncio.sleep(0.005)


@pytest.fixture
def compute(child):
    return Compute([child])


async def test_errors_of_ours_come_through(compute, tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(ImageReadError) as refused:
        await compute.run("inspect", path=str(tmp_path / "a.png"), series=0, thumbnail_px=64)
    assert refused.value.reason
    with pytest.raises(FileNameError):
        await compute.run("read_names", names=["a"], pattern="{nonsense}")


async def test_a_fault_ends_the_call_not_the_child(compute, child):
    await compute.run("read_names", names=["A01.png"], pattern=None)
    pid = child.pid
    with pytest.raises(ComputeError):
        await compute.run("inspect", path=3, series="x", thumbnail_px=64)
    with pytest.raises(ComputeError):
        await compute.run("no such function")
    assert child.pid == pid is not None


async def test_a_killed_child_is_an_error_and_then_a_new_child(compute, child):
    await compute.run("read_names", names=["A01.png"], pattern=None)
    os.kill(child.pid, signal.SIGKILL)
    while child.pid is not None:
        await asyncio.sleep(0.01)
    read = await compute.run("read_names", names=["B02_t3.png"], pattern=None)
    assert read[0]["well"] == "B02"


async def test_cancelling_really_stops_the_work(compute, child):
    await compute.run("read_names", names=["A01.png"], pattern=None)
    pid = child.pid
    await hold_still(child)  # so that it cannot be done before
    call = asyncio.create_task(compute.run("read_names", names=["plate_A01_t003.png"], pattern=None))
    await all_calls_sent(child)
    assert not call.done()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert not psutil.pid_exists(pid)
    assert (await compute.run("read_names", names=["C03.png"], pattern=None))[0]["well"] == "C03"


async def test_a_cancelled_call_takes_no_other_along():
    child = Child(calls=2)
    compute = Compute([child])
    try:
        await compute.run("read_names", names=["A01.png"], pattern=None)
        pid = child.pid
        await hold_still(child)
        names = ["plate_A01_t003.png"]
        cancelled, kept = (asyncio.create_task(compute.run("read_names", names=names, pattern=None)) for _ in range(2))
        await all_calls_sent(child)
        assert not cancelled.done()
        assert not kept.done()
        cancelled.cancel()
        assert len(await kept) == len(names)
        assert cancelled.cancelled()
        assert child.pid != pid
    finally:
        await compute.close()


async def test_a_child_that_dies_breaks_all_its_calls():
    child = Child(calls=2)
    compute = Compute([child])
    try:
        await compute.run("read_names", names=["A01.png"], pattern=None)
        await hold_still(child)
        calls = [
            asyncio.create_task(compute.run("read_names", names=["plate_A01_t003.png"], pattern=None)) for _ in range(2)
        ]
        await all_calls_sent(child)
        os.kill(child.pid, signal.SIGKILL)
        assert {type(error) for error in await asyncio.gather(*calls, return_exceptions=True)} == {ChildDied}
    finally:
        await compute.close()


async def test_what_is_closed_starts_no_process():
    own = Child()
    compute = Compute([own])
    await compute.run("read_names", names=["A01.png"], pattern=None)
    await hold_still(own)
    call = asyncio.create_task(compute.run("read_names", names=["plate_A01_t003.png"], pattern=None))
    await all_calls_sent(own)
    await compute.close()
    with pytest.raises(ComputeError):
        await call
    assert own.pid is None


async def test_runs_share_the_child_of_the_models():
    others, models = Child(), Child(calls=2)
    compute = Compute([others], models=models)
    try:
        with pytest.raises(ComputeError):  # no such arguments: it is refused by the child that it went to
            await compute.run("segment")
        assert models.pid is not None
        assert others.pid is None
    finally:
        await compute.close()
