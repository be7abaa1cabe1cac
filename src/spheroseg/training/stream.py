"""The crops that a training sees: an endless stream, or a store on the device from which batches are drawn."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from spheroseg.training.config import TrainingConfig
from spheroseg.training.data import Picture, load_pictures, make_crop, synthetic_pictures
from spheroseg.training.manifest import read_manifest, split_by_group

Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Pictures:
    """What a run learns from and is watched on, in memory; several runs may share it."""

    training: list[Picture]
    validation: list[Picture]
    synthetic: list[Picture]

    @classmethod
    def load(cls, config: TrainingConfig) -> Pictures:
        """Reads the train split and renders the scenes of a configuration."""
        synthetic = synthetic_pictures(config.synthetic_scenes, 1_000_000 + config.seed % 1000 * 10_000)
        if not config.data:
            return cls([], [], synthetic)
        training, validation = split_by_group(read_manifest(Path(config.data), "train"))
        return cls(load_pictures(training), load_pictures(validation), synthetic)

    def without(self, sources: tuple[str, ...]) -> Pictures:
        """The same without some sources."""
        kept = [[p for p in part if p.source not in sources] for part in (self.training, self.validation)]
        return Pictures(kept[0], kept[1], self.synthetic)


def _shares(pictures: list[Picture]) -> NDArray[np.float64]:
    """Chance of each picture of a source: a group counts by the root of its size, so that rare frames are seen."""
    sizes = Counter(picture.group for picture in pictures)
    shares = np.array([sizes[picture.group] ** -0.5 for picture in pictures])
    return np.asarray(shares / shares.sum())


class CropStream(IterableDataset[Batch]):
    """An endless stream of crops; crop k depends on the seed and k alone, whatever the number of workers."""

    def __init__(self, real: list[Picture], synthetic: list[Picture], config: TrainingConfig, first: int) -> None:
        self.real: dict[str, list[Picture]] = defaultdict(list)
        for picture in real:
            self.real[picture.source].append(picture)
        self.synthetic, self.config, self.first = synthetic, config, first
        weights = np.array([config.source_weights.get(name, 1.0) for name in self.real])
        self.chances = weights / weights.sum() if len(weights) else weights
        self.shares = {source: _shares(pictures) for source, pictures in self.real.items()}

    def crop(self, index: int) -> Batch:
        """Image (1, h, w) and target (4, h, w) number `index`."""
        rng = np.random.default_rng((self.config.seed, index))
        if self.real and not (self.synthetic and rng.random() < self.config.synthetic_share):
            pictures = self.real[list(self.real)[int(rng.choice(len(self.chances), p=self.chances))]]
            return self._cut(rng, pictures[int(rng.choice(len(pictures), p=self.shares[pictures[0].source]))])
        return self._cut(rng, self.synthetic[int(rng.integers(len(self.synthetic)))])

    def _cut(self, rng: np.random.Generator, picture: Picture) -> Batch:
        crop = make_crop(rng, picture)
        # a store holds tens of thousands, and what travels between processes is the bottleneck of a GPU
        kind = np.float16 if self.config.stored_crops else np.float32
        target = np.stack((crop.foreground, crop.distance, crop.weight, crop.core)).astype(kind)
        return torch.from_numpy(crop.image[None].astype(kind)), torch.from_numpy(target)

    def __iter__(self) -> Iterator[Batch]:
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        if info:
            cv2.setNumThreads(0)  # the trainer needs the cores
        # DataLoader takes whole batches from the workers in turn
        batch = self.first + worker
        while True:
            for k in range(self.config.batch_size):
                yield self.crop(batch * self.config.batch_size + k)
            batch += workers


class CropStore:
    """Crops on the device, replaced one batch after the other while batches are drawn from them.

    A GPU learns several times faster than processors cut crops. Each crop is therefore seen more than once, in
    another of its eight orientations and a little lighter or darker.

    Args:
        batches: what fills the store, read by a thread of its own; (n, 1, h, w) images and (n, k, h, w) targets.
        capacity: crops that are kept.
        device: where they are kept, in half precision.
        restyled_share: of what is drawn so many get a look that no instrument has, see `restyled`.
    """

    def __init__(
        self, batches: Iterator[Batch], capacity: int, device: torch.device, restyled_share: float = 0.0
    ) -> None:
        self._batches, self._device, self._restyled_share = batches, device, restyled_share
        images, targets = next(batches)
        self._size = len(images)
        self._capacity = max(capacity // self._size, 1) * self._size
        self._images = torch.empty((self._capacity, *images.shape[1:]), dtype=torch.float16, device=device)
        self._targets = torch.empty((self._capacity, *targets.shape[1:]), dtype=torch.float16, device=device)
        self._stop = threading.Event()
        self._failure: Exception | None = None
        self.changed, self.received = threading.Condition(), 0
        self._put(images, targets)
        self._thread = threading.Thread(target=self._fill, name="crop-store", daemon=True)
        self._thread.start()

    def _put(self, images: Tensor, targets: Tensor) -> None:
        start = self.received % self._capacity
        self._images[start : start + self._size].copy_(images, non_blocking=True)
        self._targets[start : start + self._size].copy_(targets, non_blocking=True)
        with self.changed:
            self.received += self._size
            self.changed.notify_all()

    def _fill(self) -> None:
        try:
            for images, targets in self._batches:
                if self._stop.is_set():
                    return
                self._put(images, targets)
        except Exception as error:  # noqa: BLE001 -- the trainer raises it
            self._failure = error

    def close(self) -> None:
        """Ends the thread that fills the store."""
        self._stop.set()
        self._thread.join()

    def draw(self, count: int) -> Batch:
        """`count` of the crops that are there, single precision, each turned and toned anew.

        Raises:
            Exception: what ended the source.
        """
        if self._failure is not None:
            raise self._failure
        chosen = torch.randint(min(self.received, self._capacity), (count,), device=self._device)
        images, targets = self._images[chosen].float(), self._targets[chosen].float()
        images, targets = _turned(images, targets)
        if self._restyled_share:
            chosen = torch.rand((count, 1, 1, 1), device=self._device) < self._restyled_share
            images = torch.where(chosen, restyled(images), images)
        gain = 1 + 0.08 * torch.randn((count, 1, 1, 1), device=self._device)
        return images * gain + 0.04 * torch.randn((count, 1, 1, 1), device=self._device), targets


def _turned(images: Tensor, targets: Tensor) -> Batch:
    """Each crop in one of the eight orientations of a square, its target with it."""
    both = torch.cat((images, targets), 1)
    for mirror in ("columns", "rows", "diagonal"):
        chosen = torch.rand((len(both), 1, 1, 1), device=both.device) < 0.5
        mirrored = both.transpose(-1, -2) if mirror == "diagonal" else both.flip(-1 if mirror == "columns" else -2)
        both = torch.where(chosen, mirrored, both)
    return both[:, :1].contiguous(), both[:, 1:].contiguous()


#: Nodes of the tone curve, and taps of the filter, of `restyled`.
TONES, TAPS = 6, 5


def restyled(images: Tensor) -> Tensor:
    """Each crop by a random filter and a random tone curve: what is left of an object then is its shape and its company.

    Random convolutions as in Xu et al. 2021 (arXiv:2007.13003), mixed with the crop itself; the curve rises, so that order and outlines
    stay. Mean and spread are the crop's again afterwards.

    Args:
        images: (n, 1, h, w), about −1…1.
    """
    n = len(images)
    taps = torch.randn((n, 1, TAPS, TAPS), device=images.device) / TAPS
    filtered = functional.conv2d(
        functional.pad(images.transpose(0, 1), (TAPS // 2,) * 4, mode="reflect"), taps, groups=n
    ).transpose(0, 1)
    mean, spread = images.mean((2, 3), keepdim=True), images.std((2, 3), keepdim=True)
    filtered = (filtered - filtered.mean((2, 3), keepdim=True)) / (filtered.std((2, 3), keepdim=True) + 1e-3)
    share = 0.7 * torch.rand((n, 1, 1, 1), device=images.device)
    mixed = (1 - share) * (images - mean) / (spread + 1e-3) + share * filtered

    steps = torch.rand((n, TONES), device=images.device) ** 2 + 0.1
    curve = torch.cat((torch.zeros((n, 1), device=images.device), steps.cumsum(1)), 1)
    place = (mixed.flatten(1).clamp(-3, 3) + 3) * (TONES / 6)
    low = place.floor().clamp(max=TONES - 1).long()
    bent = torch.lerp(curve.gather(1, low), curve.gather(1, low + 1), place - low).view_as(mixed)
    bent = (bent - bent.mean((2, 3), keepdim=True)) / (bent.std((2, 3), keepdim=True) + 1e-3)
    return bent * spread + mean


def batches(
    config: TrainingConfig, pictures: Pictures, first: int, device: torch.device
) -> Generator[Batch, None, None]:
    """Batches on the device, for ever: images (n, 1, h, w) and targets (n, 4, h, w), float32.

    Args:
        config: decides what is cut, and whether a store stands between.
        pictures: what is cut.
        first: number of the first batch.
        device: where the batches go.
    """
    loader = DataLoader(
        CropStream(pictures.training, pictures.synthetic, config, first),
        config.batch_size,
        num_workers=config.workers,
        prefetch_factor=4 if config.workers else None,
        pin_memory=device.type == "cuda",
    )
    if not config.stored_crops:
        for images, targets in loader:
            yield images.to(device, non_blocking=True), targets.to(device, non_blocking=True)
        return
    store = CropStore(iter(loader), config.stored_crops, device, config.restyled_share)
    try:
        while True:
            yield store.draw(config.batch_size)
    finally:
        store.close()
