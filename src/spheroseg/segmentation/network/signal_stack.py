"""The stack that a thread's signal handlers run on, kept as it was while an engine is loaded.

On CPUs with AMX, OpenVINO gives the thread that loads it an alternate stack for signals, and frees that memory when its
last network is dropped, by whatever thread. Where that is another one, the first thread keeps the address: the next
signal (Ctrl-C, a child that ends) writes over whatever lies there by then, and the process ends without a word.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_DISABLED = 2  # SS_DISABLE of <signal.h>: handlers run on the thread's own stack


class SignalStack(ctypes.Structure):
    """`stack_t` of <signal.h>."""

    _fields_ = (("start", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t))


def signal_stack() -> SignalStack:
    """This thread's alternate stack (Linux)."""
    now = SignalStack()
    ctypes.CDLL(None).sigaltstack(None, ctypes.byref(now))
    return now


@contextmanager
def keep_signal_stack() -> Iterator[None]:
    """This thread has the same alternate stack after it, or none, as before; nothing to do but on Linux."""
    if sys.platform != "linux":
        yield
        return
    before = signal_stack()
    try:
        yield
    finally:
        if signal_stack().start != before.start:
            back = SignalStack(before.start, before.flags & _DISABLED, before.size)
            ctypes.CDLL(None).sigaltstack(ctypes.byref(back), None)
