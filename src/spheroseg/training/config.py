"""What a training is told: the fields of its configuration file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from spheroseg.errors import ParameterError
from spheroseg.segmentation.network.catalogue import SHIPPED_FOLDER
from spheroseg.training.resunet import BLOCKS, WIDTHS


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """What a configuration file may say; the fields are the keys of the TOML file."""

    name: str
    data: str  # folder of manifest.csv, relative to where the command runs; "" trains on rendered scenes alone
    output: str  # folder of checkpoints and curve
    seed: int = 0
    minutes: float = 0.0  # budget: either minutes
    steps: int = 0  # or steps
    architecture: Literal["resunet", "unet", "lite"] = "resunet"  # "unet" and "lite" are those of comparisons
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
    start_from: str = ""  # what begins this run: a checkpoint (its averaged weights), a model folder, a shipped model's name, or  # for "lite" the weights of its encoder (lite.load_encoder)
    validate_every: int = 500
    workers: int = 2
    threads: int = 2
    restyled_share: float = 0.0  # of the crops drawn from a store so many are restyled (stream.restyled)
    stored_crops: int = 0  # 0 shows each crop once; more keeps so many on the device and draws batches from them

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


SHARED_SETTINGS = (
    "data", "seed", "minutes", "steps", "batch_size", "synthetic_share", "synthetic_scenes", "exclude_sources",
    "source_weights", "validate_every", "workers", "threads", "restyled_share", "stored_crops",
)  # fmt: skip
"""What networks that are trained together have in common: everything that decides which crops they see."""


def check_together(configs: list[TrainingConfig]) -> None:
    """Networks that see the same crops are told the same of them.

    Raises:
        ParameterError: two configurations differ in one of SHARED_SETTINGS, or write to one folder.
    """
    first = configs[0]
    for other in configs[1:]:
        unlike = [name for name in SHARED_SETTINGS if getattr(first, name) != getattr(other, name)]
        if unlike:
            raise ParameterError(
                f"{first.name} and {other.name} are to be trained together but differ in {', '.join(unlike)}"
            )
    if len({config.output for config in configs}) < len(configs):
        raise ParameterError("networks that are trained together need an output folder each")


def start_folder(config: TrainingConfig) -> Path | None:
    """The model folder that a run starts from; None where it starts from a file or from nothing."""
    source = Path(config.start_from)
    if not config.start_from or source.is_file():
        return None
    return source if source.is_dir() else SHIPPED_FOLDER / config.start_from
