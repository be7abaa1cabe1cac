"""The store of crops from which a fast device draws its batches."""

import threading
from dataclasses import replace

import pytest
import torch

from spheroseg.training.config import TrainingConfig
from spheroseg.training.stream import CropStore, CropStream, Pictures, restyled
from spheroseg.training.train import fit, load_network

TINY = TrainingConfig(
    name="tiny", data="", output="", steps=3, batch_size=4, synthetic_scenes=4, validate_every=99, workers=0, threads=1, seed=1,
    widths=(8, 8, 16, 16, 16), blocks=(1, 1, 1, 1, 2), stored_crops=8,
)  # fmt: skip
CPU = torch.device("cpu")


class Numbered:
    """Batches of two crops that carry their number in every pixel; the source waits when it is told to."""

    def __init__(self, count):
        self.left, self.given = threading.Semaphore(count), 0

    def __iter__(self):
        return self

    def __next__(self):
        if not self.left.acquire(timeout=60):
            raise StopIteration
        self.given += 1
        number = torch.full((2, 1, 4, 4), float(self.given))
        return number, number.expand(2, 4, 4, 4)


def seen(store, draws=60):
    return {int(value) for _ in range(draws) for value in store.draw(4)[1][:, 0, 0, 0]}


def filled(store, crops):
    with store.changed:
        assert store.changed.wait_for(lambda: store.received >= crops, timeout=60)


def test_new_crops_take_the_place_of_the_oldest():
    source = Numbered(2)
    store = CropStore(source, 4, CPU)
    filled(store, 4)
    assert seen(store) == {1, 2}
    source.left.release()
    filled(store, 6)
    assert seen(store) == {2, 3}
    source.left.release()
    store.close()


def test_image_and_target_are_turned_together():
    crops = [torch.rand(2, 1, 8, 8).half().float() for _ in range(2)]
    store = CropStore(iter([(crop, crop.expand(2, 4, 8, 8)) for crop in crops]), 4, CPU)
    filled(store, 4)
    store.close()
    orientations = set()
    for _ in range(40):
        images, targets = store.draw(4)
        for image, target in zip(images, targets, strict=True):
            # gain and offset apart, the image is what its target is
            line = torch.stack((target[0].flatten(), torch.ones(64)), 1)
            fitted = line @ torch.linalg.lstsq(line, image.flatten()[:, None]).solution
            torch.testing.assert_close(fitted[:, 0], image.flatten(), atol=1e-3, rtol=1e-3)
            assert torch.equal(target[0], target[3])
            orientations.add(round(float(target[0, 0, 0]), 4))
    assert len(orientations) == 16  # four corners of four crops come first


def test_a_restyled_crop_looks_otherwise_and_keeps_its_shape_and_its_level():
    disc = torch.zeros(6, 1, 64, 64)
    disc[:, :, 20:44, 20:44] = 0.8
    crops = disc - 0.4 + 0.05 * torch.randn(6, 1, 64, 64, generator=torch.Generator().manual_seed(1))
    torch.manual_seed(3)
    new = restyled(crops)
    assert new.shape == crops.shape
    torch.testing.assert_close(new.mean((1, 2, 3)), crops.mean((1, 2, 3)), atol=1e-3, rtol=0)
    torch.testing.assert_close(new.std((1, 2, 3)), crops.std((1, 2, 3)), atol=0.01, rtol=0)
    assert all(float((a - b).abs().max()) > 0.05 for a, b in zip(crops, new, strict=True))
    # no two crops get the same look, and the object's edge is still where something changes most
    assert len({round(float(crop[0, 32, 32]), 3) for crop in new}) == 6
    step = (new[:, :, :, 1:] - new[:, :, :, :-1]).abs()
    edge, inside = step[:, :, 24:40, 19], step[:, :, 24:40, 30]
    assert (edge.mean((1, 2)) > inside.mean((1, 2))).all()


def test_a_store_restyles_the_share_that_it_is_told():
    crops = torch.randn(4, 1, 16, 16, generator=torch.Generator().manual_seed(1))
    targets = crops.expand(4, 4, 16, 16)
    for share, likeness in ((0.0, True), (1.0, False)):
        torch.manual_seed(5)
        store = CropStore(iter([(crops, targets)]), 4, CPU, share)
        images, labels = store.draw(64)
        store.close()
        alike = []
        for image, target in zip(images, labels, strict=True):
            together = torch.stack((image.flatten(), target[0].flatten()))
            alike.append(float(torch.corrcoef(together)[0, 1]) > 0.999)
        assert all(alike) if likeness else not any(alike)


def test_a_source_that_fails_is_not_waited_for():
    def broken():
        yield torch.zeros(2, 1, 4, 4), torch.zeros(2, 4, 4, 4)
        raise OSError("the disk is gone")

    store = CropStore(broken(), 4, CPU)
    store.close()
    with pytest.raises(OSError, match="the disk is gone"):
        store.draw(2)


def test_a_network_learns_from_a_store(tmp_path):
    config = replace(TINY, output=str(tmp_path))
    pictures = Pictures.load(config)
    assert CropStream([], pictures.synthetic, config, 0).crop(0)[0].dtype == torch.float16
    before = threading.active_count()
    assert load_network(fit(config, pictures))[2] == 3
    assert threading.active_count() == before
