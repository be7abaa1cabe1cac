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
import threading
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

import structlog

from spheroseg.errors import SpheroSegError
from spheroseg.server.resources.away import NO_ROOM, PartAway, PartFull

log = structlog.get_logger()
_SPAWN = multiprocessing.get_context("spawn")

MODEL_CALLS = frozenset({"segment", "apply_threshold", "load_model"})
"""Calls of a worker that hold a model or wait for one."""


class ComputeError(SpheroSegError):
    """The pixel work broke: the child died or met a fault of ours; trying again may help."""


class ChildDied(ComputeError, PartAway):
    """The child ended in the middle of a call, or is ending; the next call has a new one."""

    public_reason = "The process that works on pixels ended; please try again"


class ComputeFull(ComputeError, PartFull):
    """The child found no room on its disk."""

    public_reason = "The disk of the service is full"


class Compute:
    """A few children that answer calls.

    Args:
        children: answer any call; they are started when first needed.
        models: answers the `MODEL_CALLS` instead, so that they share one warm model; None: the others answer these too.
    """

    def __init__(self, children: Sequence[Child], models: Child | None = None) -> None:
        self.children = [*children, *([] if models is None else [models])]
        """Ended with this object."""
        self._any = _Lines(children)
        self._models = self._any if models is None else _Lines([models])

    async def run(self, name: str, **arguments: Any) -> Any:  # noqa: ANN401 -- what the named function returns
        """Call a function of `compute_child.FUNCTIONS` in a child.

        Cancelling the caller kills the child in the middle of its work; other calls that it had are made once more.

        Args:
            name: the function's name in the list.
            arguments: its arguments; plain values, bytes and arrays.

        Returns:
            What the function returned.

        Raises:
            SpheroSegError: the function raised it.
            ChildDied: the child died.
            ComputeError: the function raised anything else.
        """
        lines = self._models if name in MODEL_CALLS else self._any
        call = _Call(name, arguments)
        running = lines.threads.submit(lines.make, call)
        answer = asyncio.wrap_future(running)
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            if not running.cancel():
                call.cancel()
                with contextlib.suppress(ComputeError, SpheroSegError):
                    await answer
            raise

    async def warm_up(self) -> None:
        """Start the children and let them load and compile what people wait for; what fails here fails later, visibly."""
        with contextlib.suppress(SpheroSegError):
            await asyncio.gather(*(self.run("warm_up") for _ in range(self._any.count)))

    async def close(self) -> None:
        """Stop the children for good."""
        for child in self.children:
            child.end()
        for lines in {self._any, self._models}:
            lines.threads.shutdown(wait=False, cancel_futures=True)


class _Lines:
    """Lines to some children, lent to one call each.

    Calls wait for threads, one a line: a line that is free has its next call at once, however long the event loop
    takes to fetch the answer.
    """

    def __init__(self, children: Sequence[Child]) -> None:
        self._idle: queue.LifoQueue[tuple[Child, int]] = queue.LifoQueue()  # the last used one is the warmest
        for child in children:
            for number in range(child.calls):
                self._idle.put_nowait((child, number))
        self.count = sum(child.calls for child in children)
        self.threads = ThreadPoolExecutor(self.count, thread_name_prefix="compute")

    def make(self, call: _Call) -> Any:  # noqa: ANN401 -- see Compute.run
        line = self._idle.get_nowait()  # there are as many threads as lines
        try:
            return call.make(*line)
        finally:
            self._idle.put_nowait(line)


class _Call:
    def __init__(self, name: str, arguments: Mapping[str, Any]) -> None:
        self._message = (name, dict(arguments))
        self._child: Child | None = None
        self._is_cancelled = False

    def make(self, child: Child, number: int) -> Any:  # noqa: ANN401 -- see Compute.run
        self._child = child
        while True:
            life = child.life()
            if self._is_cancelled:  # while the process was started
                raise ChildDied(f"{self._message[0]} was cancelled")
            try:
                life.lines[number].send(self._message)
                succeeded, value = life.lines[number].recv()
            except (EOFError, OSError) as error:
                child.kill(life)
                if life.was_killed_for_another and not self._is_cancelled:
                    continue
                raise ChildDied(f"the process that did {self._message[0]} ended in the middle of it") from error
            if succeeded:
                return value
            raise value

    def cancel(self) -> None:
        self._is_cancelled = True
        if self._child is not None:
            self._child.cancel()


@dataclass(eq=False)
class _Life:
    """One process of a child, and our ends of the lines to it."""

    process: SpawnProcess
    lines: list[Connection]
    was_killed_for_another: bool = False


class Child:
    """A process that answers calls, replaced when it is gone.

    Args:
        calls: how many at a time, each in a thread of its own.
    """

    def __init__(self, calls: int = 1) -> None:
        self.calls = calls
        self._life: _Life | None = None
        self._has_ended = False
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        life = self._life
        return life.process.pid if life is not None and life.process.is_alive() else None

    def life(self) -> _Life:
        """The process, started where there is none.

        Raises:
            ChildDied: the child has ended for good.
        """
        with self._lock:
            if self._has_ended:
                raise ChildDied("this process is ending")
            if self._life is None or not self._life.process.is_alive():
                self._life = self._start()
            return self._life

    def kill(self, life: _Life) -> None:
        """End a process, if it is still there."""
        with self._lock:
            if self._life is life:
                self._life = None
            if life.process.is_alive():
                life.process.kill()
                life.process.join(timeout=5)

    def cancel(self) -> None:
        """End the process for the sake of one call; the other calls in it are made again."""
        life = self._life
        if life is not None:
            life.was_killed_for_another = True
            self.kill(life)

    def end(self) -> None:
        """End the process, and start no other."""
        self._has_ended = True
        if self._life is not None:
            self.kill(self._life)

    def _start(self) -> _Life:
        pipes = [_SPAWN.Pipe() for _ in range(self.calls)]
        theirs = [pipe[1] for pipe in pipes]
        process = _SPAWN.Process(target=_serve, args=(theirs,), name="spheroseg-compute", daemon=True)
        process.start()
        for connection in theirs:
            connection.close()  # so that a dead child reads as the end of the pipe
        return _Life(process, [pipe[0] for pipe in pipes])


def _serve(connections: Sequence[Connection]) -> None:
    """The child's life: answer until the pipes end."""
    from spheroseg.server.compute import child as compute_child  # noqa: PLC0415 -- loads the pixel libraries, in the child only

    # Ctrl-C goes to the whole group; the parent decides when its children end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    functions = compute_child.FUNCTIONS
    threads = [threading.Thread(target=_answer, args=(line, functions), daemon=True) for line in connections[1:]]
    for thread in threads:
        thread.start()
    _answer(connections[0], functions)
    sys.exit(0)


def _answer(connection: Connection, functions: Mapping[str, Any]) -> None:
    while True:
        try:
            name, arguments = connection.recv()
        except (EOFError, OSError):
            return
        try:
            answer: tuple[bool, Any] = (True, functions[name](**arguments))
        except SpheroSegError as error:
            answer = (False, error)
        except MemoryError:
            answer = (False, SpheroSegError("this image needs more memory than the machine has"))
        except Exception as error:  # noqa: BLE001 -- a fault of one call must not end the child
            detail = "".join(traceback.format_exception(error))
            kind = ComputeFull if isinstance(error, OSError) and error.errno in NO_ROOM else ComputeError
            answer = (False, kind(f"{name} met a fault: {error!r}\n{detail}"))
        try:
            connection.send(answer)
        except OSError:
            return
