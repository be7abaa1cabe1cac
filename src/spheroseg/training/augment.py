"""What instruments do to images, on plain arrays: light, focus, noise, dirt, walls and scale bars.

Every function takes a generator and an image (y, x) float32 whose whole frame spans about 0…1, returns a new
image of the same shape and leaves its input untouched. Nothing here needs torch.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

FloatImage = NDArray[np.float32]
Rng = np.random.Generator


def smooth_noise(rng: Rng, shape: tuple[int, int], scale_px: float) -> FloatImage:
    """Random field of unit spread whose features are about scale_px wide."""
    height, width = shape
    coarse = (max(2, round(height / scale_px) + 1), max(2, round(width / scale_px) + 1))
    field = rng.standard_normal(coarse, dtype=np.float32)
    return np.asarray(cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def uniform(rng: Rng, low: float, high: float) -> float:
    """One float from a uniform distribution."""
    return float(rng.uniform(low, high))


def log_uniform(rng: Rng, low: float, high: float) -> float:
    """One float whose logarithm is uniform: as many small as large."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _grid(shape: tuple[int, int]) -> tuple[FloatImage, FloatImage]:
    """Open y and x coordinates, −1…1 along the longer side."""
    height, width = shape
    scale = max(height, width) / 2
    y = ((np.arange(height, dtype=np.float32) - height / 2) / scale)[:, None]
    x = ((np.arange(width, dtype=np.float32) - width / 2) / scale)[None, :]
    return y, x


def light_gradient(rng: Rng, image: FloatImage) -> FloatImage:
    """Uneven illumination: a slope and slow waves, multiplied."""
    y, x = _grid(image.shape)
    angle, slope = uniform(rng, 0, 2 * np.pi), uniform(rng, 0.0, 0.35)
    field = 1 + slope * (np.cos(angle) * x + np.sin(angle) * y)
    if rng.random() < 0.5:
        field = field + uniform(rng, 0.02, 0.12) * smooth_noise(rng, image.shape, max(image.shape) / 2.5)
    return np.asarray(image * field, np.float32)


def vignette(rng: Rng, image: FloatImage) -> FloatImage:
    """Darker towards the corners, or (a meniscus) brighter."""
    y, x = _grid(image.shape)
    radius_squared = (y - uniform(rng, -0.5, 0.5)) ** 2 + (x - uniform(rng, -0.5, 0.5)) ** 2
    field = 1 - uniform(rng, -0.2, 0.5) * radius_squared
    return np.asarray(image * np.clip(field, 0.05, 2), np.float32)


def defocus(rng: Rng, image: FloatImage) -> FloatImage:
    """Out of focus: a Gaussian or a disc."""
    if rng.random() < 0.6:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), log_uniform(rng, 0.5, 2.5)), np.float32)
    radius = int(rng.integers(1, 4))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)).astype(np.float32)
    return np.asarray(cv2.filter2D(image, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT), np.float32)


def sharpen(rng: Rng, image: FloatImage) -> FloatImage:
    """Unsharp masking, as cameras and viewers apply it."""
    blurred = cv2.GaussianBlur(image, (0, 0), uniform(rng, 1, 3))
    return np.asarray(image + uniform(rng, 0.2, 1.2) * (image - blurred), np.float32)


def sensor_noise(rng: Rng, image: FloatImage) -> FloatImage:
    """Read noise, shot noise, or noise that a resize has smoothed."""
    sigma = log_uniform(rng, 0.005, 0.1)
    grain = rng.standard_normal(image.shape, dtype=np.float32)
    if rng.random() < 0.4:
        grain = grain * np.sqrt(np.clip(image, 0.02, 2))
    if rng.random() < 0.3:
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.8) * 2, np.float32)
    return np.asarray(image + sigma * grain, np.float32)


def stripes(rng: Rng, image: FloatImage) -> FloatImage:
    """Line noise of scanning or of a camera's read-out."""
    rows = rng.standard_normal((image.shape[0], 1), dtype=np.float32)
    lines = rows if rng.random() < 0.5 else rng.standard_normal((1, image.shape[1]), dtype=np.float32)
    return np.asarray(image + log_uniform(rng, 0.005, 0.05) * lines, np.float32)


def tone(rng: Rng, image: FloatImage) -> FloatImage:
    """Gamma; values beyond 0…1 keep their sign."""
    gamma = log_uniform(rng, 0.5, 2.0)
    return np.asarray(np.sign(image) * np.abs(image) ** gamma, np.float32)


def invert(_rng: Rng, image: FloatImage) -> FloatImage:
    """Contrast polarity flipped."""
    return np.asarray(1 - image, np.float32)


def quantise(rng: Rng, image: FloatImage) -> FloatImage:
    """Few grey levels (low counts) or JPEG blocks."""
    if rng.random() < 0.4:
        levels = int(rng.integers(12, 64))
        return np.asarray(np.round(image * levels) / levels, np.float32)
    eight_bit = np.clip(image * 255, 0, 255).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", eight_bit, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 85))])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.float32) / np.float32(255)


def _stain(image: FloatImage, cover: FloatImage, amount: float) -> FloatImage:
    """Image moved by amount where cover is 1."""
    return np.asarray(image + amount * cover, np.float32)


def _softened(cover: NDArray[np.uint8], sigma_px: float) -> FloatImage:
    """A drawing of 0…255 as 0…1 with soft edges."""
    return np.asarray(cv2.GaussianBlur(cover.astype(np.float32) / np.float32(255), (0, 0), sigma_px), np.float32)


def _contrast(rng: Rng) -> float:
    """A signed strength of dirt; dark more often than bright."""
    return log_uniform(rng, 0.08, 0.8) * (-1 if rng.random() < 0.65 else 1)


def debris(rng: Rng, image: FloatImage) -> FloatImage:
    """Specks of 1–5 px, single or in swarms."""
    cover = np.zeros(image.shape, np.uint8)
    height, width = image.shape
    count = int(log_uniform(rng, 2, 90))
    if rng.random() < 0.5:
        centres = rng.uniform(0, 1, (count, 2)) * (height, width)
    else:
        centres = rng.normal(0, log_uniform(rng, 10, 80), (count, 2)) + rng.uniform(0, 1, 2) * (height, width)
    for y, x in centres:
        axes = (int(rng.integers(2, 24)), int(rng.integers(2, 18)))  # eighths of a pixel … a few pixels
        cv2.ellipse(
            cover, (int(x * 8), int(y * 8)), axes, uniform(rng, 0, 180), 0, 360, int(rng.integers(90, 256)), -1,
            cv2.LINE_8, 3,
        )  # fmt: skip
    return _stain(image, _softened(cover, uniform(rng, 0.5, 1.5)), _contrast(rng))


def fibres(rng: Rng, image: FloatImage) -> FloatImage:
    """Lint and scratches: one to three thin curves."""
    cover = np.zeros(image.shape, np.uint8)
    height, width = image.shape
    for _ in range(int(rng.integers(1, 4))):
        steps = rng.normal(0, 1, (40, 2)).cumsum(0) * 0.08 + rng.normal(0, 1, 2)
        points = np.cumsum(steps, 0) * uniform(rng, 0.5, 3) + rng.uniform(0, 1, 2) * (width, height)
        cv2.polylines(cover, [(points * 8).astype(np.int32)], False, 255, int(rng.integers(1, 4)), cv2.LINE_AA, 3)
    return _stain(image, _softened(cover, log_uniform(rng, 0.5, 4)), _contrast(rng))


def smudges(rng: Rng, image: FloatImage) -> FloatImage:
    """Dust far out of focus: wide, weak discs, some with diffraction rings."""
    out = image
    y, x = np.ogrid[: image.shape[0], : image.shape[1]]
    for _ in range(int(rng.integers(1, 5))):
        radius, centre = log_uniform(rng, 8, 60), rng.uniform(0, 1, 2) * image.shape
        distance = np.sqrt((y - centre[0]) ** 2 + (x - centre[1]) ** 2).astype(np.float32)
        disc = 1 / (1 + np.exp(np.clip((distance - radius) / (0.25 * radius), -30, 30)))
        if rng.random() < 0.4:
            disc = disc * np.cos(distance * (2 * np.pi / uniform(rng, 6, 14)))
        out = _stain(out, np.asarray(disc, np.float32), uniform(rng, 0.02, 0.12) * rng.choice((-1, 1)))
    return out


def bubbles(rng: Rng, image: FloatImage) -> FloatImage:
    """Air: perfect circles with a heavy black rim and a clear, brighter middle."""
    out = image.copy()
    for _ in range(int(rng.integers(1, 3))):
        radius = int(log_uniform(rng, 8, 60) * 8)
        centre = (int(rng.uniform(0, image.shape[1]) * 8), int(rng.uniform(0, image.shape[0]) * 8))
        rim = max(2, radius // int(rng.integers(20, 48)))
        cover = np.zeros(image.shape, np.uint8)
        cv2.circle(cover, centre, radius, 255, rim, cv2.LINE_AA, 3)
        inside = np.zeros(image.shape, np.uint8)
        cv2.circle(inside, centre, max(radius - 4 * rim, 8), 255, -1, cv2.LINE_AA, 3)
        soft, light = _softened(cover, 0.8), _softened(inside, radius / 40)
        out = np.asarray(out * (1 - 0.9 * soft) + uniform(rng, 0, 0.12) * light, np.float32)
    return out


def shadows(rng: Rng, image: FloatImage) -> FloatImage:
    """Bodies far above or below the focus: blurred blobs whose edge is as wide as a good part of their radius."""
    out = image
    y, x = np.ogrid[: image.shape[0], : image.shape[1]]
    for _ in range(int(rng.integers(1, 4))):
        radius, centre = log_uniform(rng, 6, 70), rng.uniform(-0.1, 1.1, 2) * image.shape
        dy, dx = (y - centre[0]).astype(np.float32), (x - centre[1]).astype(np.float32)
        distance = np.sqrt(dy * dy * uniform(rng, 0.7, 1.4) + dx * dx)
        edge = radius * uniform(rng, 0.12, 0.35)
        blob = 1 / (1 + np.exp(np.clip((distance - radius) / edge, -30, 30)))
        depth = log_uniform(rng, 0.1, 0.6) * (1 if rng.random() < 0.8 else -0.5)
        out = out * (1 - depth * blob)
        if rng.random() < 0.5:  # the bright ring of a defocused absorber
            out = out + uniform(rng, 0.02, 0.15) * np.exp(-(((distance - radius - 2 * edge) / edge) ** 2))
    return np.asarray(out, np.float32)


def voids(rng: Rng, image: FloatImage) -> FloatImage:
    """A carpet of debris with clear, bright holes in it, round or ragged, as bubbles and cleared patches leave."""
    shape = (image.shape[0], image.shape[1])
    size = log_uniform(rng, 1.2, 4)
    carpet = smooth_noise(rng, shape, size) * uniform(rng, 0.05, 0.25) - uniform(rng, 0, 0.15)
    y, x = np.ogrid[: shape[0], : shape[1]]
    ragged = smooth_noise(rng, shape, log_uniform(rng, 8, 40)) * uniform(rng, 0, 0.25)
    clear = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(1, 6))):
        radius, centre = log_uniform(rng, 6, 60), rng.uniform(0, 1, 2) * shape
        depth = np.hypot(y - centre[0], x - centre[1]).astype(np.float32) / radius + ragged - 1
        clear = np.maximum(clear, 1 / (1 + np.exp(np.clip(depth * radius / uniform(rng, 0.8, 3), -30, 30))))
    if rng.random() < 0.4:  # the carpet lies in one part of the frame only
        carpet = carpet * np.clip(smooth_noise(rng, shape, max(shape) / 2.5) + 0.5, 0, 1)
    return np.asarray(image + carpet * (1 - clear) + uniform(rng, -0.02, 0.12) * clear, np.float32)


def seams(rng: Rng, image: FloatImage) -> FloatImage:
    """A mosaic of tiles that were exposed unlike, each perhaps darker towards its own corners."""
    height, width = image.shape
    size = log_uniform(rng, 60, 300)
    edges = [np.arange(uniform(rng, -size, 0), side + size, size * uniform(rng, 0.7, 1.3)) for side in (height, width)]
    rows, columns = (np.searchsorted(e, np.arange(side)) for e, side in zip(edges, (height, width), strict=True))
    spread = uniform(rng, 0.03, 0.35)
    gains = np.exp(rng.uniform(-spread, spread, (len(edges[0]) + 1, len(edges[1]) + 1))).astype(np.float32)
    field = gains[np.ix_(rows, columns)]
    if rng.random() < 0.5:
        offsets = [
            np.abs((np.arange(side) - e[0]) % (e[1] - e[0]) / (e[1] - e[0]) - 0.5).astype(np.float32)
            for e, side in zip(edges, (height, width), strict=True)
        ]
        field = field * (1 - uniform(rng, 0, 0.6) * (offsets[0][:, None] ** 2 + offsets[1][None, :] ** 2))
    return np.asarray(image * field, np.float32)


def well_edge(rng: Rng, image: FloatImage) -> FloatImage:
    """The wall of a round well: beyond a large circle it is dark or bright, with rings along the edge."""
    height, width = image.shape
    y, x = np.ogrid[:height, :width]
    radius, angle = log_uniform(rng, 0.6, 4) * max(height, width), uniform(rng, 0, 2 * np.pi)
    reach = radius + uniform(rng, -0.45, 0.3) * max(height, width)  # where the edge crosses: inside or just outside
    cy, cx = height / 2 - reach * np.sin(angle), width / 2 - reach * np.cos(angle)
    beyond = (np.sqrt((y - cy) ** 2 + (x - cx) ** 2) - radius - uniform(rng, 0, 0.3) * max(height, width)).astype(
        np.float32
    )
    step = 1 / (1 + np.exp(np.clip(-beyond / log_uniform(rng, 0.7, 12), -30, 30)))
    wall = uniform(rng, 0.0, 0.3) if rng.random() < 0.75 else uniform(rng, 0.8, 1.1)
    out = image * (1 - step) + wall * step
    for _ in range(int(rng.integers(0, 4))):
        offset, thickness = uniform(rng, -30, 20), log_uniform(rng, 1, 6)
        out = out + uniform(rng, -0.5, 0.5) * np.exp(-(((beyond - offset) / thickness) ** 2))
    return np.asarray(out, np.float32)


def trap_walls(rng: Rng, image: FloatImage) -> FloatImage:
    """Straight or bent walls of a chip: dark and bright parallel lines, maybe a shadow on one side."""
    height, width = image.shape
    y, x = np.ogrid[:height, :width]
    angle = uniform(rng, 0, np.pi)
    bend = uniform(rng, -1, 1) * 0.002
    along = np.cos(angle) * (y - height / 2) - np.sin(angle) * (x - width / 2)
    across = np.sin(angle) * (y - height / 2) + np.cos(angle) * (x - width / 2) + bend * along**2
    across = (across + uniform(rng, -0.5, 0.5) * max(height, width)).astype(np.float32)
    out = image
    for _ in range(int(rng.integers(1, 4))):
        offset, thickness = uniform(rng, -25, 25), log_uniform(rng, 1, 9)
        out = out + uniform(rng, -0.6, 0.35) * np.exp(-(((across - offset) / thickness) ** 2))
    if rng.random() < 0.4:
        out = out * (1 - uniform(rng, 0, 0.35) / (1 + np.exp(np.clip(-across / 8, -30, 30))))
    return np.asarray(out, np.float32)


def streaks(rng: Rng, image: FloatImage) -> FloatImage:
    """Fine radial marks of a well's moulded bottom, around a point in or near the frame."""
    height, width = image.shape
    side = max(height, width)
    y, x = np.ogrid[:height, :width]
    dy = (y - height * uniform(rng, -0.3, 1.3)).astype(np.float32)
    dx = (x - width * uniform(rng, -0.3, 1.3)).astype(np.float32)
    radius = np.hypot(dy, dx)
    pattern = smooth_noise(rng, (int(uniform(rng, 150, 500)), int(uniform(rng, 12, 60))), 1)
    rows = (np.arctan2(dy, dx) / (2 * np.pi) + 0.5) * (pattern.shape[0] - 1)
    columns = radius / (2 * side) * (pattern.shape[1] - 1)
    field = cv2.remap(pattern, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(image + log_uniform(rng, 0.01, 0.08) * field * np.clip(radius / (0.15 * side), 0, 1), np.float32)


def scale_bar(rng: Rng, image: FloatImage) -> FloatImage:
    """A burnt-in bar and its text, black or white, in a corner."""
    cover = np.zeros(image.shape, np.uint8)
    height, width = image.shape
    length, thickness = int(uniform(rng, 0.12, 0.35) * width), int(rng.integers(2, 8))
    left = int(rng.choice((10, max(width - length - 12, 0))))
    top = int(rng.choice((20, height - 14)))
    cv2.rectangle(cover, (left, top), (left + length, top + thickness), 255, -1)
    if rng.random() < 0.7:
        text = f"{rng.choice((50, 100, 200, 250, 400, 500, 1000))} {rng.choice(('um', 'mm'))}"
        size = uniform(rng, 0.3, 0.7)
        cv2.putText(cover, text, (left, top - 5), cv2.FONT_HERSHEY_SIMPLEX, size, 255, 1, cv2.LINE_AA)
    share = cover.astype(np.float32) / np.float32(255)
    return np.asarray(image * (1 - share) + share * float(rng.choice((0.0, 1.0))), np.float32)


Step = tuple[float, Callable[[Rng, FloatImage], FloatImage]]

SCENERY: tuple[Step, ...] = (
    (0.10, well_edge),
    (0.06, trap_walls),
    (0.10, smudges),
    (0.06, streaks),
    (0.20, debris),
    (0.06, fibres),
    (0.04, bubbles),
    (0.05, shadows),
    (0.04, voids),
)
"""Things that lie in the picture and are no objects; (probability, function) in the order applied."""

OPTICS: tuple[Step, ...] = (
    (0.04, seams),
    (0.35, light_gradient),
    (0.25, vignette),
    (0.25, defocus),
    (0.08, sharpen),
    (0.30, tone),
    (0.12, invert),
    (0.40, sensor_noise),
    (0.04, stripes),
    (0.10, quantise),
    (0.04, scale_bar),
)
"""What light path, camera and software add; (probability, function) in the order applied."""


def behind(rng: Rng, image: FloatImage, labels: NDArray[np.uint16], steps: tuple[Step, ...] = SCENERY) -> FloatImage:
    """Scenery drawn behind the objects, so that a label never lies on a wall that hides its object.

    labels: (y, x), 0 is background.
    """
    scene = appearance(rng, image, steps)
    if scene is image or not labels.any():
        return scene
    near = cv2.dilate((labels > 0).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.float32)
    front = cv2.GaussianBlur(near, (0, 0), 1.0)
    return np.asarray(scene + front * (image - scene), np.float32)


def appearance(rng: Rng, image: FloatImage, steps: tuple[Step, ...] = OPTICS) -> FloatImage:
    """The image after a random selection of the steps; labels stay valid because nothing moves."""
    for probability, step in steps:
        if rng.random() < probability:
            image = step(rng, image)
    return image
