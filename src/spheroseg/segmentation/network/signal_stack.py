"""Room for signal handlers in a process that computes networks.

On CPUs with AMX, OpenVINO gives the thread that loads it an alternate stack of 20 kB for signals. The registers that the
system saves there take 12 kB and those that the dynamic linker saves at a function's first call as much again, so that a
handler of Python's (Ctrl-C, a child that ends) runs over its end: the process ends without a word, or writes over what
lies below.
"""

from __future__ import annotations

import ctypes
import mmap
import sys

LEAST_BYTES = 256 * 1024
_DISABLED = 2  # SS_DISABLE of <signal.h>

_stacks: list[mmap.mmap] = []  # one a thread that needed it, for as long as the process lives


class _Stack(ctypes.Structure):
    _fields_ = (("start", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t))


def signal_stack_bytes() -> int | None:
    """Size of this thread's alternate stack for signals; None where it has none: handlers run on its own then."""
    if sys.platform != "linux":
        return None
    now = _Stack()
    ctypes.CDLL(None).sigaltstack(None, ctypes.byref(now))
    return None if now.flags & _DISABLED else int(now.size)


def make_room_for_signals() -> None:
    """Give this thread a larger alternate stack for signals where it has one below `LEAST_BYTES`; nothing elsewhere."""
    size = signal_stack_bytes()
    if size is None or size >= LEAST_BYTES:
        return
    memory = mmap.mmap(-1, LEAST_BYTES)
    larger = _Stack(ctypes.addressof(ctypes.c_char.from_buffer(memory)), 0, LEAST_BYTES)
    if ctypes.CDLL(None).sigaltstack(ctypes.byref(larger), None) == 0:
        _stacks.append(memory)
