"""The objects whose measures are checked, and the closed forms that are known of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image as PillowImage
from scipy.ndimage import label as label_parts

REAL_MASKS = Path(__file__).parents[2] / "shared" / "data"


@dataclass(slots=True)
class Case:
    """One object and what is known of it.

    Attributes:
        name: of the worst case in the table.
        shape: a ring drawn by hand, with holes after it, or a mask.
        truth: closed forms by measure.
        spacing: (y, x) length of a pixel.
        others: also compare a mask with scikit-image and ImageJ.
    """

    name: str
    shape: list[NDArray[np.float64]] | NDArray[np.bool_]
    truth: dict[str, float] = field(default_factory=dict)
    spacing: tuple[float, float] = (1.0, 1.0)
    others: bool = True


def ellipse_truth(a: float, b: float, degrees: float | None = None) -> dict[str, float]:
    """Closed forms of an ellipse with half axes a ≥ b; its perimeter by Ramanujan's second formula."""
    q = ((a - b) / (a + b)) ** 2
    perimeter = math.pi * (a + b) * (1 + 3 * q / (10 + math.sqrt(4 - 3 * q)))
    area = math.pi * a * b
    truth = size_truth(area, perimeter) | {
        "feret_max": 2 * a,
        "feret_min": 2 * b,
        "major_axis": 2 * a,
        "minor_axis": 2 * b,
        "aspect_ratio": a / b,
        "roundness": b / a,
        "eccentricity": math.sqrt(1 - (b / a) ** 2),
        "volume_ellipsoid": math.pi / 6 * 8 * a * b * b,
        "solidity": 1.0,
        "convexity": 1.0,
    }
    if degrees is not None and a > b:
        truth["orientation"] = degrees % 180
    return truth


def size_truth(area: float, perimeter: float) -> dict[str, float]:
    """What follows from area and perimeter."""
    diameter = math.sqrt(4 * area / math.pi)
    return {
        "area": area,
        "perimeter": perimeter,
        "perimeter_crofton": perimeter,
        "equivalent_diameter": diameter,
        "volume_sphere": math.pi / 6 * diameter**3,
        "circularity": 4 * math.pi * area / perimeter**2,
        "circularity_iso": math.sqrt(4 * math.pi * area) / perimeter,
        "compactness": perimeter**2 / (4 * math.pi * area),
    }


def pixels(inside: Callable[..., Any], reach: float, spacing: tuple[float, float] = (1.0, 1.0)) -> NDArray[np.bool_]:
    """Pixels of a square image whose centre (y, x), relative to the image's middle, satisfies a condition."""
    ny, nx = (2 * math.ceil(reach / step) + 4 for step in spacing)
    y, x = np.mgrid[:ny, :nx] + 0.5
    return np.asarray(inside((y - ny / 2) * spacing[0], (x - nx / 2) * spacing[1]), dtype=np.bool_)


def ellipse_mask(
    a: float, b: float, degrees: float, shift: tuple[float, float] = (0, 0), spacing: tuple[float, float] = (1.0, 1.0)
) -> NDArray[np.bool_]:
    """Digital ellipse; degrees counter-clockwise on the screen."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def inside(y: NDArray[Any], x: NDArray[Any]) -> Any:  # noqa: ANN401 -- an array
        y, x = y - shift[0], x - shift[1]
        return ((x * c - y * s) / a) ** 2 + ((x * s + y * c) / b) ** 2 < 1

    return pixels(inside, a + 1, spacing)


def n_gons(step: int) -> Iterator[Case]:
    """Regular polygons drawn by hand, turned by degrees."""
    for n in (3, 4, 5, 6, 8, 16, 64):
        for degrees in range(0, 90, step):
            angles = math.radians(degrees) + np.arange(n) * 2 * math.pi / n
            ring = np.column_stack([70.3 + 50 * np.cos(angles), 69.1 + 50 * np.sin(angles)])
            inner = 50 * math.cos(math.pi / n)
            truth = size_truth(n / 2 * 2500 * math.sin(2 * math.pi / n), 100 * n * math.sin(math.pi / n)) | {
                "feret_max": 100 if n % 2 == 0 else 100 * math.cos(math.pi / 2 / n),
                "feret_min": 2 * inner if n % 2 == 0 else 50 + inner,
                "aspect_ratio": 1.0,
                "solidity": 1.0,
                "convexity": 1.0,
                "centroid_x": 70.3,
                "centroid_y": 69.1,
            }
            truth.pop("perimeter_crofton")
            yield Case(f"{n}-gon at {degrees}°", [ring], truth)


def drawn_ellipses(step: int) -> Iterator[Case]:
    """Ellipses drawn with 2,000 corners."""
    t = np.arange(2000) * 2 * math.pi / 2000
    for b in (50, 40, 25, 10):
        for degrees in range(0, 180, step):
            turn = -math.radians(degrees)
            x, y = 50 * np.cos(t), b * np.sin(t)
            ring = np.column_stack([x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)])
            truth = ellipse_truth(50, b, degrees)
            truth.pop("perimeter_crofton")
            yield Case(f"50 × {b} at {degrees}°", [ring + np.array([60.2, 61.7])], truth)


def digital_discs(step: int) -> Iterator[Case]:
    """Discs of pixels of radius 20 to 200 px, shifted within a pixel."""
    rng = np.random.default_rng(0)
    radii = [*np.arange(20, 60, 0.5 * step), 63.3, 80, 100, 141.4, 200]
    for radius in radii:
        for shift in [(0.0, 0.0), (0.5, 0.0), (0.5, 0.5), *rng.random((3, 2)).tolist()]:
            mask = ellipse_mask(radius, radius, 0, tuple(shift))
            name = f"radius {radius:g} shifted {shift[0]:.2f}, {shift[1]:.2f}"
            yield Case(name, mask, ellipse_truth(radius, radius), others=radius < 60)


def small_discs(step: int) -> Iterator[Case]:
    """Discs of pixels of radius 3 to 20 px, shifted within a pixel."""
    rng = np.random.default_rng(1)
    for radius in np.arange(3, 20, 0.5 * step):
        for shift in rng.random((6, 2)).tolist():
            mask = ellipse_mask(radius, radius, 0, tuple(shift))
            yield Case(f"radius {radius:g} shifted {shift[0]:.2f}, {shift[1]:.2f}", mask, ellipse_truth(radius, radius))


def digital_ellipses(step: int) -> Iterator[Case]:
    """Ellipses of pixels with half axes 60 × 40 and 60 × 20 px, by degrees."""
    rng = np.random.default_rng(2)
    for b in (40, 20):
        for degrees in range(0, 180, step):
            mask = ellipse_mask(60, b, degrees, tuple(rng.random(2)))
            yield Case(f"60 × {b} at {degrees}°", mask, ellipse_truth(60, b, degrees), others=degrees % 6 == 0)


def digital_rectangles(step: int) -> Iterator[Case]:
    """Squares of 60 px and bars of 100 × 20 px of pixels, by degrees."""
    for width, height in ((60, 60), (100, 20)):
        for degrees in range(0, 91, step):
            c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

            def inside(
                y: NDArray[Any], x: NDArray[Any], c: float = c, s: float = s, w: float = width, h: float = height
            ) -> Any:  # noqa: ANN401 -- bound in a loop
                y, x = y - 0.21, x - 0.37
                return (abs(x * c - y * s) < w / 2) & (abs(x * s + y * c) < h / 2)

            truth = size_truth(width * height, 2 * (width + height)) | {
                "feret_max": math.hypot(width, height),
                "feret_min": height,
                "aspect_ratio": width / height,
                "solidity": 1.0,
                "convexity": 1.0,
            }
            yield Case(f"{width} × {height} at {degrees}°", pixels(inside, 75), truth, others=degrees % 6 == 0)


def holes_and_anisotropy(step: int) -> Iterator[Case]:
    """Discs of 60 µm and ellipses of 60 × 40 µm on pixels that are not square, and discs with a hole, filled."""
    rng = np.random.default_rng(3)
    for spacing in ((2.0, 1.0), (1.0, 2.0), (0.7, 1.0), (1.0, 3.0)):
        for degrees in range(0, 180, 5 * step):
            shift = tuple(rng.random(2))
            mask = ellipse_mask(60, 40, degrees, shift, spacing)
            name = f"60 × 40 at {degrees}°, pixels of {spacing[0]:g} × {spacing[1]:g}"
            yield Case(name, mask, ellipse_truth(60, 40, degrees), spacing, others=False)
            disc = ellipse_mask(60, 60, 0, shift, spacing)
            yield Case(f"disc, {name.split(', ')[1]}", disc, ellipse_truth(60, 60), spacing, others=False)
    for hole in (10, 25, 40):
        ring = pixels(lambda y, x, r=hole: (np.hypot(y, x) < 50) & (np.hypot(y, x) > r), 51)
        yield Case(f"disc of 50 with a hole of {hole}", ring, ellipse_truth(50, 50), others=False)


def few_pixels(step: int) -> Iterator[Case]:  # noqa: ARG001 -- there is nothing to thin out
    """Squares and bars of one to six pixels."""
    for height, width in ((1, 1), (1, 2), (2, 2), (1, 3), (2, 3)):
        area = height * width
        truth = {
            "area": area,
            "equivalent_diameter": math.sqrt(4 * area / math.pi),
            "feret_max": math.hypot(height, width),
            "feret_min": height,
            "major_axis": math.sqrt(4 * area / math.pi * width / height),
            "minor_axis": math.sqrt(4 * area / math.pi * height / width),
            "aspect_ratio": width / height,
            "solidity": 1.0,
            "extent": 1.0,
            "convexity": 1.0,
            "centroid_x": 1 + width / 2,
            "centroid_y": 1 + height / 2,
        }
        yield Case(f"{width} × {height} px", np.pad(np.ones((height, width), dtype=np.bool_), 1), truth)


def real_masks(step: int) -> Iterator[Case]:
    """Hand-made masks of real images: every object of one part; no closed form, so only the other programs."""
    for path in sorted(REAL_MASKS.glob("heldout/*/masks/*"))[:: max(1, step // 2)]:
        image = tifffile.imread(path) if path.suffix == ".tif" else np.array(PillowImage.open(path))
        for number in np.unique(image[image > 0]):
            y, x = np.nonzero(image == number)
            mask = image[y.min() : y.max() + 1, x.min() : x.max() + 1] == number
            if mask.sum() > 9 and label_parts(mask)[1] == 1:
                yield Case(f"{path.stem} object {number}", np.pad(mask, 1))


SECTIONS: dict[str, Callable[[int], Iterator[Case]]] = {
    "Regular polygons, drawn": n_gons,
    "Ellipses, drawn": drawn_ellipses,
    "Objects of few pixels": few_pixels,
    "Digital discs, radius 20 to 200 px": digital_discs,
    "Digital discs, radius 3 to 20 px": small_discs,
    "Digital ellipses": digital_ellipses,
    "Digital rectangles": digital_rectangles,
    "Pixels that are not square; holes": holes_and_anisotropy,
    "Real masks": real_masks,
}
