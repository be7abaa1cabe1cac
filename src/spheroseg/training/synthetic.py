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
from spheroseg.training.bodies import (
    Canvas,
    bud,
    clump,
    elongate,
    fill_frame,
    fill_wells,
    invade,
    middle,
    scatter,
    shed,
    spindle_cells,
    spread,
)
from spheroseg.training.vessels import well_array

KINDS = {
    "compact": 0.08,
    "loose": 0.05,
    "several": 0.06,
    "touching": 0.07,
    "disintegrating": 0.08,
    "shedding": 0.06,
    "invading": 0.08,
    "cysts": 0.05,
    "colonies": 0.04,
    "cells": 0.10,
    "nuclei": 0.05,
    "empty": 0.03,
    "rimmed": 0.06,
    "elongated": 0.04,
    "budding": 0.04,
    "filling": 0.06,
    "microwells": 0.05,
}
"""What a scene shows, and how often."""

DARK_KINDS = frozenset({"rimmed", "elongated", "budding", "filling"})
"""Kinds that are mostly seen in transmitted light."""

SPHEROIDS = frozenset(
    {
        "compact",
        "loose",
        "several",
        "touching",
        "disintegrating",
        "shedding",
        "invading",
        "rimmed",
        "elongated",
        "budding",
    }
)
"""Kinds whose dense core is labelled."""


LEAST_CORE_CONTRAST = 0.07
"""A core that differs from its rim by less, as a share of 0…1, is not to be seen and is not taught."""


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


def _draw(rng: Rng, canvas: Canvas, kind: str, scale: float) -> float:
    """Draws the outlines of a kind; returns the cell's diameter in px. scale: frame size relative to 384 px."""
    size = canvas.labels.shape
    shape = (size[0], size[1])
    radius = log_uniform(rng, 12, 105) * scale
    cell_px = float(np.clip(radius * log_uniform(rng, 0.07, 0.35), 2, 16 * scale))
    rough = log_uniform(rng, 0.01, 0.12)
    centre = middle(rng, shape)
    if kind in {"compact", "invading"}:
        canvas.place(rng, centre, radius * (0.6 if kind == "invading" else 1), (rough, uniform(rng, 1, 1.5), 1.0))
    if kind == "invading":
        invade(rng, canvas, centre, radius * 0.6, cell_px)
    elif kind == "loose":
        clump(rng, canvas, centre, radius * 0.9, cell_px)
    elif kind == "disintegrating":
        if rng.random() < 0.5:
            clump(rng, canvas, centre, radius * 0.75, cell_px)
        else:
            canvas.place(rng, centre, radius * 0.75, (uniform(rng, 0.08, 0.25), 1.3, uniform(rng, 0.7, 1)))
        scatter(rng, canvas, centre, radius * 0.75, max(cell_px, 2.5))
    elif kind == "several":
        spread(rng, canvas, int(rng.integers(2, 10)), (10 * scale, 45 * scale), (rough, 1.6, 1.0))
    elif kind == "touching":
        count, closeness = int(rng.integers(2, 5)), uniform(rng, 0.7, 0.95)
        radius, angle = min(radius, 60 * scale), uniform(rng, 0, 2 * np.pi)
        for _ in range(count):
            size_here = radius * uniform(rng, 0.5, 1)
            canvas.place(rng, centre, size_here, (rough, uniform(rng, 1, 1.3), 1.0))
            angle += uniform(rng, -1, 1)
            step = closeness * (size_here + 0.75 * radius)
            centre = (centre[0] + step * np.sin(angle), centre[1] + step * np.cos(angle))
    elif kind == "shedding":
        spread(rng, canvas, int(rng.integers(1, 7)), (10 * scale, 65 * scale), (rough, 1.5, uniform(rng, 0.7, 1)))
        cell_px = uniform(rng, 3, 12) * scale
        shed(rng, canvas, cell_px)
    elif kind == "cysts":
        spread(rng, canvas, int(log_uniform(rng, 2, 40)), (7 * scale, 60 * scale), (rough * 0.3, 1.2, 1.0))
    elif kind == "colonies":
        spread(rng, canvas, int(log_uniform(rng, 8, 60)), (5 * scale, 16 * scale), (0.12, 1.4, 1.0))
    elif kind == "cells":
        spindle_cells(rng, canvas, log_uniform(rng, 22, 60) * scale)
    elif kind == "nuclei":
        mean = log_uniform(rng, 6, 26) * scale
        count = int(np.clip(uniform(rng, 0.05, 0.55) * shape[0] * shape[1] / (3.1 * mean**2), 2, 220))
        spread(rng, canvas, count, (mean * 0.7, mean * 1.3), (0.05, 1.8, 1.0))
    elif kind == "rimmed":
        canvas.place(rng, centre, radius, (rough * 0.6, uniform(rng, 1, 1.25), uniform(rng, 0.3, 0.8)))
        if rng.random() < 0.5:
            scatter(rng, canvas, centre, radius, max(cell_px, 2.5))
    elif kind == "elongated":
        elongate(rng, canvas, centre, radius * 0.45)
    elif kind == "budding":
        canvas.place(rng, centre, radius * 0.7, (rough, uniform(rng, 1, 1.4), 1.0))
        bud(rng, canvas, centre, radius * 0.7)
    elif kind == "filling":
        fill_frame(rng, canvas)
    elif kind == "microwells":
        fill_wells(rng, canvas, scale)
    if kind in {"compact", "loose", "several", "touching"} and rng.random() < 0.3:
        scatter(rng, canvas, centre, radius, float(np.clip(cell_px, 2, 6)))
    if kind in {"compact", "disintegrating", "cells"} and rng.random() < 0.25:
        shed(rng, canvas, uniform(rng, 3, 10) * scale)
    return cell_px


def _modality(rng: Rng, kind: str) -> str:
    if kind == "nuclei":
        return str(rng.choice(("fluorescence", "stained", "phase"), p=(0.65, 0.25, 0.1)))
    if kind == "cells":
        kinds = ("adherent", "phase", "brightfield", "fluorescence", "quantitative")
        return str(rng.choice(kinds, p=(0.3, 0.15, 0.1, 0.15, 0.3)))
    if kind == "microwells":
        return str(rng.choice(("brightfield", "phase"), p=(0.7, 0.3)))
    if kind in DARK_KINDS:
        return str(rng.choice(("brightfield", "phase", "fluorescence"), p=(0.7, 0.15, 0.15)))
    return str(rng.choice(("brightfield", "phase", "fluorescence"), p=(0.5, 0.25, 0.25)))


RENDERERS = {
    "brightfield": optics.brightfield,
    "phase": optics.phase_contrast,
    "adherent": optics.adherent_cells,
    "fluorescence": optics.fluorescence,
    "stained": optics.stained_section,
    "quantitative": optics.quantitative_phase,
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
    canvas = Canvas.blank(size)
    cell_px = _draw(rng, canvas, kind, min(size) / 384)
    image = _render(rng, canvas, kind, modality, cell_px)
    core_known = kind in SPHEROIDS
    if kind in {"rimmed", "invading", "disintegrating"} and canvas.labels.any():
        image = optics.dense_core(rng, image, canvas.core, canvas.labels, glowing=modality == "fluorescence")
        if modality != "fluorescence" and rng.random() < 0.4:
            image = optics.halo_band(rng, image, canvas.labels)
        core_known = kind != "rimmed" or optics.core_contrast(image, canvas.core, canvas.labels) > LEAST_CORE_CONTRAST
    if canvas.wells is not None:
        image = well_array(rng, image, *canvas.wells)
    if modality in {"brightfield", "phase", "adherent"}:
        image = appearance(rng, image, ((0.5, light_gradient), (0.3, vignette)))
    if modality in {"brightfield", "phase"} and kind in SPHEROIDS and rng.random() < 0.25:
        image = optics.plate_well(rng, image, canvas.labels)
    elif modality in {"brightfield", "phase", "adherent"}:
        image = behind(rng, image, canvas.labels, ((0.25, well_edge), (0.12, trap_walls)))
    image = appearance(rng, image, ((0.12, smudges), (0.06, fibres), (0.15, defocus), (0.06, scale_bar)))
    return Scene(image, canvas.labels, canvas.core, core_known, kind, modality)


def _render(rng: Rng, canvas: Canvas, kind: str, modality: str, cell_px: float) -> FloatImage:
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
