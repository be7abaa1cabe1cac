"""Leave one source out, with narrow networks and short runs: `make bench-leave-one-out` (one core, about two hours).

For each of two architectures, a ResUNet and a plain U-Net, a start is trained on rendered scenes alone. From it, one run a
source continues on rendered scenes and all other sources, and one on all sources. The same steps, batch, schedule and
shipped splitting rules everywhere, so that the columns differ by the data, or by the architecture, only. Beside them stand
the methods that learn nothing: the classical engine, Otsu and Sauvola. The two architectures are also trained from scratch on all
sources for the table of methods of bench/accuracy.py (`--only-baselines` trains these two alone). Nothing is chosen by these
figures. A run that was finished before is not repeated.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from accuracy import by_classical, by_otsu, by_sauvola
from spheroseg.evaluation import Outline
from spheroseg.segmentation import ModelCard, load_model, read_card
from spheroseg.segmentation.network.catalogue import SHIPPED_FOLDER
from spheroseg.training.config import TrainingConfig
from spheroseg.training.export import export
from spheroseg.training.manifest import Record, read_manifest, split_by_group
from spheroseg.training.scores import Scored, by_model, score, summary_by_source, with_rules_of
from spheroseg.training.stream import Pictures
from spheroseg.training.train import fit

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
OUT = ROOT / "bench" / "results" / "leave-one-out.json"
MOST_IMAGES = 24
"""Scored images a source, evenly taken."""

RESUNET = TrainingConfig(
    name="narrow", data=str(DATA), output="", seed=7, steps=1, widths=(16, 32, 64, 96, 128), synthetic_scenes=1600,
    synthetic_share=0.4, validate_every=10_000, threads=1, workers=1,
)  # fmt: skip
UNET = replace(RESUNET, architecture="unet", widths=(10, 20, 40, 80, 160))
ARCHITECTURES = {"resunet": RESUNET, "unet": UNET}


def trained(config: TrainingConfig, pictures: Pictures, version: str) -> Path:
    """The folder of the run's exported model; a run that was finished before is not repeated (delete its folder to repeat it)."""
    folder = Path(config.output)
    if not (folder / "model.json").is_file():
        export(fit(config, pictures), folder, version=version, int8=False)
    return folder


def images_by_source() -> dict[str, list[Record]]:
    """The images that no run was trained on: validation part and held-out, at most MOST_IMAGES a source."""
    records = split_by_group(read_manifest(DATA, "train"))[1] + read_manifest(DATA, "heldout")
    own = {source: [r for r in records if r.source == source] for source in sorted({r.source for r in records})}
    return {source: images[:: max(1, -(-len(images) // MOST_IMAGES))] for source, images in own.items()}


def by_folder(folder: Path, rules: ModelCard) -> Outline:
    """Outlines by a run's model with the shipped rules."""
    return by_model(with_rules_of(load_model(folder), rules))


def main() -> None:
    """Runs everything and writes bench/results/leave-one-out.json at the end of each method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=ROOT / "training-runs", help="folder of checkpoints")
    parser.add_argument("--start-steps", type=int, default=1500)
    parser.add_argument("--steps", type=int, default=500, help="of each continued run")
    parser.add_argument("--baseline-steps", type=int, default=2000)
    parser.add_argument("--only-baselines", action="store_true")
    arguments = parser.parse_args()
    runs: Path = arguments.runs
    pictures = Pictures.load(RESUNET)
    watched = Pictures(pictures.training, [], pictures.synthetic)  # scored at the end instead
    for name, config in ARCHITECTURES.items():
        folder = runs / f"{name}-short"
        trained(replace(config, steps=arguments.baseline_steps, output=str(folder)), watched, "short")
    if arguments.only_baselines:
        return
    images = images_by_source()
    everything = [record for own in images.values() for record in own]
    rules = read_card(SHIPPED_FOLDER / "spheroid")
    scored: dict[str, list[Scored]] = {
        "classical engine": score(everything, by_classical),
        "Otsu, better polarity": score(everything, by_otsu),
        "Sauvola, better polarity": score(everything, by_sauvola),
    }
    write(scored, arguments, images)
    for name, config in ARCHITECTURES.items():
        start = trained(
            replace(config, steps=arguments.start_steps, output=str(runs / f"loso-{name}-rendered")),
            Pictures([], [], pictures.synthetic),
            "rendered scenes alone",
        )
        scored[f"{name}, rendered scenes alone"] = score(everything, by_folder(start, rules))
        write(scored, arguments, images)
        continued = replace(config, steps=arguments.steps, start_from=str(start / "last.pt"), learning_rate=1.5e-3)
        seen = trained(replace(continued, output=str(runs / f"loso-{name}-all")), watched, "all sources")
        scored[f"{name}, source seen"] = score(everything, by_folder(seen, rules))
        never: list[Scored] = []
        for source, own in images.items():
            left_out = replace(continued, exclude_sources=(source,), output=str(runs / f"loso-{name}-{source}"))
            folder = trained(left_out, watched, f"without {source}")
            never += score(own, by_folder(folder, rules))
            print(name, source, flush=True)
        scored[f"{name}, source never seen"] = never
        write(scored, arguments, images)


def write(scored: dict[str, list[Scored]], budget: argparse.Namespace, images: dict[str, list[Record]]) -> None:
    """Writes what is known so far."""
    result = {
        "steps": {"rendered": budget.start_steps, "continued": budget.steps},
        "images": {source: len(own) for source, own in images.items()},
        "methods": {name: summary_by_source(items) for name, items in scored.items()},
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
