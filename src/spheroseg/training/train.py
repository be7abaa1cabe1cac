"""One training run, on one page: `spheroseg train --config …`.

The learning rate follows the share of the budget that is used up, minutes or steps, so a run ends annealed and on
time on a loaded machine. With `steps` a run on one machine is repeatable by its seed; with `minutes` it is not.
"""

from __future__ import annotations

import copy
import csv
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from spheroseg.errors import ParameterError
from spheroseg.segmentation.network.catalogue import SHIPPED_FOLDER
from spheroseg.training.data import (
    Picture,
    load_picture,
    make_crop,
    read_manifest,
    split_by_group,
    synthetic_pictures,
)
from spheroseg.training.losses import segmentation_loss
from spheroseg.training.resunet import BLOCKS, WIDTHS, ResUNet, SegmentationNetwork
from spheroseg.training.unet import UNet
from spheroseg.training.validate import quick_scores
from spheroseg.training.warm_start import load_folded


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """What a configuration file may say; the fields are the keys of the TOML file."""

    name: str
    data: str  # folder of manifest.csv, relative to where the command runs; "" trains on rendered scenes alone
    output: str  # folder of checkpoints and curve
    seed: int = 0
    minutes: float = 0.0  # budget: either minutes
    steps: int = 0  # or steps
    architecture: Literal["resunet", "unet"] = "resunet"  # "unet" is the plain one of the benchmark
    widths: tuple[int, ...] = WIDTHS
    blocks: tuple[int, ...] = BLOCKS
    batch_size: int = 8
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    average_decay: float = 0.998  # of the weights' running average, which is what is validated and exported
    synthetic_share: float = 0.4
    synthetic_scenes: int = 2400
    exclude_sources: tuple[str, ...] = ()  # leave-one-source-out
    source_weights: dict[str, float] = field(default_factory=dict)
    start_from: str = (
        ""  # what begins this run: a checkpoint (its averaged weights), a model folder, or a shipped model's name
    )
    validate_every: int = 500
    workers: int = 2
    threads: int = 2

    @classmethod
    def read(cls, path: Path) -> TrainingConfig:
        """Reads a TOML file.

        Raises:
            ParameterError: an unknown key, or not exactly one budget.
        """
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        unknown = set(values) - set(cls.__dataclass_fields__)
        if unknown:
            raise ParameterError(f"{path}: unknown settings {', '.join(sorted(unknown))}")
        for key in ("widths", "blocks", "exclude_sources"):
            if key in values:
                values[key] = tuple(values[key])
        config = cls(**values)
        if (config.minutes > 0) == (config.steps > 0):
            raise ParameterError(f"{path}: give a budget, either minutes or steps")
        return config


def _shares(pictures: list[Picture]) -> NDArray[np.float64]:
    """Chance of each picture of a source: a group counts by the root of its size, so that rare frames are seen."""
    sizes = Counter(picture.group for picture in pictures)
    shares = np.array([sizes[picture.group] ** -0.5 for picture in pictures])
    return np.asarray(shares / shares.sum())


class CropStream(IterableDataset[tuple[Tensor, Tensor]]):
    """An endless stream of crops; crop k depends on the seed and k alone, whatever the number of workers."""

    def __init__(self, real: list[Picture], synthetic: list[Picture], config: TrainingConfig, first: int) -> None:
        self.real: dict[str, list[Picture]] = defaultdict(list)
        for picture in real:
            self.real[picture.source].append(picture)
        self.synthetic, self.config, self.first = synthetic, config, first
        weights = np.array([config.source_weights.get(name, 1.0) for name in self.real])
        self.chances = weights / weights.sum() if len(weights) else weights
        self.shares = {source: _shares(pictures) for source, pictures in self.real.items()}

    def crop(self, index: int) -> tuple[Tensor, Tensor]:
        """Image (1, h, w) and target (4, h, w) number `index`."""
        rng = np.random.default_rng((self.config.seed, index))
        if self.real and not (self.synthetic and rng.random() < self.config.synthetic_share):
            pictures = self.real[list(self.real)[int(rng.choice(len(self.chances), p=self.chances))]]
            return self._cut(rng, pictures[int(rng.choice(len(pictures), p=self.shares[pictures[0].source]))])
        return self._cut(rng, self.synthetic[int(rng.integers(len(self.synthetic)))])

    @staticmethod
    def _cut(rng: np.random.Generator, picture: Picture) -> tuple[Tensor, Tensor]:
        crop = make_crop(rng, picture)
        target = np.stack((crop.foreground, crop.distance, crop.weight, crop.core)).astype(np.float32)
        return torch.from_numpy(crop.image[None]), torch.from_numpy(target)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
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
        return cls([load_picture(r) for r in training], [load_picture(r) for r in validation], synthetic)

    def without(self, sources: tuple[str, ...]) -> Pictures:
        """The same without some sources."""
        kept = [[p for p in part if p.source not in sources] for part in (self.training, self.validation)]
        return Pictures(kept[0], kept[1], self.synthetic)


def learning_rate(progress: float, peak: float) -> float:
    """Linear rise over the first 3 %, then half a cosine down to a hundredth of the peak; progress 0…1."""
    if progress < 0.03:
        return peak * (0.05 + 0.95 * progress / 0.03)
    fall = (min(progress, 1.0) - 0.03) / 0.97
    return peak * (0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * fall))))


@torch.no_grad()
def update_average(average: SegmentationNetwork, network: SegmentationNetwork, decay: float) -> None:
    """Moves the averaged weights and normalisation statistics a little towards the network's."""
    pairs = list(zip(average.state_dict().values(), network.state_dict().values(), strict=True))
    real = [(mean, value) for mean, value in pairs if mean.dtype.is_floating_point]
    torch._foreach_lerp_([mean for mean, _ in real], [value for _, value in real], 1 - decay)


def build(config: TrainingConfig) -> SegmentationNetwork:
    """A fresh network whose weights depend on the configuration's seed alone."""
    torch.manual_seed(config.seed)
    if config.architecture == "unet":
        return UNet(tuple(config.widths))
    return ResUNet(tuple(config.widths), tuple(config.blocks))


def load_network(path: Path) -> tuple[SegmentationNetwork, TrainingConfig, int]:
    """The averaged network of a checkpoint, its configuration and its step."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    config = TrainingConfig(**state["config"])
    network = build(config)
    network.load_state_dict(state["average"])
    return network.eval(), config, int(state["step"])


def train(config_path: Path | str, *, resume: bool = False) -> Path:
    """Trains a network and returns its last checkpoint.

    Writes to the configured output folder: `last.pt` every validation and at the end, `weights.pt` (the averaged network in half
    precision, 12 MB) at the end, and `curve.csv`: step, minutes,
    learning rate, mean losses since the line before, and for each source of the validation split `iou:…` (foreground)
    and `ap50:…`.

    Args:
        config_path: a TOML file with the fields of `TrainingConfig`.
        resume: continue from `last.pt` where there is one.
    """
    config = TrainingConfig.read(Path(config_path))
    return fit(config, Pictures.load(config), resume=resume)


def fit(config: TrainingConfig, pictures: Pictures, *, resume: bool = False) -> Path:
    """`train` with configuration and pictures at hand; leaves the configuration's excluded sources out."""
    pictures = pictures.without(config.exclude_sources)
    output = Path(config.output)
    output.mkdir(parents=True, exist_ok=True)
    last, curve = output / "last.pt", output / "curve.csv"
    torch.set_num_threads(config.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = build(config)
    if config.start_from and not (resume and last.is_file()):
        _warm_start(network, config, pictures)
    network = network.to(device).to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]  # torch's stub lacks it
    average = copy.deepcopy(network)
    # compiling takes a minute or two, which a GPU earns back; on a CPU it needs a C++ compiler and gains little
    forward = torch.compile(network) if device.type == "cuda" else network
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
    )
    step, used_s = 0, 0.0
    if resume and last.is_file():
        state = torch.load(last, map_location=device, weights_only=True)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        settings = optimiser.state_dict()["param_groups"]  # the code's, with the checkpoint's moments
        optimiser.load_state_dict(state["optimiser"] | {"param_groups": settings})
        step, used_s = state["step"], state["used_s"]
    elif curve.exists():
        curve.unlink()
    stream = CropStream(pictures.training, pictures.synthetic, config, step)
    batches = iter(
        DataLoader(
            stream,
            config.batch_size,
            num_workers=config.workers,
            prefetch_factor=4 if config.workers else None,
            pin_memory=device.type == "cuda",
        )
    )
    losses: dict[str, list[float]] = defaultdict(list)
    started = time.monotonic() - used_s
    done = False
    while not done:
        used_s = time.monotonic() - started
        progress = step / config.steps if config.steps else used_s / (60 * config.minutes)
        rate = learning_rate(progress, config.learning_rate)
        for group in optimiser.param_groups:
            group["lr"] = rate
        images, targets = (t.to(device, non_blocking=True) for t in next(batches))
        with torch.autocast(device.type, torch.bfloat16):
            logits = forward(images.contiguous(memory_format=torch.channels_last))
        parts = segmentation_loss(logits, targets)
        optimiser.zero_grad(set_to_none=True)
        parts["total"].backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        step += 1
        update_average(average, network, min(config.average_decay, (1 + step) / (10 + step)))
        for name, value in parts.items():
            losses[name].append(float(value.detach()))
        done = step >= config.steps if config.steps else progress >= 1
        if step % config.validate_every == 0 or done:
            row = {"step": step, "minutes": round((time.monotonic() - started) / 60, 2), "learning_rate": rate}
            row |= {name: round(float(np.mean(values)), 5) for name, values in losses.items()}
            for source, (iou, ap50) in quick_scores(average, pictures.validation).items():
                row |= {f"iou:{source}": round(iou, 4), f"ap50:{source}": round(ap50, 4)}
            _append(curve, row)
            losses.clear()
            used_s = time.monotonic() - started
            _save(last, config, step, used_s, (network, average, optimiser))
    _save_weights(output / "weights.pt", config, step, average)
    return last


WARM_START_BATCHES = 16


def start_folder(config: TrainingConfig) -> Path | None:
    """The model folder that a run starts from; None where it starts from a checkpoint or from nothing."""
    source = Path(config.start_from)
    if not config.start_from or source.is_file():
        return None
    return source if source.is_dir() else SHIPPED_FOLDER / config.start_from


def _warm_start(network: SegmentationNetwork, config: TrainingConfig, pictures: Pictures) -> None:
    """Gives a fresh network the weights that the configuration starts from."""
    source = start_folder(config)
    if source is None:
        network.load_state_dict(load_network(Path(config.start_from))[0].state_dict())
        return
    stream = CropStream(pictures.training, pictures.synthetic, config, 0)
    size = config.batch_size
    batches = [torch.stack([stream.crop(b * size + k)[0] for k in range(size)]) for b in range(WARM_START_BATCHES)]
    load_folded(source, network, batches)


def _append(curve: Path, row: dict[str, float]) -> None:
    fresh = not curve.exists()
    with curve.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def _save_weights(path: Path, config: TrainingConfig, step: int, average: SegmentationNetwork) -> None:
    """The averaged network alone in half precision, to be carried; `export` and `start_from` read it like a checkpoint."""
    half = {name: value.half() if value.is_floating_point() else value for name, value in average.state_dict().items()}
    torch.save({"config": asdict(config), "step": step, "average": half}, path)


def _save(
    path: Path,
    config: TrainingConfig,
    step: int,
    used_s: float,
    parts: tuple[SegmentationNetwork, SegmentationNetwork, torch.optim.Optimizer],
) -> None:
    """Writes a checkpoint beside the old one and then takes its place, so that a cut leaves one of them whole."""
    network, average, optimiser = parts
    fresh = path.with_suffix(".new")
    torch.save(
        {
            "config": asdict(config),
            "step": step,
            "used_s": used_s,
            "network": network.state_dict(),
            "average": average.state_dict(),
            "optimiser": optimiser.state_dict(),
        },
        fresh,
    )
    fresh.replace(path)
