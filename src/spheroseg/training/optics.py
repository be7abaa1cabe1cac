"""How bodies look: labels and their distances rendered as brightfield, phase contrast or fluorescence.

Heuristics, not wave optics: absorption through a domed body, a refracting rim, a halo, a lens' blur. Nothing here
needs torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import edt  # type: ignore[import-not-found]  # compiled, ships no types
import numpy as np
from numpy.typing import NDArray

from spheroseg.training.augment import FloatImage, Rng, log_uniform, smooth_noise, uniform


@dataclass(frozen=True, slots=True)
class Bodies:
    """The geometry that a renderer needs, per pixel.

    Attributes:
        labels: (y, x) uint16, 0 is background.
        inner: (y, x) float32, distance in px to the body's own boundary; 0 outside.
        radius: (y, x) float32, the body's largest inner distance at each of its pixels; 1 outside.
        outer: (y, x) float32, distance in px to the nearest body; 0 inside.
        core: (y, x) bool, the dense part of each body.
        cell_px: diameter of one cell within the bodies.
        hollow: whether the bodies are cysts: a wall around a clear lumen.
    """

    labels: NDArray[np.uint16]
    inner: FloatImage
    radius: FloatImage
    outer: FloatImage
    core: NDArray[np.bool_]
    cell_px: float
    hollow: bool

    @classmethod
    def of(cls, labels: NDArray[np.uint16], core: NDArray[np.bool_], cell_px: float, *, hollow: bool) -> Bodies:
        """Measures the distances of a label image (y, x) uint16."""
        inner = np.asarray(edt.edt(labels, black_border=False, parallel=1), np.float32)
        inner[~np.isfinite(inner)] = max(labels.shape)
        largest = np.zeros(int(labels.max()) + 1, np.float32)
        np.maximum.at(largest, labels.ravel(), inner.ravel())
        largest[0] = 1
        free = labels == 0
        if free.all():
            outer = np.full(labels.shape, max(labels.shape), np.float32)
        else:
            outer = np.asarray(edt.edt(free, black_border=False, parallel=1), np.float32)
        return cls(labels, inner, np.maximum(largest, 1)[labels], outer, core, cell_px, hollow)

    def dome(self) -> FloatImage:
        """Relative height of a spherical body above each pixel, 0…1."""
        depth = np.clip(self.inner / self.radius, 0, 1)
        return np.asarray(np.sqrt(np.clip(1 - (1 - depth) ** 2, 0, 1)), np.float32)

    def each(self, rng: Rng, low: float, high: float) -> FloatImage:
        """A random value a body, at each of its pixels."""
        values = rng.uniform(low, high, int(self.labels.max()) + 1).astype(np.float32)
        return values[self.labels]


def cell_texture(rng: Rng, shape: tuple[int, int], cell_px: float) -> FloatImage:
    """Packed round cells: bright middles and dark seams, about −1…1."""
    spacing = max(cell_px, 2.0)
    rows, columns = int(shape[0] / spacing) + 2, int(shape[1] / spacing) + 2
    grid = np.stack(np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij"), -1).reshape(-1, 2)
    points = (grid + rng.uniform(-0.45, 0.45, grid.shape)) * spacing
    seeds = np.ones(shape, np.uint8)
    y, x = points[:, 0].astype(np.int32), points[:, 1].astype(np.int32)
    keep = (y >= 0) & (x >= 0) & (y < shape[0]) & (x < shape[1])
    seeds[y[keep], x[keep]] = 0
    if seeds.all():
        return np.zeros(shape, np.float32)
    distance, nearest = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    shade = rng.uniform(-0.6, 0.6, int(nearest.max()) + 1).astype(np.float32)[nearest]
    return np.asarray(0.6 - 1.6 * np.clip(distance / spacing, 0, 1) + shade, np.float32)


def _texture(rng: Rng, bodies: Bodies) -> FloatImage:
    """Mottling of a body: cells, finer grains, and slow waves."""
    shape = bodies.labels.shape
    mottling = uniform(rng, 0, 1) * cell_texture(rng, shape, bodies.cell_px)
    mottling += uniform(rng, 0, 0.6) * smooth_noise(rng, shape, max(bodies.cell_px / 2, 1.5))
    return np.asarray(mottling + uniform(rng, 0, 0.5) * smooth_noise(rng, shape, bodies.cell_px * 4), np.float32)


def _lens(rng: Rng, image: FloatImage, widest: float = 1.5) -> FloatImage:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), log_uniform(rng, 0.4, widest)), np.float32)


def background(rng: Rng, shape: tuple[int, int]) -> FloatImage:
    """A bright field of transmitted light, about 0.5…0.9 with slow waves and faint granules."""
    field = uniform(rng, 0.5, 0.9) + uniform(rng, 0, 0.03) * smooth_noise(rng, shape, max(shape) / 3)
    if rng.random() < 0.4:
        field = field + log_uniform(rng, 0.003, 0.03) * smooth_noise(rng, shape, uniform(rng, 2, 12))
    return np.asarray(field, np.float32)


def brightfield(rng: Rng, bodies: Bodies) -> FloatImage:
    """Transmitted light: dark absorbing bodies, or clear ones with a dark rim; halo outside."""
    light = background(rng, bodies.labels.shape)
    body = (bodies.labels > 0).astype(np.float32)
    texture = _texture(rng, bodies)
    dome = bodies.dome()
    if bodies.hollow:
        wall = np.exp(-((bodies.inner / (bodies.radius * uniform(rng, 0.1, 0.3) + 1)) ** 2)) * body
        lumen = uniform(rng, -0.1, 0.15)
        image = light * (1 + body * lumen * dome + wall * uniform(rng, -0.5, -0.1) * (1 + 0.5 * texture))
    elif rng.random() < 0.65:  # thick and absorbing
        absorbance = bodies.each(rng, 0.7, 1.2) * log_uniform(rng, 0.35, 3)
        profile = dome ** uniform(rng, 0.3, 1.5)
        if rng.random() < 0.25:  # a darker middle
            profile = profile + uniform(rng, 0.2, 1) * np.clip((bodies.inner / bodies.radius - 0.45) * 2, 0, 1)
        loose = np.where(bodies.core, 1, uniform(rng, 0.4, 0.9))
        image = light * np.exp(-absorbance * profile * loose * np.clip(1 + 0.45 * texture, 0.1, 2))
    else:  # clear, as small or well-lit spheroids are
        gain = 1 + bodies.each(rng, -0.15, 0.15) + uniform(rng, 0.04, 0.2) * texture
        image = light * (1 - body + body * gain)
    width = np.maximum(bodies.radius * uniform(rng, 0.03, 0.14), 1)
    if rng.random() < 0.8:
        rim = np.exp(-(((bodies.inner - width * uniform(rng, 0, 1)) / width) ** 2)) * body
        image = image - rim * uniform(rng, 0.03, 0.45) * light
    if rng.random() < 0.7:
        halo = np.exp(-((bodies.outer / log_uniform(rng, 1, 7)) ** 2)) * (1 - body)
        image = image + halo * uniform(rng, -0.15, 0.25) * light
    if rng.random() < 0.3:  # a shadow far around it
        image = image * (1 - uniform(rng, 0, 0.3) * np.exp(-bodies.outer / log_uniform(rng, 10, 60)) * (1 - body))
    return _lens(rng, np.asarray(image, np.float32), 2.0)


def phase_contrast(rng: Rng, bodies: Bodies) -> FloatImage:
    """Phase contrast: grey field, bright halo, granular bodies darker or brighter than the field."""
    shape = bodies.labels.shape
    field = 0.45 + log_uniform(rng, 0.004, 0.03) * smooth_noise(rng, shape, uniform(rng, 3, 20))
    body = (bodies.labels > 0).astype(np.float32)
    level = bodies.each(rng, -0.12, 0.12) + uniform(rng, -0.25, 0.1)
    dome = bodies.dome()
    grain = uniform(rng, 0.05, 0.25) * _texture(rng, bodies)
    image = field + body * (level * dome + grain * np.clip(dome + 0.2, 0, 1))
    if bodies.hollow:
        image = field + body * (0.3 * grain + uniform(rng, -0.3, -0.1) * np.exp(-((bodies.inner / 3) ** 2)))
    halo_px = log_uniform(rng, 1.2, 9)
    image = image + np.exp(-bodies.outer / halo_px) * (1 - body) * uniform(rng, 0.05, 0.5)
    ridge = np.exp(-(((bodies.inner - uniform(rng, 0.5, 3)) / uniform(rng, 0.8, 2.5)) ** 2)) * body
    image = image + ridge * uniform(rng, -0.2, 0.3)
    if rng.random() < 0.4:  # relief: one side bright, the other dark (DIC, oblique light)
        smooth = cv2.GaussianBlur(image, (0, 0), uniform(rng, 0.8, 2))
        angle = uniform(rng, 0, 2 * np.pi)
        slope = np.cos(angle) * cv2.Sobel(smooth, -1, 1, 0) + np.sin(angle) * cv2.Sobel(smooth, -1, 0, 1)
        image = image + uniform(rng, 0.2, 1.0) * slope
    return _lens(rng, np.asarray(image, np.float32))


def adherent_cells(rng: Rng, bodies: Bodies) -> FloatImage:
    """Flat cells in phase contrast: lamellae hardly off the field behind a thin outline, a thick middle, bright halo."""
    shape = bodies.labels.shape
    body = (bodies.labels > 0).astype(np.float32)
    field = 0.45 + log_uniform(rng, 0.004, 0.02) * smooth_noise(rng, shape, uniform(rng, 3, 20))
    depth = np.clip(bodies.inner / bodies.radius, 0, 1)
    thick = 1 / (1 + np.exp((uniform(rng, 0.4, 0.75) - depth) / uniform(rng, 0.05, 0.2)))
    grain = smooth_noise(rng, shape, uniform(rng, 1.5, 3)) * uniform(rng, 0.01, 0.05)
    image = field + body * (bodies.each(rng, -0.05, 0.03) + grain * (0.4 + thick))
    image = image + body * thick * bodies.each(rng, -0.1, 0.25)
    thin = uniform(rng, 0.7, 1.8)
    image = image - body * np.exp(-(((bodies.inner - thin) / thin) ** 2)) * bodies.each(rng, 0.0, 0.15)
    reach = log_uniform(rng, 1.0, 4)
    image = image + (1 - body) * np.exp(-bodies.outer / reach) * uniform(rng, 0.03, 0.25)
    return _lens(rng, np.asarray(image, np.float32), 1.2)


def loose_cells(rng: Rng, image: FloatImage, cells: list[tuple[float, float, float]], *, glowing: bool) -> FloatImage:
    """Single round cells over a scene: rings with a bright or dark middle, as clear cells and debris look.

    Args:
        rng: of the scene.
        image: (y, x) of about 0…1.
        cells: (y, x, radius) in px.
        glowing: bright blobs as in fluorescence.
    """
    out = image.copy()
    ring, middle = uniform(rng, -0.45, 0.1), uniform(rng, -0.1, 0.35)
    if rng.random() < 0.3:
        ring, middle = middle, ring
    strength = log_uniform(rng, 0.4, 2.0) * float(np.std(image) * 2 + 0.2)
    soft = uniform(rng, 0.5, 1.3)
    for cy, cx, radius in cells:
        reach = int(radius + 4 * soft) + 2
        top, left = max(int(cy) - reach, 0), max(int(cx) - reach, 0)
        bottom, right = min(int(cy) + reach + 1, out.shape[0]), min(int(cx) + reach + 1, out.shape[1])
        if top >= bottom or left >= right:
            continue
        y, x = np.ogrid[top:bottom, left:right]
        distance = np.hypot(y - cy, x - cx).astype(np.float32)
        width = 0.3 * radius + 0.5 * soft
        if glowing:
            profile = 0.6 / (1 + np.exp(np.clip((distance - radius) / (0.4 * soft), -30, 30)))
        else:
            profile = ring * np.exp(-(((distance - 0.8 * radius) / width) ** 2))
            profile = profile + middle * np.exp(-((distance / (0.5 * radius + 0.4)) ** 2))
        out[top:bottom, left:right] += strength * uniform(rng, 0.4, 1.2) * profile
    return np.asarray(out, np.float32)


def plate_well(rng: Rng, image: FloatImage, labels: NDArray[np.uint16]) -> FloatImage:
    """A whole round well in view, as at 2× or 4×: lens of the meniscus or of a rounded bottom, rings, the wall.

    The well is drawn around the labelled bodies, so that none lies on the wall.
    """
    height, width = image.shape
    side = min(height, width)
    centre = np.array((height, width)) / 2 + rng.uniform(-0.12, 0.12, 2) * side
    y, x = np.ogrid[:height, :width]
    distance = np.hypot(y - centre[0], x - centre[1]).astype(np.float32)
    furthest = float(distance[labels > 0].max()) if labels.any() else 0.1 * side
    radius = max(furthest * uniform(rng, 1.03, 1.6) + 4, uniform(rng, 0.3, 0.62) * side)
    share = distance / radius
    lens = 1 - uniform(rng, 0.05, 0.85) * np.clip(share, 0, 1.1) ** log_uniform(rng, 1.5, 10)
    if rng.random() < 0.3:  # a dark ring with light beyond it
        at, wide = uniform(rng, 0.6, 0.95), uniform(rng, 0.04, 0.2)
        lens = lens * (1 - uniform(rng, 0.2, 0.8) * np.exp(-(((share - at) / wide) ** 2)))
    if rng.random() < 0.3:  # a bright spot of light in the middle
        lens = lens * (1 + uniform(rng, 0.1, 0.5) * np.exp(-((share / uniform(rng, 0.2, 0.7)) ** 2)))
    beyond = distance - radius
    step = 1 / (1 + np.exp(np.clip(-beyond / log_uniform(rng, 0.6, 6), -30, 30)))
    level = uniform(rng, 0.0, 0.35) if rng.random() < 0.7 else uniform(rng, 0.5, 1.0)
    wall = level + uniform(rng, 0, 0.08) * smooth_noise(rng, image.shape, log_uniform(rng, 2, 60))
    out = image * np.clip(lens, 0.03, 2) * (1 - step) + wall * step
    for _ in range(int(rng.integers(0, 5))):
        offset, thickness = uniform(rng, -0.06, 0.25) * radius, log_uniform(rng, 0.8, 6)
        out = out + uniform(rng, -0.4, 0.5) * np.exp(-(((beyond - offset) / thickness) ** 2))
    return np.asarray(out, np.float32)


def fluorescence(rng: Rng, bodies: Bodies) -> FloatImage:
    """Emitted light: even, rim-bright, or made of stained nuclei around a dark core; glow and shot noise."""
    shape = bodies.labels.shape
    body = (bodies.labels > 0).astype(np.float32)
    depth = np.clip(bodies.inner / bodies.radius, 0, 1)
    style = rng.random()
    if bodies.hollow or style < 0.35:  # dye or light does not reach the middle
        reach = uniform(rng, 0.1, 0.8)
        profile = np.exp(-depth / reach) if rng.random() < 0.6 else 1 / (1 + np.exp((depth - reach) / 0.08))
        profile = uniform(rng, 0, 0.3) + profile
    elif style < 0.7:
        profile = 0.2 + 0.8 * bodies.dome()
    else:
        profile = np.ones(shape, np.float32)
    loose = np.where(bodies.core, 1, uniform(rng, 0.4, 1))
    # sometimes a few objects are far dimmer than the others
    levels = bodies.each(rng, 0.35, 1.0) ** (uniform(rng, 2, 4) if rng.random() < 0.35 else 1.0)
    image = body * profile * loose * levels
    if rng.random() < 0.5 and bodies.radius.max() > 14:  # single stained nuclei
        size = uniform(rng, 0.8, max(1.0, bodies.cell_px / 4))
        spots = cv2.GaussianBlur(rng.standard_normal(shape, dtype=np.float32), (0, 0), size)
        spots = np.clip(spots / spots.std() - uniform(rng, 0, 1.2), 0, None)
        image = image * (uniform(rng, 0.02, 0.4) + spots)
    else:
        image = image * np.clip(1 + uniform(rng, 0, 0.4) * _texture(rng, bodies), 0.05, 3)
    sharp = _lens(rng, np.asarray(image, np.float32), 1.8)
    glow = cv2.GaussianBlur(sharp, (0, 0), log_uniform(rng, 3, 30))
    image = sharp + uniform(rng, 0, 0.35) * glow + log_uniform(rng, 0.005, 0.3)
    photons = log_uniform(rng, 30, 3000)  # of the brightest pixel: low counts are noisy
    image = rng.poisson(np.clip(image, 0, None) * photons).astype(np.float32) / np.float32(photons)
    return np.asarray(image, np.float32)


def stained_section(rng: Rng, bodies: Bodies) -> FloatImage:
    """Dark nuclei, some pale, on mottled and fibrous tissue, with clear gaps where the section has none."""
    shape = bodies.labels.shape
    tissue = 0.75 + uniform(rng, 0.02, 0.1) * smooth_noise(rng, shape, uniform(rng, 8, 40))
    tissue = tissue + uniform(rng, 0.01, 0.05) * smooth_noise(rng, shape, 2)
    if rng.random() < 0.5:  # fibres: waves stretched along one axis
        stretched = smooth_noise(rng, (max(shape) * 2, max(shape) // 4), uniform(rng, 3, 8))
        tissue = tissue + uniform(rng, 0.02, 0.12) * cv2.resize(stretched, shape[::-1])
    if rng.random() < 0.5:
        gap = smooth_noise(rng, shape, uniform(rng, 25, 120)) > uniform(rng, 0.3, 1.5)
        gap &= bodies.outer > uniform(rng, 1, 6)
        clear = cv2.GaussianBlur(gap.astype(np.float32), (0, 0), uniform(rng, 0.6, 1.5))
        tissue = tissue + clear * (uniform(rng, 0.9, 1.05) - tissue)
    tissue = tissue - uniform(rng, 0, 0.3)
    dark = bodies.each(rng, uniform(rng, 0.05, 0.2), uniform(rng, 0.25, 0.6)) * (bodies.labels > 0)
    image = tissue - dark * (1 + uniform(rng, 0.1, 0.5) * _texture(rng, bodies))
    return _lens(rng, np.asarray(image, np.float32))


def quantitative_phase(rng: Rng, bodies: Bodies) -> FloatImage:
    """Optical thickness of living cells: thin, dim lamellae, thicker middles, and rounded cells many times brighter."""
    shape = bodies.labels.shape
    body = (bodies.labels > 0).astype(np.float32)
    depth = np.clip(bodies.inner / bodies.radius, 0, 1)
    levels = bodies.each(rng, 0.12, 0.4)
    rounded = bodies.each(rng, 0, 1) < uniform(rng, 0, 0.15)
    levels = np.where(rounded, uniform(rng, 0.7, 1.2), levels)
    height = depth ** uniform(rng, 0.3, 1.0) * np.clip(1 + 0.3 * _texture(rng, bodies), 0.2, 2)
    lamella = uniform(rng, 0.02, 0.25)
    image = body * levels * (lamella + (1 - lamella) * height)
    granules = cv2.GaussianBlur(rng.standard_normal(shape, dtype=np.float32), (0, 0), uniform(rng, 0.8, 2))
    image = image * (1 + uniform(rng, 0, 0.3) * np.clip(granules / granules.std(), 0, 3))
    field = log_uniform(rng, 0.002, 0.03) * smooth_noise(rng, shape, max(shape) / 4) + uniform(rng, 0, 0.08)
    image = image + field + log_uniform(rng, 0.002, 0.02) * smooth_noise(rng, shape, uniform(rng, 1.5, 4))
    return _lens(rng, np.asarray(image, np.float32), 1.2)


def dense_core(
    rng: Rng, image: FloatImage, core: NDArray[np.bool_], labels: NDArray[np.uint16], *, glowing: bool
) -> FloatImage:
    """A core that shows: it lets less light through, or, where bodies glow, it is dark (dead) or brighter."""
    size = float(np.sqrt((labels > 0).sum()))
    inside = cv2.GaussianBlur(
        (core & (labels > 0)).astype(np.float32), (0, 0), max(size * uniform(rng, 0.01, 0.07), 0.7)
    )
    if glowing:
        change = uniform(rng, -0.9, -0.2) if rng.random() < 0.6 else uniform(rng, 0.2, 1.5)
        return np.asarray(image * (1 + change * inside), np.float32)
    return np.asarray(image * np.exp(-log_uniform(rng, 0.15, 2.2) * inside), np.float32)


def core_contrast(image: FloatImage, core: NDArray[np.bool_], labels: NDArray[np.uint16]) -> float:
    """How far core and rim lie apart, as a share of the whole image's range; 0 without a rim."""
    inside, rim = core & (labels > 0), ~core & (labels > 0)
    if not inside.any() or not rim.any():
        return 0.0
    low, high = np.percentile(image, (0.5, 99.5))
    return abs(float(np.median(image[inside]) - np.median(image[rim]))) / max(float(high - low), 1e-6)


def halo_band(rng: Rng, image: FloatImage, labels: NDArray[np.uint16]) -> FloatImage:
    """A band around bodies that is neither body nor field: shed cells out of focus, or a matrix that is pulled on."""
    free = labels == 0
    outer = np.asarray(edt.edt(free, black_border=False, parallel=1), np.float32)
    size = float(np.sqrt((~free).sum() / np.pi))
    wave = 1 + uniform(rng, 0, 0.3) * smooth_noise(rng, labels.shape, max(size, 4.0))
    reach, soft = size * uniform(rng, 0.12, 0.8), size * uniform(rng, 0.03, 0.25) + 0.7
    band = 1 / (1 + np.exp(np.clip((outer - reach * wave) / soft, -30, 30)))
    grain = 1 + uniform(rng, 0, 0.8) * smooth_noise(rng, labels.shape, uniform(rng, 1.5, 5))
    change = uniform(rng, -0.3, -0.05) if rng.random() < 0.6 else uniform(rng, 0.03, 0.2)
    return np.asarray(image * (1 + change * band * grain * free), np.float32)
