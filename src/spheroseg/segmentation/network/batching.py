"""One network for several threads: one batch at a time, and what waits meanwhile goes together."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spheroseg.segmentation.network.card import Precision
from spheroseg.segmentation.network.runtime import Device, Network

#: Longest side of a tile; frames up to this size go through in one piece.
LARGEST_TILE_PX = 1152
TILES_PER_CUDA_BATCH = 8


@dataclass(eq=False, slots=True)
class _Call:
    batch: NDArray[np.float32]
    outputs: NDArray[np.float32] | None = None
    error: BaseException | None = None


class BatchingNetwork:
    """A `Network` whose calls from several threads wait for each other, as all of them want all cores.

    Calls that wait while another one runs, with pictures of the same size, are run as one batch: small pictures leave
    cores, and a GPU still more, with little to do. A joint batch is no larger than what one frame may bring (a tile; on a GPU
    a batch of them), so it takes no more memory. Outputs are the same to the last bit.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.runtime: str = network.runtime
        self.precision: Precision = network.precision
        self.device: Device = network.device
        self.threads: int = network.threads
        self._largest_px = LARGEST_TILE_PX**2 * (TILES_PER_CUDA_BATCH if network.device == "cuda" else 1)
        self._waiting: list[_Call] = []
        self._waiting_lock = threading.Lock()
        self._run_lock = threading.Lock()

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Network.run`."""
        call = _Call(batch)
        with self._waiting_lock:
            self._waiting.append(call)
        with self._run_lock:
            if call.outputs is None and call.error is None:  # nobody has run it along with theirs
                self._run_together(self._joined(call))
        if call.error is not None:
            raise call.error
        assert call.outputs is not None
        return call.outputs

    def _joined(self, first: _Call) -> list[_Call]:
        """The call and those that wait and go well with it, taken off the list."""
        with self._waiting_lock:
            self._waiting.remove(first)
            joined, n_px = [first], _pixels(first)
            for call in list(self._waiting):
                if call.batch.shape[1:] == first.batch.shape[1:] and n_px + _pixels(call) <= self._largest_px:
                    self._waiting.remove(call)
                    joined.append(call)
                    n_px += _pixels(call)
            return joined

    def _run_together(self, calls: list[_Call]) -> None:
        try:
            whole = calls[0].batch if len(calls) == 1 else np.concatenate([call.batch for call in calls])
            outputs = self.network.run(whole)
        except BaseException as error:  # noqa: BLE001 -- whatever it is, all that wait for it must be told
            for call in calls:
                call.error = error
            return
        start = 0
        for call in calls:
            call.outputs = outputs[start : start + len(call.batch)]
            start += len(call.batch)


def _pixels(call: _Call) -> int:
    count, _, height, width = call.batch.shape
    return int(count * height * width)
