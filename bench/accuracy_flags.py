"""What flags and diameter intervals of the shipped model tell, image by image and source by source; parts of `accuracy.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spheroseg.analysis import compare
from spheroseg.formats import labelmask
from spheroseg.imaging import read_image
from spheroseg.pipeline import segment
from spheroseg.segmentation import Model, ModelCard
from spheroseg.training.manifest import Record

WRONG_BELOW = 0.7
DOUBTS = ("empty", "scale_uncertain", "unfamiliar")
"""Flags of a plane that say that its outlines are not to be relied on."""


def agreement_and_flags(network: Model, records: Sequence[Record]) -> list[dict[str, Any]]:
    """Each image's agreement and the flags that doubt its outlines."""
    images = []
    for record in records:
        found = segment(read_image(record.image), opened=network).prediction
        agreement = compare(labelmask.read_labels(record.mask), found.labels)
        images.append(
            {
                "image": record.image.stem,
                "source": record.source,
                "iou": round(agreement.iou, 4),
                "ap50": round(agreement.ap50, 4),
                "flags": [code for code in found.image_flags if code in DOUBTS],
            }
        )
    return images


def flags_table(sets: dict[str, list[dict[str, Any]]]) -> str:
    """A row a set: what is under IoU 0.7 and not flagged, and what is flagged without need."""
    lines = [
        "| images | flagged | under IoU 0.7 | of the images not flagged, under 0.7 | of the images of 0.7 and more, flagged |",
        "|---|---|---|---|---|",
    ]
    for name, images in sets.items():
        bad = [image["iou"] < WRONG_BELOW for image in images]
        flagged = [bool(image["flags"]) for image in images]
        quiet = sum(b for b, f in zip(bad, flagged, strict=True) if not f)
        needless = sum(f for b, f in zip(bad, flagged, strict=True) if not b)
        lines.append(
            f"| {name} ({len(images)}) | {sum(flagged)} | {sum(bad)} | {quiet} of {len(images) - sum(flagged)} | "
            f"{needless} of {len(images) - sum(bad)} |"
        )
    return "\n".join(lines)


def left_out_table(card: ModelCard) -> str:
    """What the card says of the diameter interval in each source that had no part in it."""
    lines = ["| source | objects | covered | mean half width, % |", "|---|---|---|---|"]
    kept = card.scores["interval_left_out"]
    lines += [
        f"| `{name}` | {row['objects']:.0f} | {row['covered']:.2f} | {100 * row['half_width']:.1f} |"
        for name, row in kept.items()
    ]
    means = [np.mean([row[key] for row in kept.values()]) for key in ("covered", "half_width")]
    return "\n".join([*lines, f"| mean over the sources | | {means[0]:.2f} | {100 * means[1]:.1f} |"])
