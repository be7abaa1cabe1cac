"""The list of images with masks, and the split of it by experiment."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from spheroseg.errors import ImageReadError, ParameterError


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the manifest.

    Attributes:
        image, mask: paths of a PNG each.
        source: data set; group: experiment, well or plate, never in two splits.
        weak: the mask misses objects, so unlabelled pixels that look like objects are left out of the loss.
    """

    image: Path
    mask: Path
    source: str
    group: str
    weak: bool
    licence: str


def read_manifest(folder: Path, split: str, *, missing_ok: bool = False) -> list[Record]:
    """The rows of one split that have a mask, in the manifest's order.

    Args:
        folder: holds manifest.csv and the images.
        split: "train", "ood" or "heldout".
        missing_ok: gives nothing where the split has no rows.

    Raises:
        ImageReadError: the manifest is missing.
        ParameterError: the split has no rows, and that is not all right.
    """
    records = [
        Record(
            folder / row["file"],
            folder / row["mask"],
            row["source"],
            row["group"],
            "weak" in row["label_quality"].lower(),
            row["licence"],
        )
        for row in _rows(folder, split)
        if row["mask"]
    ]
    if not records and not missing_ok:
        raise ParameterError(f"{folder / 'manifest.csv'} has no images in the split {split!r}")
    return records


def without_mask(folder: Path, split: str) -> list[Record]:
    """The rows of one split that have no mask, weak whatever they say; `mask` is where one would be written.

    Raises:
        ImageReadError: the manifest is missing.
    """
    return [
        Record(folder / row["file"], folder / row["file"], row["source"], row["group"], True, row["licence"])
        for row in _rows(folder, split)
        if not row["mask"]
    ]


def _rows(folder: Path, split: str) -> list[dict[str, str]]:
    path = folder / "manifest.csv"
    if not path.is_file():
        raise ImageReadError(path, "the list of images is missing")
    with path.open(newline="", encoding="utf-8") as lines:
        return [row for row in csv.DictReader(lines) if row["split"] == split]


def split_by_group(records: list[Record], share: float = 0.15) -> tuple[list[Record], list[Record]]:
    """Cuts a validation set from the training images, by whole groups of each source.

    Every second of the smallest groups goes to validation, last first, until it holds `share` of the source's images (at least one
    image). A source with a single group, or whose smallest group is more than half of it, gives its last images
    instead: that is a weaker check, and `evaluate` says so.

    Returns:
        (training, validation), each in the manifest's order.
    """
    by_source: dict[str, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        by_source[record.source][record.group].append(record)
    chosen: set[Path] = set()
    for groups in by_source.values():
        total = sum(map(len, groups.values()))
        wanted = max(1, round(share * total))
        if total == 1:
            continue
        smallest = min(map(len, groups.values()))
        if len(groups) == 1 or smallest > max(wanted, total // 2):
            everything = [record for members in groups.values() for record in members]
            chosen.update(record.image for record in everything[-wanted:])
            continue
        taken = 0
        # every second group, so that training keeps small groups of its own (rare stains, rare frames)
        latest_first = list(groups.values())[::-1]
        for members in sorted(latest_first, key=len)[::2]:
            if taken and taken + len(members) > wanted:
                break
            chosen.update(record.image for record in members)
            taken += len(members)
    return [r for r in records if r.image not in chosen], [r for r in records if r.image in chosen]
