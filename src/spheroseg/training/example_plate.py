"""Renders the example plate: a 96-well time course of two compounds whose IC50s are known. Made on demand, shipped nowhere.

Rendered, not photographed: it shows what the program does and is no evidence of how well. Each well's spheroid keeps its
form and grows or shrinks exponentially; the growth rate of its volume is

    0.6/day · (1 − 1.3/(1 + (IC50/dose)^1.2))

so that the relative IC50 of growth rates is the number in `IC50_UM`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from spheroseg.training import optics
from spheroseg.training.augment import Rng, smooth_noise

IC50_UM = {"alphaplatin": 0.5, "betataxel": 4.0}
DOSES_UM = (0.01, 0.04, 0.16, 0.64, 2.5, 10.0, 40.0, 160.0)
TIMES_H = (0, 24, 48, 72, 96)
PIXEL_SIZE_UM = 4.0
_SIZE_PX = 224
_RATE_PER_DAY, _KILLED_RATE_PER_DAY = 0.6, -0.5
_DIAMETER_UM = 320.0


@dataclass(frozen=True, slots=True)
class ExampleWell:
    """One well of the example.

    Attributes:
        well: "A01".
        compound: "" for controls.
        dose_um: 0 for controls.
        control: "negative", "positive" or "".
        rate_per_day: true growth rate of the volume.
    """

    well: str
    compound: str
    dose_um: float
    control: str
    rate_per_day: float


def wells() -> list[ExampleWell]:
    """Columns 1 and 10 untreated, 2 to 9 doses (rows A–D one compound, E–H the other), 12 killing control, 11 empty."""
    made = []
    for row in range(8):
        compound = list(IC50_UM)[row // 4]
        for column in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12):
            name = f"{'ABCDEFGH'[row]}{column:02d}"
            if column == 12:
                made.append(ExampleWell(name, "", 0.0, "positive", _KILLED_RATE_PER_DAY))
            elif column in {1, 10}:
                made.append(ExampleWell(name, "", 0.0, "negative", _RATE_PER_DAY))
            else:
                dose = DOSES_UM[column - 2]
                effect = 1.3 / (1 + (IC50_UM[compound] / dose) ** 1.2)
                made.append(ExampleWell(name, compound, dose, "", _RATE_PER_DAY * (1 - effect)))
    return made


def write_layout_table(path: Path) -> None:
    """Write the example's layout as `spheroseg analyse` reads it."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["well", "compound", "dose", "dose_unit", "cell_line", "replicate", "control"])
        for well in wells():
            unit = "µM" if well.compound else ""
            dose = f"{well.dose_um:g}" if well.compound else ""
            writer.writerow(
                [well.well, well.compound, dose, unit, "rendered", "ABCDEFGH".index(well.well[0]) % 4 + 1, well.control]
            )


def render_plate(folder: Path, times_h: tuple[int, ...] = TIMES_H) -> list[Path]:
    """Write the layout and an image a well and time: compressed 8-bit TIFFs with pixel size, the same pixels every time.

    Args:
        folder: gets `layout.csv` and `images/example_A01_t024h.tif` and so on.
        times_h: hours.

    Returns:
        The images.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    write_layout_table(folder / "layout.csv")
    paths = []
    for number, well in enumerate(wells()):
        for time_h in times_h:
            path = folder / "images" / f"example_{well.well}_t{time_h:03d}h.tif"
            tifffile.imwrite(
                path, _image(number, well, time_h), imagej=True, compression="zlib",
                resolution=(1 / PIXEL_SIZE_UM, 1 / PIXEL_SIZE_UM), metadata={"unit": "um", "axes": "YX"},
            )  # fmt: skip
            paths.append(path)
    return paths


def _image(number: int, well: ExampleWell, time_h: int) -> NDArray[np.uint8]:
    form, light = np.random.default_rng([number, 17]), np.random.default_rng([number, 17, time_h])
    start_um = _DIAMETER_UM * float(np.exp(form.normal(0, 0.03)))
    # spheroids of one seeding do not grow quite alike
    rate = well.rate_per_day + 0.015 * float(form.normal())
    diameter_px = start_um * float(np.exp(rate * time_h / 72)) / PIXEL_SIZE_UM
    depth = _depth(form, light, diameter_px / 2)
    dome = np.sqrt(np.clip(1 - depth**2, 0, 1))
    texture = optics.cell_texture(light, depth.shape, 4.0)
    field = 0.8 + 0.02 * smooth_noise(light, depth.shape, _SIZE_PX / 3)
    image = field * np.exp(-1.5 * dome**0.7 * (1 + 0.2 * texture))
    image = cv2.GaussianBlur(image.astype(np.float32), (0, 0), 0.8) + light.normal(0, 0.008, depth.shape)
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)


def _depth(form: Rng, light: Rng, radius_px: float) -> NDArray[np.float64]:
    """(y, x) distance from the middle relative to the outline, a slightly wavy circle; below 1 inside, exact in area."""
    middle = _SIZE_PX / 2 + light.uniform(-4, 4, 2)
    y, x = np.ogrid[:_SIZE_PX, :_SIZE_PX]
    dy, dx = y + 0.5 - middle[0], x + 0.5 - middle[1]
    waves = [(k, 0.03 / k, form.uniform(0, 2 * np.pi)) for k in range(2, 7)]
    theta = np.arctan2(dy, dx)
    edge = 1 + sum(height * np.cos(k * theta + phase) for k, height, phase in waves)
    mean_square = 1 + sum(height**2 for _, height, _ in waves) / 2
    return np.asarray(np.hypot(dy, dx) / (radius_px * edge / np.sqrt(mean_square)))
