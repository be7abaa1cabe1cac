"""Pixel work outside this process: children that load numba, OpenCV and the inference engine.

The API process stays small and answers while pixels are rendered; a worker keeps its model warm in a child
and can really stop it: cancelling a call kills the child, and the next call starts a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import queue
import signal
import sys
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, cast

import structlog

from spheroseg.errors import SpheroSegError

log = structlog.get_logger()
_SPAWN = multiprocessing.get_context("spawn")


class ComputeError(SpheroSegError):
    """The pixel work broke: the child died or met a fault of ours; trying again may help."""


class Compute:
    """A few children that answer calls, one at a time each.

    Args:
        processes: number of children; they are started when first needed.
    """

    def __init__(self, processes: int = 1) -> None:
        self._children = [_Child() for _ in range(processes)]
        self._idle: queue.LifoQueue[_Child] = queue.LifoQueue()  # the last used one is the warmest
        for child in self._children:
            self._idle.put_nowait(child)
        # calls wait for these threads, one a child: a child that is done has its next call at once, however long the
        # event loop takes to fetch the answer
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="compute")

    async def run(self, name: str, **arguments: Any) -> Any:  # noqa: ANN401 -- what the named function returns
        """Call a function of `compute_child.FUNCTIONS` in a child.

        Cancelling the caller kills the child in the middle of its work.

        Args:
            name: the function's name in the list.
            arguments: its arguments; plain values, bytes and arrays.

        Returns:
            What the function returned.

        Raises:
            SpheroSegError: the function raised it.
            ComputeError: the child died, or the function raised anything else.
        """
        begun: list[_Child] = []
        call = self._threads.submit(self._call, begun, name, arguments)
        answer = asyncio.wrap_future(call)
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            if not call.cancel():
                for child in begun:
                    child.kill()
                with contextlib.suppress(ComputeError, SpheroSegError):
                    await answer
            raise

    def _call(self, begun: list[_Child], name: str, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- see run
        child = self._idle.get_nowait()  # there are as many threads as children
        begun.append(child)
        try:
            return child.call(name, arguments)
        finally:
            self._idle.put_nowait(child)

    async def warm_up(self) -> None:
        """Start the children and let them load and compile what people wait for; what fails here fails later, visibly."""
        with contextlib.suppress(SpheroSegError):
            await asyncio.gather(*(self.run("warm_up") for _ in self._children))

    async def close(self) -> None:
        """Stop the children."""
        for child in self._children:
            child.kill()
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Child:
    def __init__(self) -> None:
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None

    def call(self, name: str, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- see Compute.run
        try:
            if self._process is None or self._connection is None or not self._process.is_alive():
                self._start()
            connection = cast("Connection", self._connection)
            connection.send((name, dict(arguments)))
            succeeded, value = connection.recv()
        except (EOFError, OSError) as error:
            self.kill()
            raise ComputeError(f"the process that did {name} ended in the middle of it") from error
        if succeeded:
            return value
        raise value

    def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.is_alive():
            process.kill()
            process.join(timeout=5)

    def _start(self) -> None:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_serve, args=(theirs,), name="spheroseg-compute", daemon=True)
        process.start()
        theirs.close()  # so that a dead child reads as the end of the pipe
        self._process, self._connection = process, ours


def _serve(connection: Connection) -> None:
    """The child's life: answer until the pipe ends."""
    from spheroseg.server import compute_child  # noqa: PLC0415 -- loads the pixel libraries, in the child only

    # Ctrl-C goes to the whole group; the parent decides when its children end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            name, arguments = connection.recv()
        except (EOFError, OSError):
            sys.exit(0)
        try:
            answer: tuple[bool, Any] = (True, compute_child.FUNCTIONS[name](**arguments))
        except SpheroSegError as error:
            answer = (False, error)
        except MemoryError:
            answer = (False, SpheroSegError("this image needs more memory than the machine has"))
        except Exception as error:  # noqa: BLE001 -- a fault of one call must not end the child
            detail = "".join(traceback.format_exception(error))
            answer = (False, ComputeError(f"{name} met a fault: {error!r}\n{detail}"))
        try:
            connection.send(answer)
        except OSError:
            sys.exit(0)
