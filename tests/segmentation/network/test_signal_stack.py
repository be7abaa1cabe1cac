"""Handlers of signals have room, also where the engine that computes networks left them little."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="alternate stacks are only looked at on Linux")

SMALL = """
import ctypes, mmap, os, signal
from spheroseg.segmentation.network import signal_stack
from spheroseg.segmentation.network.signal_stack import LEAST_BYTES, make_room_for_signals, signal_stack_bytes

make_room_for_signals()
assert signal_stack_bytes() is None, "who has none needs none"
memory = mmap.mmap(-1, 20144)
small = signal_stack._Stack(ctypes.addressof(ctypes.c_char.from_buffer(memory)), 0, len(memory))
assert ctypes.CDLL(None).sigaltstack(ctypes.byref(small), None) == 0
assert signal_stack_bytes() == 20144
make_room_for_signals()
assert signal_stack_bytes() == LEAST_BYTES
make_room_for_signals()
assert len(signal_stack._stacks) == 1
heard = []
signal.signal(signal.SIGUSR1, lambda *_: heard.append(True))
os.kill(os.getpid(), signal.SIGUSR1)
print(heard)
"""

ENGINE = """
import numpy as np
from spheroseg import segment
from spheroseg.imaging import Image
from spheroseg.segmentation.network.signal_stack import LEAST_BYTES, signal_stack_bytes

segment(Image(np.zeros((1, 1, 1, 128, 128), np.uint8), pixel_size_um=(1.0, 1.0)))
size = signal_stack_bytes()
print(size is None or size >= LEAST_BYTES)
"""


@pytest.mark.parametrize(("code", "said"), [(SMALL, "[True]"), (ENGINE, "True")])
def test_handlers_have_room(code: str, said: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == (said, 0), done.stderr
