"""The outlines of rendered scenes: bodies, their cores, and the loose cells around them, drawn on a canvas.

Nothing here needs torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from spheroseg.training.augment import FloatImage, Rng, log_uniform, uniform


@dataclass(slots=True)
class Canvas:
    """Outlines drawn so far.

    Attributes:
        labels: (y, x) uint16; field: how deep in its own body each pixel lies, 1 at the edge; core, strays: (y, x) bool.
        cells: y, x, radius of single round cells.
        wells: y, x of an array of wells, their pitch and what must stay free of their walls, or None.
    """

    labels: NDArray[np.uint16]
    field: FloatImage
    core: NDArray[np.bool_]
    strays: NDArray[np.bool_]
    cells: list[tuple[float, float, float]]
    count: int = 0
    wells: tuple[NDArray[np.float64], float, float] | None = None

    @classmethod
    def blank(cls, size: tuple[int, int]) -> Canvas:
        """An empty canvas of (height, width) px."""
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


def spread(rng: Rng, canvas: Canvas, count: int, radii: tuple[float, float], form: tuple[float, float, float]) -> None:
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


def middle(rng: Rng, size: tuple[int, int]) -> tuple[float, float]:
    """A place (y, x) near the middle of the frame."""
    return uniform(rng, 0.3, 0.7) * size[0], uniform(rng, 0.3, 0.7) * size[1]


def clump(rng: Rng, canvas: Canvas, centre: tuple[float, float], radius: float, cell_px: float) -> None:
    """A loose aggregate: one body made of many cells whose bumps show in its outline."""
    shape = canvas.labels.shape
    mask = np.zeros(shape, np.uint8)
    count = int(np.clip(2.2 * (radius / cell_px) ** 2 * 4, 12, 900))
    heading = rng.normal(0, 1, (count, 2))
    points = heading / np.maximum(np.linalg.norm(heading, axis=1, keepdims=True), 1e-6)
    points *= (radius * np.sqrt(rng.uniform(0, 1, count)) * rng.uniform(0.8, 1.08, count))[:, None]
    for y, x in points + centre:
        cv2.circle(mask, (int(x * 8), int(y * 8)), int(cell_px * 8 * uniform(rng, 0.4, 0.75)), 1, -1, cv2.LINE_8, 3)
    _keep_largest(canvas, mask, centre, radius * uniform(rng, 0.5, 0.85))


def _keep_largest(canvas: Canvas, mask: NDArray[np.uint8], centre: tuple[float, float], core_radius: float) -> None:
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


def scatter(rng: Rng, canvas: Canvas, centre: tuple[float, float], radius: float, cell_px: float) -> None:
    """Fragments and loose cells around a body, denser near it; never labelled."""
    mask = np.zeros(canvas.labels.shape, np.uint8)
    for _ in range(int(log_uniform(rng, 15, 300))):
        angle, distance = uniform(rng, 0, 2 * np.pi), radius * (0.9 + rng.exponential(uniform(rng, 0.15, 0.6)))
        y, x = centre[0] + distance * np.sin(angle), centre[1] + distance * np.cos(angle)
        axes = (int(8 * cell_px * uniform(rng, 0.2, 0.6)), int(8 * cell_px * uniform(rng, 0.2, 0.6)))
        cv2.ellipse(mask, (int(x * 8), int(y * 8)), axes, uniform(rng, 0, 180), 0, 360, 1, -1, cv2.LINE_8, 3)
    canvas.strays |= (mask > 0) & (canvas.labels == 0)


def shed(rng: Rng, canvas: Canvas, cell_px: float) -> None:
    """Clumps of single clear cells, at bodies or far from them; never labelled, because a clump of cells is no body."""
    height, width = canvas.labels.shape
    inside = np.argwhere(canvas.labels > 0)
    radius = float(np.clip(cell_px / 2, 1.5, 7))
    for _ in range(int(rng.integers(2, 11))):
        if len(inside) and rng.random() < 0.5:
            around = inside[int(rng.integers(len(inside)))] + rng.normal(0, 5 * radius, 2)
        else:
            around = rng.uniform(0, 1, 2) * (height, width)
        count = int(log_uniform(rng, 1, 45))
        reach = radius * np.sqrt(count) * uniform(rng, 0.6, 1.6)
        for y, x in around + rng.normal(0, 0.7 * reach, (count, 2)):
            if 0 <= y < height and 0 <= x < width and canvas.labels[int(y), int(x)] == 0:
                canvas.cells.append((float(y), float(x), radius * uniform(rng, 0.7, 1.25)))


def invade(rng: Rng, canvas: Canvas, centre: tuple[float, float], radius: float, cell_px: float) -> None:
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
        scatter(rng, canvas, centre, radius * 1.2, cell_px)


def spindle_cells(rng: Rng, canvas: Canvas, size_px: float) -> None:
    """Adherent cells: stretched, angular, some rounded up."""
    height, width = canvas.labels.shape
    for _ in range(int(uniform(rng, 0.1, 0.9) * height * width / size_px**2)):
        centre = (uniform(rng, 0, height), uniform(rng, 0, width))
        if rng.random() < 0.25:
            canvas.place(rng, centre, size_px * uniform(rng, 0.25, 0.4), (0.05, 1.1, 1.0))
        else:
            canvas.place(rng, centre, size_px * uniform(rng, 0.35, 0.6), (0.28, uniform(rng, 1.2, 3.2), 1.0))


def elongate(rng: Rng, canvas: Canvas, centre: tuple[float, float], radius: float) -> None:
    """One long, bent body of uneven width, as gastruloids and fused organoids are: a waist is no cut."""
    angle, bend = uniform(rng, 0, 2 * np.pi), uniform(rng, -0.8, 0.8)
    half = radius * uniform(rng, 1.2, 3.2)
    along = np.linspace(-1, 1, 60)
    heading = angle + bend * along
    points = np.cumsum(np.stack((np.sin(heading), np.cos(heading)), -1), 0) * (2 * half / len(along))
    points += np.array(centre) - points.mean(0)
    widths = 1 + uniform(rng, 0, 0.35) * np.cos(along * uniform(rng, 1, 4) + uniform(rng, 0, 2 * np.pi))
    widths *= 1 + uniform(rng, -0.35, 0.35) * along  # one end thicker
    widths *= np.sqrt(np.clip(1.02 - np.abs(along) ** uniform(rng, 3, 8), 0.02, 1))
    mask = np.zeros(canvas.labels.shape, np.uint8)
    for (y, x), width in zip(points, widths, strict=True):
        cv2.circle(
            mask,
            (int(x * 8), int(y * 8)),
            max(8, int(8 * radius * width * uniform(rng, 0.97, 1.03))),
            1,
            -1,
            cv2.LINE_8,
            3,
        )
    canvas.count += 1
    canvas.labels[mask > 0] = canvas.count
    canvas.core |= mask > 0


def bud(rng: Rng, canvas: Canvas, centre: tuple[float, float], radius: float) -> None:
    """Buds on the last body, smaller than it and part of it."""
    mask = np.zeros(canvas.labels.shape, np.uint8)
    for _ in range(int(rng.integers(1, 7))):
        size, angle = radius * uniform(rng, 0.15, 0.62), uniform(rng, 0, 2 * np.pi)
        reach = radius * uniform(rng, 0.8, 1.0) + size * uniform(rng, 0.1, 0.7)
        y, x = centre[0] + reach * np.sin(angle), centre[1] + reach * np.cos(angle)
        axes = (max(8, int(8 * size)), max(8, int(8 * size * uniform(rng, 0.75, 1))))
        cv2.ellipse(mask, (int(x * 8), int(y * 8)), axes, uniform(rng, 0, 180), 0, 360, 1, -1, cv2.LINE_8, 3)
    own = ((mask > 0) & (canvas.labels == 0)) | (canvas.labels == canvas.count)
    _, parts = cv2.connectedComponents(own.astype(np.uint8), connectivity=4)
    main = np.bincount(parts[canvas.labels == canvas.count], minlength=2)
    main[0] = 0
    body = parts == int(np.argmax(main))
    if main.any():
        canvas.labels[body] = canvas.count
        canvas.core |= body


def fill_frame(rng: Rng, canvas: Canvas) -> None:
    """Bodies that fill the frame or leave it, with background between them."""
    height, width = canvas.labels.shape
    side = min(height, width)
    for _ in range(int(rng.integers(1, 5))):
        radius = uniform(rng, 0.22, 0.75) * side
        centre = (uniform(rng, -0.25, 1.25) * height, uniform(rng, -0.25, 1.25) * width)
        canvas.place(rng, centre, radius, (log_uniform(rng, 0.01, 0.1), uniform(rng, 1, 1.4), 1.0))


def fill_wells(rng: Rng, canvas: Canvas, scale: float) -> None:
    """Bodies in an array of small wells, some of which are empty."""
    height, width = canvas.labels.shape
    pitch = log_uniform(rng, 40, 170) * scale
    rows, columns = np.meshgrid(np.arange(-1, height / pitch + 1), np.arange(-1, width / pitch + 1), indexing="ij")
    if rng.random() < 0.4:  # hexagonal
        columns = columns + 0.5 * (rows % 2)
        rows = rows * 0.87
    centres = np.stack((rows, columns), -1).reshape(-1, 2) * pitch + rng.uniform(0, 1, 2) * pitch
    share, widest, radius = uniform(rng, 0.4, 1), uniform(rng, 0.16, 0.42), 0.0
    for centre in centres:
        if rng.random() < share:
            size = pitch * widest * uniform(rng, 0.6, 1)
            slack = max(0.45 * pitch - size, 0) * rng.uniform(-0.7, 0.7, 2)
            place = (float(centre[0] + slack[0]), float(centre[1] + slack[1]))
            canvas.place(rng, place, size, (log_uniform(rng, 0.01, 0.1), uniform(rng, 1, 1.3), 1.0))
            radius = max(radius, size + float(np.abs(slack).max()))
    canvas.wells = (centres, pitch, radius)
