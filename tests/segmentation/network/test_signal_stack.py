"""Handlers of signals run where they ran before an engine was loaded."""

import ctypes
import mmap
import subprocess
import sys

import pytest

from spheroseg.segmentation.network.signal_stack import SignalStack, keep_signal_stack, signal_stack

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="alternate stacks are only looked at on Linux")

BYTES = 64 * 1024

# a network that is loaded by one thread and dropped by another, and a signal after it
ENGINE = """
import gc, os, signal, threading
from spheroseg.segmentation.network.catalogue import load_model
from spheroseg.segmentation.network.signal_stack import signal_stack

assert signal_stack().flags == 2
held = [load_model(runtime="openvino")]
assert signal_stack().flags == 2
def drop():
    held.clear()
    gc.collect()
thread = threading.Thread(target=drop)
thread.start()
thread.join()
heard = []
signal.signal(signal.SIGUSR1, lambda *_: heard.append(True))
os.kill(os.getpid(), signal.SIGUSR1)
print(heard)
"""


def use(memory: mmap.mmap) -> int:
    """This memory is the thread's alternate stack from now on; its address."""
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    assert ctypes.CDLL(None).sigaltstack(ctypes.byref(SignalStack(start, 0, BYTES)), None) == 0
    return start


def test_what_was_there_is_put_back() -> None:
    own, engines = mmap.mmap(-1, BYTES), mmap.mmap(-1, BYTES)
    before = signal_stack()
    with keep_signal_stack():
        start = use(own)
        with keep_signal_stack():
            use(engines)
        assert (signal_stack().start, signal_stack().size) == (start, BYTES)
    assert (signal_stack().start, signal_stack().flags) == (before.start, before.flags)


def test_a_signal_after_a_network_is_dropped_elsewhere_is_heard() -> None:
    done = subprocess.run([sys.executable, "-c", ENGINE], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("[True]", 0), done.stderr
