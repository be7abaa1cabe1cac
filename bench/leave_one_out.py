"""Leave one source out, with a narrow network and short runs: `python bench/leave_one_out.py` (about half an hour).

A start is trained on rendered scenes alone. From it, one run a source continues on rendered scenes and all other
sources, and one on all sources. The plain U-Net and a ResUNet of the same budget are trained from scratch for the table of
methods (`--only-baselines` trains these two alone).
The same steps, batch, schedule and shipped splitting rules everywhere, so that the columns differ by the data only. Nothing is
chosen by these figures.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from spheroseg.segmentation import load_model, read_card
from spheroseg.segmentation.catalogue import SHIPPED_FOLDER
from spheroseg.training.data import read_manifest, split_by_group
from spheroseg.training.evaluate import by_model, score, summary_by_source, with_rules_of
from spheroseg.training.export import export
from spheroseg.training.train import Pictures, TrainingConfig, fit

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
OUT = ROOT / "bench" / "results" / "leave-one-out.json"
MOST_IMAGES = 24
"""Scored images a source, evenly taken."""

NARROW = TrainingConfig(
    name="narrow", data=str(DATA), output="", seed=7, steps=700, widths=(16, 32, 64, 96, 128), synthetic_scenes=800,
    synthetic_share=0.4, validate_every=10_000,
)  # fmt: skip


def trained(config: TrainingConfig, pictures: Pictures) -> Path:
    """The run's checkpoint; a run that was finished before is not repeated (delete its folder to repeat it)."""
    last = Path(config.output) / "last.pt"
    return last if last.is_file() else fit(config, pictures)


def main() -> None:
    """Runs everything and writes bench/results/leave-one-out.json after each source."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=ROOT / "training-runs", help="folder of checkpoints")
    parser.add_argument("--start-steps", type=int, default=700)
    parser.add_argument("--steps", type=int, default=220, help="of each continued run")
    parser.add_argument("--baseline-steps", type=int, default=920)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only-baselines", action="store_true")
    arguments = parser.parse_args()
    runs: Path = arguments.runs
    base = replace(NARROW, threads=arguments.threads, workers=arguments.threads)
    pictures = Pictures.load(base)
    watched = Pictures(pictures.training, [], pictures.synthetic)  # scored at the end instead
    plain = replace(base, architecture="unet", widths=(10, 20, 40, 80, 160))
    for name, config in (("unet-short", plain), ("resunet-short", base)):
        short = replace(config, steps=arguments.baseline_steps, output=str(runs / name))
        export(trained(short, watched), runs / name, version="short", int8=False)
    if arguments.only_baselines:
        return
    start = trained(
        replace(base, steps=arguments.start_steps, output=str(runs / "loso-start")),
        Pictures([], [], pictures.synthetic),
    )
    continued = replace(base, steps=arguments.steps, start_from=str(start), learning_rate=1.5e-3)
    everything = trained(replace(continued, output=str(runs / "loso-all")), watched)
    records = split_by_group(read_manifest(DATA, "train"))[1] + read_manifest(DATA, "heldout")
    results: dict[str, dict[str, list[float]]] = {}
    for source in sorted({record.source for record in records}):
        without = trained(replace(continued, exclude_sources=(source,), output=str(runs / f"loso-{source}")), watched)
        own = [record for record in records if record.source == source]
        own = own[:: max(1, -(-len(own) // MOST_IMAGES))]
        results[source] = {}
        rules = read_card(SHIPPED_FOLDER / "spheroid")
        for name, checkpoint in (("without", without), ("with", everything), ("rendered", start)):
            folder = checkpoint.parent
            export(checkpoint, folder, version="narrow", int8=False)
            summary = summary_by_source(score(own, by_model(with_rules_of(load_model(folder), rules))))["all"]
            results[source][name] = [summary["iou"][0], summary["ap50"][0]]
        print(source, results[source], flush=True)
        OUT.parent.mkdir(exist_ok=True)
        OUT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
