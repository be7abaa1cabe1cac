"""A network that several threads share: joint batches, the same outputs, errors for all that waited."""

import threading
import time

import numpy as np
import pytest

from spheroseg.segmentation.network.batching import LARGEST_TILE_PX, BatchingNetwork
from spheroseg.segmentation.network.catalogue import find_model
from spheroseg.segmentation.network.runtime import open_network


class Watched:
    """The shipped network, which notes the shapes of its batches and begins when it is told to."""

    def __init__(self, network):
        self.network, self.shapes, self.may_run = network, [], threading.Event()
        self.runtime, self.precision, self.device, self.threads = (
            network.runtime, network.precision, network.device, network.threads,
        )  # fmt: skip

    def run(self, batch):
        self.may_run.wait(10)
        self.shapes.append(batch.shape)
        return self.network.run(batch)


@pytest.fixture(scope="module")
def shipped():
    """The first network of the shipped model, not yet shared."""
    return open_network(*find_model("spheroid"))[0]


def called_together(watched, batches):
    """Outputs, or the errors, of calls that all wait before the first one may run."""
    shared = BatchingNetwork(watched)
    answers = [None] * len(batches)

    def call(k):
        try:
            answers[k] = shared.run(batches[k])
        except RuntimeError as error:
            answers[k] = error

    threads = [threading.Thread(target=call, args=(k,)) for k in range(len(batches))]
    for thread in threads:
        thread.start()
        while not (shared._run_lock.locked() and len(shared._waiting) == threads.index(thread)):
            time.sleep(0.001)  # one after the other: the first one runs, each of the others waits
    watched.may_run.set()
    for thread in threads:
        thread.join(30)
    return answers


def pictures(*sizes):
    rng = np.random.default_rng(5)
    return [rng.normal(0, 0.5, (n, 1, height, width)).astype(np.float32) for n, height, width in sizes]


def test_what_waits_goes_together_and_is_the_same_to_the_last_bit(shipped):
    watched = Watched(shipped)
    batches = pictures((1, 128, 160), (1, 128, 160), (2, 128, 160), (1, 96, 96), (1, 128, 160))
    answers = called_together(watched, batches)
    assert watched.shapes[0] == (1, 1, 128, 160)  # it was alone when it came
    assert sorted(watched.shapes[1:]) == [(1, 1, 96, 96), (4, 1, 128, 160)]
    for batch, answer in zip(batches, answers, strict=True):
        np.testing.assert_array_equal(answer, shipped.run(batch))


def test_a_joint_batch_takes_no_more_than_a_tile(shipped):
    watched = Watched(shipped)
    side = LARGEST_TILE_PX // 2
    called_together(watched, pictures(*[(1, side, side)] * 8))
    assert sum(shape[0] for shape in watched.shapes) == 8
    assert max(shape[0] for shape in watched.shapes) == 4


def test_an_error_reaches_all_that_waited_for_it_and_no_later_call(shipped):
    class Broken(Watched):
        def run(self, batch):
            super().run(batch)
            if len(self.shapes) == 2:
                raise RuntimeError("out of memory")
            return self.network.run(batch)

    broken = Broken(shipped)
    answers = called_together(broken, pictures((1, 64, 64), (1, 64, 64), (1, 64, 64)))
    assert isinstance(answers[0], np.ndarray)
    assert [str(answer) for answer in answers[1:]] == ["out of memory"] * 2
    shared = BatchingNetwork(broken)
    assert shared.run(pictures((1, 64, 64))[0]).shape[0] == 1
