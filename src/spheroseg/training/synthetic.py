"""Scenes that no data set has enough of: spheroids, cysts, colonies, cells and nuclei with their true outlines.

Synthetic images train the network and serve as SpheroSeg's example images; they are never evidence. Nothing here
needs torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError
from spheroseg.training import optics
from spheroseg.training.augment import (
    FloatImage,
    Rng,
    appearance,
    behind,
    defocus,
    fibres,
    light_gradient,
    log_uniform,
    scale_bar,
    smudges,
    trap_walls,
    uniform,
    vignette,
    well_edge,
)

KINDS = {
    "compact": 0.12,
    "loose": 0.07,
    "several": 0.08,
    "touching": 0.09,
    "disintegrating": 0.10,
    "shedding": 0.09,
    "invading": 0.09,
    "cysts": 0.07,
    "colonies": 0.05,
    "cells": 0.10,
    "nuclei": 0.11,
    "empty": 0.03,
}
"""What a scene shows, and how often."""

SPHEROIDS = frozenset({"compact", "loose", "several", "touching", "disintegrating", "shedding", "invading"})
"""Kinds whose dense core is labelled."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One rendered field of view.

    Attributes:
        image: (y, x) float32, about 0…1.
        labels: (y, x) uint16, 0 is background; loose cells, debris and walls are background.
        core: (y, x) bool, the dense part of each spheroid; meaningful where core_known.
        core_known: whether the scene shows spheroids, whose cores are labelled.
        kind: one of KINDS.
        modality: one of RENDERERS.
    """

    image: FloatImage
    labels: NDArray[np.uint16]
    core: NDArray[np.bool_]
    core_known: bool
    kind: str
    modality: str


@dataclass(slots=True)
class _Canvas:
    """Outlines drawn so far: the label image, how deep in its own body each pixel lies, and single round cells."""

    labels: NDArray[np.uint16]
    field: FloatImage
    core: NDArray[np.bool_]
    strays: NDArray[np.bool_]
    cells: list[tuple[float, float, float]]
    count: int = 0

    @classmethod
    def blank(cls, size: tuple[int, int]) -> _Canvas:
        nothing = np.zeros(size, bool)
        return cls(np.zeros(size, np.uint16), np.ones(size, np.float32), nothing, nothing.copy(), [])

    def place(self, rng: Rng, centre: tuple[float, float], radius: float, form: tuple[float, float, float]) -> None:
        """Draws a body: a circle bent by waves; where two meet, each pixel goes to the deeper one.

        form: roughness of the outline, stretch (≥ 1), share of the body that is dense core.
        """
        roughness, stretch, core_share = form
        reach = radius * (stretch + 2.5 * roughness) + 2
        top, left = max(int(centre[0] - reach), 0), max(int(centre[1] - reach), 0)
        bottom = min(int(centre[0] + reach) + 1, self.labels.shape[0])
        right = min(int(centre[1] + reach) + 1, self.labels.shape[1])
        if top >= bottom or left >= right:
            return
        y, x = np.ogrid[top:bottom, left:right]
        dy, dx = (y - centre[0]).astype(np.float32), (x - centre[1]).astype(np.float32)
        tilt = uniform(rng, 0, np.pi)
        major = (np.cos(tilt) * dx + np.sin(tilt) * dy) / np.sqrt(stretch)
        minor = (np.cos(tilt) * dy - np.sin(tilt) * dx) * np.sqrt(stretch)
        theta = np.arctan2(minor, major)
        edge = np.ones_like(theta)
        for wave in range(2, 2 + int(rng.integers(4, 14))):
            edge += roughness / wave**0.7 * uniform(rng, -1, 1) * np.cos(wave * theta + uniform(rng, 0, 2 * np.pi))
        depth = np.hypot(major, minor) / (radius * np.maximum(edge, 0.3))
        view = self.field[top:bottom, left:right]
        taken = depth < np.minimum(view, 1)
        self.count += 1
        self.labels[top:bottom, left:right][taken] = self.count
        view[taken] = depth[taken]
        self.core[top:bottom, left:right][taken] = depth[taken] < core_share


def _spread(
    rng: Rng, canvas: _Canvas, count: int, radii: tuple[float, float], form: tuple[float, float, float]
) -> None:
    """Places bodies that mostly keep apart."""
    height, width = canvas.labels.shape
    placed: list[tuple[float, float, float]] = []
    closeness = uniform(rng, 0.75, 1.25)  # below 1 neighbours press against each other
    for _ in range(count * 4):
        if len(placed) == count:
            return
        radius = log_uniform(rng, *radii)
        y, x = uniform(rng, -0.02, 1.02) * height, uniform(rng, -0.02, 1.02) * width
        if all((y - a) ** 2 + (x - b) ** 2 > (closeness * (radius + r)) ** 2 for a, b, r in placed):
            canvas.place(rng, (y, x), radius, (form[0], uniform(rng, 1, form[1]), form[2]))
            placed.append((y, x, radius))


def _middle(rng: Rng, size: tuple[int, int]) -> tuple[float, float]:
    return uniform(rng, 0.3, 0.7) * size[0], uniform(rng, 0.3, 0.7) * size[1]


def _clump(rng: Rng, canvas: _Canvas, centre: tuple[float, float], radius: float, cell_px: float) -> None:
    """A loose aggregate: one body made of many cells whose bumps show in its outline."""
    shape = canvas.labels.shape
    mask = np.zeros(shape, np.uint8)
    count = int(np.clip(2.2 * (radius / cell_px) ** 2 * 4, 12, 900))
    spread = rng.normal(0, 1, (count, 2))
    points = spread / np.maximum(np.linalg.norm(spread, axis=1, keepdims=True), 1e-6)
    points *= (radius * np.sqrt(rng.uniform(0, 1, count)) * rng.uniform(0.8, 1.08, count))[:, None]
    for y, x in points + centre:
        cv2.circle(mask, (int(x * 8), int(y * 8)), int(cell_px * 8 * uniform(rng, 0.4, 0.75)), 1, -1, cv2.LINE_8, 3)
    _keep_largest(canvas, mask, centre, radius * uniform(rng, 0.5, 0.85))


def _keep_largest(canvas: _Canvas, mask: NDArray[np.uint8], centre: tuple[float, float], core_radius: float) -> None:
    """Labels the mask's largest part; the rest lies around as loose cells."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    if count < 2:
        return
    main = parts == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    holes, lacunae, hole_stats, _ = cv2.connectedComponentsWithStats((~main).astype(np.uint8), connectivity=4)
    for hole in range(1, holes):  # a body is filled; only the surrounding background is large
        if hole_stats[hole, cv2.CC_STAT_AREA] < 0.25 * main.sum():
            main |= lacunae == hole
    canvas.count += 1
    canvas.labels[main] = canvas.count
    y, x = np.ogrid[: mask.shape[0], : mask.shape[1]]
    canvas.core |= main & ((y - centre[0]) ** 2 + (x - centre[1]) ** 2 < core_radius**2)
    canvas.strays |= (mask > 0) & ~main


def _scatter(rng: Rng, canvas: _Canvas, centre: tuple[float, float], radius: float, cell_px: float) -> None:
    """Fragments and loose cells around a body, denser near it; never labelled."""
    mask = np.zeros(canvas.labels.shape, np.uint8)
    for _ in range(int(log_uniform(rng, 15, 300))):
        angle, distance = uniform(rng, 0, 2 * np.pi), radius * (0.9 + rng.exponential(uniform(rng, 0.15, 0.6)))
        y, x = centre[0] + distance * np.sin(angle), centre[1] + distance * np.cos(angle)
        axes = (int(8 * cell_px * uniform(rng, 0.2, 0.6)), int(8 * cell_px * uniform(rng, 0.2, 0.6)))
        cv2.ellipse(mask, (int(x * 8), int(y * 8)), axes, uniform(rng, 0, 180), 0, 360, 1, -1, cv2.LINE_8, 3)
    canvas.strays |= (mask > 0) & (canvas.labels == 0)


def _shed(rng: Rng, canvas: _Canvas, cell_px: float) -> None:
    """Clumps of single clear cells, at bodies or far from them; never labelled, because a clump of cells is no body."""
    height, width = canvas.labels.shape
    inside = np.argwhere(canvas.labels > 0)
    radius = float(np.clip(cell_px / 2, 1.5, 7))
    for _ in range(int(rng.integers(2, 11))):
        if len(inside) and rng.random() < 0.5:
            middle = inside[int(rng.integers(len(inside)))] + rng.normal(0, 5 * radius, 2)
        else:
            middle = rng.uniform(0, 1, 2) * (height, width)
        count = int(log_uniform(rng, 1, 45))
        spread = radius * np.sqrt(count) * uniform(rng, 0.6, 1.6)
        for y, x in middle + rng.normal(0, 0.7 * spread, (count, 2)):
            if 0 <= y < height and 0 <= x < width and canvas.labels[int(y), int(x)] == 0:
                canvas.cells.append((float(y), float(x), radius * uniform(rng, 0.7, 1.25)))


def _invade(rng: Rng, canvas: _Canvas, centre: tuple[float, float], radius: float, cell_px: float) -> None:
    """Protrusions that grow out of a body as tapering, wandering strands, and cells that left it."""
    mask = (canvas.labels == canvas.count).astype(np.uint8)
    longest = radius * uniform(rng, 0.3, 1.2)
    for _ in range(int(rng.integers(8, 45))):
        angle, heading = uniform(rng, 0, 2 * np.pi), 0.0
        point = np.array(centre) + 0.85 * radius * np.array((np.sin(angle), np.cos(angle)))
        length = longest * uniform(rng, 0.2, 1)
        thickness = cell_px * uniform(rng, 0.3, 0.8)
        step = max(2.0, length / 12)
        for done in np.arange(0, length, step):
            heading += rng.normal(0, 0.25)
            further = point + step * np.array((np.sin(angle + heading), np.cos(angle + heading)))
            width = max(1, round(2 * thickness * (1 - 0.8 * done / length)))
            ends = [(int(p[1] * 8), int(p[0] * 8)) for p in (point, further)]
            cv2.line(mask, ends[0], ends[1], 1, width, cv2.LINE_8, 3)
            point = further
    canvas.labels[canvas.labels == canvas.count] = 0
    canvas.count -= 1
    canvas.core[:] = False
    _keep_largest(canvas, mask, centre, radius * uniform(rng, 0.85, 1.0))
    if rng.random() < 0.7:
        _scatter(rng, canvas, centre, radius * 1.2, cell_px)


def _spindle_cells(rng: Rng, canvas: _Canvas, size_px: float) -> None:
    """Adherent cells: stretched, angular, some rounded up."""
    height, width = canvas.labels.shape
    for _ in range(int(uniform(rng, 0.1, 0.9) * height * width / size_px**2)):
        centre = (uniform(rng, 0, height), uniform(rng, 0, width))
        if rng.random() < 0.25:
            canvas.place(rng, centre, size_px * uniform(rng, 0.25, 0.4), (0.05, 1.1, 1.0))
        else:
            canvas.place(rng, centre, size_px * uniform(rng, 0.35, 0.6), (0.28, uniform(rng, 1.2, 3.2), 1.0))


def _draw(rng: Rng, canvas: _Canvas, kind: str, scale: float) -> float:
    """Draws the outlines of a kind; returns the cell's diameter in px. scale: frame size relative to 384 px."""
    size = canvas.labels.shape
    shape = (size[0], size[1])
    radius = log_uniform(rng, 12, 105) * scale
    cell_px = float(np.clip(radius * log_uniform(rng, 0.07, 0.35), 2, 16 * scale))
    rough = log_uniform(rng, 0.01, 0.12)
    centre = _middle(rng, shape)
    if kind in {"compact", "invading"}:
        canvas.place(rng, centre, radius * (0.6 if kind == "invading" else 1), (rough, uniform(rng, 1, 1.5), 1.0))
    if kind == "invading":
        _invade(rng, canvas, centre, radius * 0.6, cell_px)
    elif kind == "loose":
        _clump(rng, canvas, centre, radius * 0.9, cell_px)
    elif kind == "disintegrating":
        if rng.random() < 0.5:
            _clump(rng, canvas, centre, radius * 0.75, cell_px)
        else:
            canvas.place(rng, centre, radius * 0.75, (uniform(rng, 0.08, 0.25), 1.3, uniform(rng, 0.7, 1)))
        _scatter(rng, canvas, centre, radius * 0.75, max(cell_px, 2.5))
    elif kind == "several":
        _spread(rng, canvas, int(rng.integers(2, 10)), (10 * scale, 45 * scale), (rough, 1.6, 1.0))
    elif kind == "touching":
        count, spread = int(rng.integers(2, 5)), uniform(rng, 0.7, 0.95)
        radius, angle = min(radius, 60 * scale), uniform(rng, 0, 2 * np.pi)
        for _ in range(count):
            size_here = radius * uniform(rng, 0.5, 1)
            canvas.place(rng, centre, size_here, (rough, uniform(rng, 1, 1.3), 1.0))
            angle += uniform(rng, -1, 1)
            step = spread * (size_here + 0.75 * radius)
            centre = (centre[0] + step * np.sin(angle), centre[1] + step * np.cos(angle))
    elif kind == "shedding":
        _spread(rng, canvas, int(rng.integers(1, 7)), (10 * scale, 65 * scale), (rough, 1.5, uniform(rng, 0.7, 1)))
        cell_px = uniform(rng, 3, 12) * scale
        _shed(rng, canvas, cell_px)
    elif kind == "cysts":
        _spread(rng, canvas, int(log_uniform(rng, 2, 40)), (7 * scale, 60 * scale), (rough * 0.3, 1.2, 1.0))
    elif kind == "colonies":
        _spread(rng, canvas, int(log_uniform(rng, 8, 60)), (5 * scale, 16 * scale), (0.12, 1.4, 1.0))
    elif kind == "cells":
        _spindle_cells(rng, canvas, log_uniform(rng, 22, 60) * scale)
    elif kind == "nuclei":
        mean = log_uniform(rng, 6, 26) * scale
        count = int(np.clip(uniform(rng, 0.05, 0.55) * shape[0] * shape[1] / (3.1 * mean**2), 2, 220))
        _spread(rng, canvas, count, (mean * 0.7, mean * 1.3), (0.05, 1.8, 1.0))
    if kind in {"compact", "loose", "several", "touching"} and rng.random() < 0.3:
        _scatter(rng, canvas, centre, radius, float(np.clip(cell_px, 2, 6)))
    if kind in {"compact", "disintegrating", "cells"} and rng.random() < 0.25:
        _shed(rng, canvas, uniform(rng, 3, 10) * scale)
    return cell_px


def _modality(rng: Rng, kind: str) -> str:
    if kind == "nuclei":
        return str(rng.choice(("fluorescence", "stained", "phase"), p=(0.65, 0.25, 0.1)))
    if kind == "cells":
        return str(rng.choice(("adherent", "phase", "brightfield", "fluorescence"), p=(0.4, 0.2, 0.15, 0.25)))
    return str(rng.choice(("brightfield", "phase", "fluorescence"), p=(0.5, 0.25, 0.25)))


RENDERERS = {
    "brightfield": optics.brightfield,
    "phase": optics.phase_contrast,
    "adherent": optics.adherent_cells,
    "fluorescence": optics.fluorescence,
    "stained": optics.stained_section,
}


def render_scene(
    seed: int, size: tuple[int, int] = (384, 384), kind: str | None = None, modality: str | None = None
) -> Scene:
    """One field of view as a microscope would record it.

    Args:
        seed: the same seed gives the same scene.
        size: (height, width) in px; object sizes grow with the shorter side.
        kind: one of KINDS, or None for a random one.
        modality: one of RENDERERS, or None for one that suits the kind.

    Raises:
        ParameterError: no such kind or modality.
    """
    rng = np.random.default_rng(seed)
    kind = kind or str(rng.choice(list(KINDS), p=list(KINDS.values())))
    modality = modality or _modality(rng, kind)
    if kind not in KINDS or modality not in RENDERERS:
        raise ParameterError(f"no scene {kind!r} in {modality!r}; kinds: {', '.join(KINDS)}")
    canvas = _Canvas.blank(size)
    cell_px = _draw(rng, canvas, kind, min(size) / 384)
    image = _render(rng, canvas, kind, modality, cell_px)
    if modality in {"brightfield", "phase", "adherent"}:
        image = appearance(rng, image, ((0.5, light_gradient), (0.3, vignette)))
    if modality in {"brightfield", "phase"} and kind in SPHEROIDS and rng.random() < 0.25:
        image = optics.plate_well(rng, image, canvas.labels)
    elif modality in {"brightfield", "phase", "adherent"}:
        image = behind(rng, image, canvas.labels, ((0.25, well_edge), (0.12, trap_walls)))
    image = appearance(rng, image, ((0.12, smudges), (0.06, fibres), (0.15, defocus), (0.06, scale_bar)))
    return Scene(image, canvas.labels, canvas.core, kind in SPHEROIDS, kind, modality)


def _render(rng: Rng, canvas: _Canvas, kind: str, modality: str, cell_px: float) -> FloatImage:
    """Loose cells first, as fainter small bodies of the same optics; then the labelled bodies over them."""
    bodies = optics.Bodies.of(canvas.labels, canvas.core, cell_px, hollow=kind == "cysts")
    state = rng.bit_generator.state
    image = RENDERERS[modality](rng, bodies)
    strays = canvas.strays & (canvas.labels == 0)
    if strays.any():
        _, parts = cv2.connectedComponents(strays.astype(np.uint8), connectivity=4)
        both = np.where(canvas.labels > 0, canvas.labels, np.where(strays, parts + canvas.count, 0)).astype(np.uint16)
        whole = optics.Bodies.of(both, canvas.core, cell_px, hollow=False)
        rng.bit_generator.state = state  # the same light, so that only the loose cells differ
        image = RENDERERS[modality](rng, whole)
    if canvas.cells:
        image = optics.loose_cells(rng, image, canvas.cells, glowing=modality == "fluorescence")
    return image


EXAMPLE_PIXEL_SIZE_UM = {"nuclei": 0.65, "cells": 0.65, "colonies": 2.6, "cysts": 2.6}
"""Pixel size of the examples: a 10×/20× objective for cells, 4× for colonies and cysts, else 10× binned."""


def render_example(
    seed: int, kind: str, size: tuple[int, int] = (768, 1024)
) -> tuple[NDArray[np.uint8] | NDArray[np.uint16], NDArray[np.uint16], float]:
    """An example image with its true labels and pixel size.

    Returns:
        image (y, x): uint16 with 12-bit counts for fluorescence, else uint8; labels (y, x) uint16; µm per pixel.
    """
    scene = render_scene(seed, size, kind)
    low, high = np.percentile(scene.image, (0.05, 99.95))
    share = np.clip((scene.image - low) / max(float(high - low), 1e-6), 0, 1)
    pixel_size_um = EXAMPLE_PIXEL_SIZE_UM.get(kind, 1.3)
    if scene.modality == "fluorescence":
        return np.round(110 + share * 2400).astype(np.uint16), scene.labels, pixel_size_um
    return np.round(20 + share * 215).astype(np.uint8), scene.labels, pixel_size_um
