"""One training run, on one page: `spheroseg train --config …`.

The learning rate follows the share of the budget that is used up, minutes or steps, so a run ends annealed and on
time on a loaded machine. With `steps` a run on one machine is repeatable by its seed; with `minutes` it is not.
Several configurations may be trained together: they see the same crops and differ in nothing else.
"""

from __future__ import annotations

import copy
import csv
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from spheroseg.training.config import TrainingConfig, check_together, start_folder
from spheroseg.training.lite import LiteUNet, load_encoder
from spheroseg.training.losses import segmentation_loss
from spheroseg.training.resunet import ResUNet, SegmentationNetwork
from spheroseg.training.stream import CropStream, Pictures, batches
from spheroseg.training.unet import UNet
from spheroseg.training.validate import quick_scores
from spheroseg.training.warm_start import load_folded


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
    if config.architecture == "lite":
        return LiteUNet(tuple(config.widths))
    return ResUNet(tuple(config.widths), tuple(config.blocks))


def load_network(path: Path) -> tuple[SegmentationNetwork, TrainingConfig, int]:
    """The averaged network of a checkpoint, its configuration and its step."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    config = TrainingConfig(**state["config"])
    network = build(config)
    network.load_state_dict(state["average"])
    return network.eval(), config, int(state["step"])


def train(config_paths: Sequence[Path | str], *, resume: bool = False) -> list[Path]:
    """Trains a network a configuration, together, and returns their last checkpoints.

    Writes to each configured output folder: `last.pt` every validation and at the end, `weights.pt` (the averaged network in
    half precision, 12 MB) at the end, and `curve.csv`: step, minutes,
    learning rate, mean losses since the line before, and for each source of the validation split `iou:…` (foreground)
    and `ap50:…`.

    Args:
        config_paths: TOML files with the fields of `TrainingConfig`.
        resume: continue from `last.pt` where there is one.

    Raises:
        ParameterError: a configuration cannot be read, or several cannot be trained together.
    """
    configs = [TrainingConfig.read(Path(path)) for path in config_paths]
    check_together(configs)
    return fit_together(configs, Pictures.load(configs[0]), resume=resume)


def fit(config: TrainingConfig, pictures: Pictures, *, resume: bool = False) -> Path:
    """`train` of one network with configuration and pictures at hand; leaves the configuration's excluded sources out."""
    return fit_together([config], pictures, resume=resume)[0]


class Learner:
    """One network that is being trained, its running average and its curve."""

    def __init__(self, config: TrainingConfig, pictures: Pictures, device: torch.device, *, resume: bool) -> None:
        self.config, self.device = config, device
        output = Path(config.output)
        output.mkdir(parents=True, exist_ok=True)
        self.last, self.curve = output / "last.pt", output / "curve.csv"
        state = (
            torch.load(self.last, map_location=device, weights_only=True) if resume and self.last.is_file() else None
        )
        network = build(config)
        if state is None and config.start_from:
            _warm_start(network, config, pictures)
        self.network = network.to(device).to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]  # torch's stub lacks it
        self.average = copy.deepcopy(self.network)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
        )
        self.step, self.used_s = 0, 0.0
        self.losses: dict[str, list[Tensor]] = defaultdict(list)
        if state is not None:
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            settings = self.optimiser.state_dict()["param_groups"]  # the code's, with the checkpoint's moments
            self.optimiser.load_state_dict(state["optimiser"] | {"param_groups": settings})
            self.step, self.used_s = state["step"], state["used_s"]
        elif self.curve.exists():
            self.curve.unlink()

    def learn(self, images: Tensor, targets: Tensor, progress: float) -> None:
        """One step on a batch; progress 0…1 is the share of the budget that is used up."""
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(progress, self.config.learning_rate)
        with torch.autocast(self.device.type, torch.bfloat16):
            logits = self.network(images.contiguous(memory_format=torch.channels_last))
        parts = segmentation_loss(logits, targets)
        self.optimiser.zero_grad(set_to_none=True)
        parts["total"].backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        update_average(self.average, self.network, min(self.config.average_decay, (1 + self.step) / (10 + self.step)))
        for name, value in parts.items():
            self.losses[name].append(value.detach())  # read later: asking a GPU for a number makes it wait

    def report(self, pictures: Pictures, progress: float, used_s: float) -> None:
        """Writes a checkpoint, scores the averaged network and adds a row to the curve."""
        self._save(used_s)  # first: scoring takes longer, and what was learnt is not to be lost to a cut
        rate = learning_rate(progress, self.config.learning_rate)
        row = {"step": self.step, "minutes": round(used_s / 60, 2), "learning_rate": rate}
        row |= {name: round(float(torch.stack(values).mean()), 5) for name, values in self.losses.items()}
        for source, (iou, ap50) in quick_scores(self.average, pictures.validation).items():
            row |= {f"iou:{source}": round(iou, 4), f"ap50:{source}": round(ap50, 4)}
        _append(self.curve, row)
        self.losses.clear()

    def _save(self, used_s: float) -> None:
        """Writes a checkpoint beside the old one and then takes its place, so that a cut leaves one of them whole."""
        fresh = self.last.with_suffix(".new")
        torch.save(
            {
                "config": asdict(self.config),
                "step": self.step,
                "used_s": used_s,
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
            },
            fresh,
        )
        fresh.replace(self.last)
        self._save_weights()

    def _save_weights(self) -> None:
        """The averaged network alone in half precision, to be carried; `export` and `start_from` read it like a checkpoint."""
        state = self.average.state_dict()
        half = {name: value.half() if value.is_floating_point() else value for name, value in state.items()}
        torch.save(
            {"config": asdict(self.config), "step": self.step, "average": half}, self.last.with_name("weights.pt")
        )


def fit_together(configs: list[TrainingConfig], pictures: Pictures, *, resume: bool = False) -> list[Path]:
    """`train` with configurations and pictures at hand."""
    first = configs[0]
    pictures = pictures.without(first.exclude_sources)
    torch.set_num_threads(first.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    learners = [Learner(config, pictures, device, resume=resume) for config in configs]
    step, started = learners[0].step, time.monotonic() - learners[0].used_s
    done = False
    with closing(batches(first, pictures, step, device)) as stream:
        while not done:
            used_s = time.monotonic() - started
            progress = step / first.steps if first.steps else used_s / (60 * first.minutes)
            images, targets = next(stream)
            for learner in learners:
                learner.learn(images, targets, progress)
            step += 1
            done = step >= first.steps if first.steps else progress >= 1
            if step % first.validate_every == 0 or done:
                for learner in learners:
                    learner.report(pictures, progress, time.monotonic() - started)
    return [learner.last for learner in learners]


WARM_START_BATCHES = 16


def _warm_start(network: SegmentationNetwork, config: TrainingConfig, pictures: Pictures) -> None:
    """Gives a fresh network the weights that the configuration starts from."""
    source = start_folder(config)
    if source is None:
        state = torch.load(config.start_from, map_location="cpu", weights_only=True)
        if isinstance(network, LiteUNet) and "average" not in state:
            load_encoder(network, state)
            return
        network.load_state_dict(state["average"])
        return
    stream = CropStream(pictures.training, pictures.synthetic, config, 0)
    size = 8
    crops = [
        torch.stack([stream.crop(b * size + k)[0].float() for k in range(size)]) for b in range(WARM_START_BATCHES)
    ]
    load_folded(source, network, crops)


def _append(curve: Path, row: dict[str, float]) -> None:
    fresh = not curve.exists()
    with curve.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)
