"""Networks that a model could have, compared by the rules of the shipped one: `python bench/networks.py FOLDER … [--precision int8]`.

Each folder is an exported model or a committee (`training.committee`). They are scored on the validation part of the train split and on
the laboratories never seen, on which choices may be made, and never on held-out images (needs ../shared/data). The shipped model comes
first. Scale, threshold and splitting are the shipped card's, so that nothing but the networks differs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from spheroseg.segmentation import load_model
from spheroseg.training.manifest import Record, read_manifest, split_by_group
from spheroseg.training.scores import by_model, score, summary_by_source, with_rules_of

DATA = Path(__file__).parents[2] / "shared" / "data"


def main() -> None:
    """Prints IoU, AP50 and AP50…95 of each source, and their means, a model a column."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", help="model folders")
    parser.add_argument("--precision", choices=("fp32", "int8"), default="fp32")
    arguments = parser.parse_args()
    names = ["spheroid", *arguments.models]
    models = [load_model(name, precision=arguments.precision) for name in names]
    parts: dict[str, list[Record]] = {
        "validation": split_by_group(read_manifest(DATA, "train"))[1],
        "never seen": read_manifest(DATA, "ood"),
    }
    for part, records in parts.items():
        tables = [summary_by_source(score(records, by_model(with_rules_of(m, models[0].card)))) for m in models]
        print(f"| {part} | " + " | ".join(names) + " |")
        print("|---" * (len(names) + 1) + "|")
        for source in tables[0]:
            cells = [
                ", ".join(f"{t[source][measure][0]:.3f}" for measure in ("iou", "ap50", "ap50_95")) for t in tables
            ]
            print(f"| {source} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
