"""A training set small enough to be carried to a machine with a GPU: `python -m spheroseg.training.pack DATA OUT`.

Writes a folder that `spheroseg train` reads like the one it was made from: the images of the train split that have a mask, as 8-bit
luminance between the percentiles that training normalises by. The images of the shared set take 84 MB, their pack 53,
16 at quality 85.

Images without a mask may be learnt from too (self-training, Lee 2013): those that are named are outlined by a model, averaged over its
flips, and get its outlines as weak masks, which say little about what lies beside them. Look at the outlines first and name those that are right.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError
from spheroseg.imaging import read_image
from spheroseg.pipeline import segment
from spheroseg.segmentation import Model, load_model
from spheroseg.training.data import NORMALISATION, read_luminance, read_mask
from spheroseg.training.manifest import Record, read_manifest, without_mask

LOSSLESS = 101
"""WebP's quality above 100 is lossless, and a quarter smaller than PNG."""
COLUMNS = ("file", "mask", "split", "source", "group", "label_quality", "licence")


def pack(
    data: Path, out: Path, quality: int = LOSSLESS, *, outlined: Sequence[str] = (), model: Model | None = None
) -> int:
    """Writes the pack and returns its size in bytes.

    Args:
        data: folder of manifest.csv.
        out: folder to fill; made where it is missing.
        quality: of the images, as WebP counts it, 1…100; training adds stronger traces of compression itself.
        outlined: names (without ending) of images of the train split without a mask that the model outlines.
        model: what outlines them; needed where `outlined` names any.

    Raises:
        ImageReadError: an image or a mask cannot be read.
        ParameterError: there is nothing to train on, or no image without a mask has such a name.
    """
    rows = [_packed(record, read_mask(record.mask), out, quality) for record in read_manifest(data, "train")]
    bare = {record.image.stem: record for record in without_mask(data, "train")}
    for name in outlined:
        if name not in bare or model is None:
            raise ParameterError(f"{data}: there is no image {name!r} without a mask in the train split, or no model")
        labels = segment(read_image(bare[name].image), accurate=True, opened=model).labels
        rows.append(_packed(bare[name], labels, out, quality))
    with (out / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return sum(path.stat().st_size for path in out.rglob("*") if path.is_file())


def _packed(record: Record, mask: NDArray[Any], out: Path, quality: int) -> dict[str, str]:
    """Writes one image and its mask; returns the manifest's row."""
    plane = read_luminance(record.image)
    low, high = np.percentile(plane, (NORMALISATION.low_percentile, NORMALISATION.high_percentile))
    share = np.clip((plane - low) / max(float(high - low), 1e-6), 0, 1)
    names = {}
    for kind, array, suffix, settings in (
        ("images", np.round(share * 255).astype(np.uint8), ".webp", (cv2.IMWRITE_WEBP_QUALITY, quality)),
        ("masks", mask.astype(np.uint16), ".png", (cv2.IMWRITE_PNG_COMPRESSION, 9)),
    ):
        path = out / "train" / record.source / kind / f"{record.image.stem}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), array, settings)
        names[kind] = path.relative_to(out).as_posix()
    label_quality = "weak" if record.weak else "good"
    values = (names["images"], names["masks"], "train", record.source, record.group, label_quality, record.licence)
    return dict(zip(COLUMNS, values, strict=True))


def main() -> None:
    """Packs from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of manifest.csv")
    parser.add_argument("out", type=Path, help="folder to fill")
    parser.add_argument("--quality", type=int, default=LOSSLESS, help="of the images, 1…100 (above: lossless)")
    parser.add_argument("--outlined", nargs="+", default=[], metavar="NAME", help="images without a mask to outline")
    parser.add_argument("--model", default="spheroid", help="what outlines them")
    arguments = parser.parse_args()
    model = load_model(arguments.model) if arguments.outlined else None
    size = pack(arguments.data, arguments.out, arguments.quality, outlined=arguments.outlined, model=model)
    sys.stdout.write(f"{arguments.out}: {size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
