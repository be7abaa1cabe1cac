"""The example plate: a 96-well time course of two compounds whose IC50s are known, rendered on demand and shipped nowhere.

Rendered, not photographed: it shows what the program does and is no evidence of how well. Each well's spheroid keeps its
form and grows or shrinks exponentially; the growth rate of its volume is

    0.6/day · (1 − 1.3/(1 + (IC50/dose)^1.2))

so that the relative IC50 of growth rates is the number in `IC50_UM`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

IC50_UM = {"alphaplatin": 0.5, "betataxel": 4.0}
DOSES_UM = (0.01, 0.04, 0.16, 0.64, 2.5, 10.0, 40.0, 160.0)
TIMES_H = (0, 24, 48, 72)
PIXEL_SIZE_UM = 4.0
_SIZE_PX = 192
_ROWS = "ABCDEFGH"
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
    for row, letter in enumerate(_ROWS):
        compound = list(IC50_UM)[row // 4]
        for column in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12):
            name = f"{letter}{column:02d}"
            if column == 12:
                made.append(ExampleWell(name, "", 0.0, "positive", _KILLED_RATE_PER_DAY))
            elif column in {1, 10}:
                made.append(ExampleWell(name, "", 0.0, "negative", _RATE_PER_DAY))
            else:
                dose = DOSES_UM[column - 2]
                effect = 1.3 / (1 + (IC50_UM[compound] / dose) ** 1.2)
                made.append(ExampleWell(name, compound, dose, "", _RATE_PER_DAY * (1 - effect)))
    return made


def layout() -> list[dict[str, str]]:
    """A row a well, as `spheroseg analyse` and the service read them."""
    return [
        {
            "well": well.well,
            "compound": well.compound,
            "dose": f"{well.dose_um:g}" if well.compound else "",
            "dose_unit": "µM" if well.compound else "",
            "cell_line": "rendered",
            "replicate": str(_ROWS.index(well.well[0]) % 4 + 1),
            "control": well.control,
        }
        for well in wells()
    ]


def files(only_wells: str = "") -> Iterator[tuple[str, bytes]]:
    """Names and contents of the images, by well and time: compressed 8-bit TIFFs with pixel size, the same pixels every time.

    Args:
        only_wells: begin of the wells' names, "A" for the first row; "" renders all.
    """
    for number, well in enumerate(wells()):
        if not well.well.startswith(only_wells):
            continue
        for time_h in TIMES_H:
            stream = io.BytesIO()
            tifffile.imwrite(
                stream, _image(number, well, time_h), imagej=True, compression="zlib",
                resolution=(1 / PIXEL_SIZE_UM, 1 / PIXEL_SIZE_UM), metadata={"unit": "um", "axes": "YX"},
            )  # fmt: skip
            yield f"example_{well.well}_t{time_h:03d}h.tif", stream.getvalue()


def render_plate(folder: Path) -> list[Path]:
    """Write `layout.csv`, and `images/example_A01_t024h.tif` and so on, into a folder; returns the images."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rows = layout()
    with (folder / "layout.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    paths = []
    for name, content in files():
        path = folder / "images" / name
        path.write_bytes(content)
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
    cells = cv2.GaussianBlur(light.standard_normal(depth.shape, dtype=np.float32), (0, 0), 1.2) * 3
    image = np.asarray(_field(light), np.float64) * np.exp(-1.5 * dome**0.7 * (1 + 0.2 * cells))
    blurred = np.asarray(cv2.GaussianBlur(image.astype(np.float32), (0, 0), 0.8), np.float64)
    seen = blurred + light.normal(0, 0.008, depth.shape)
    return np.round(np.clip(seen, 0, 1) * 255).astype(np.uint8)


def _field(light: np.random.Generator) -> NDArray[np.float32]:
    """(y, x) brightness of an empty well, 0.8 with slow waves."""
    coarse = light.standard_normal((4, 4), dtype=np.float32)
    waves = cv2.resize(coarse, (_SIZE_PX, _SIZE_PX), interpolation=cv2.INTER_CUBIC)
    return np.asarray(0.8 + 0.02 * waves, np.float32)


def _depth(form: np.random.Generator, light: np.random.Generator, radius_px: float) -> NDArray[np.float64]:
    """(y, x) distance from the middle relative to the outline, a slightly wavy circle; below 1 inside, exact in area."""
    middle = _SIZE_PX / 2 + light.uniform(-4, 4, 2)
    y, x = np.ogrid[:_SIZE_PX, :_SIZE_PX]
    dy, dx = y + 0.5 - middle[0], x + 0.5 - middle[1]
    waves = [(k, 0.03 / k, form.uniform(0, 2 * np.pi)) for k in range(2, 7)]
    theta = np.arctan2(dy, dx)
    edge = 1 + sum(height * np.cos(k * theta + phase) for k, height, phase in waves)
    mean_square = 1 + sum(height**2 for _, height, _ in waves) / 2
    return np.asarray(np.hypot(dy, dx) / (radius_px * edge / np.sqrt(mean_square)))
