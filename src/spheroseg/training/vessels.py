"""Vessels around bodies: the dark ring at the foot of a pyramid, hanging drops, arrays of small wells.

What a body stands in is the commonest thing that is taken for it. Every function draws in transmitted light, takes a
generator, an image (y, x) float32 of about 0…1 and labels (y, x), and returns a new image; bodies stay where they are
and keep their labels. Nothing here needs torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from spheroseg.training.augment import FloatImage, Rng, log_uniform, smooth_noise, uniform


def _rise(distance: NDArray[np.floating], softness: float) -> FloatImage:
    """0 where the distance is far below 0, 1 where it is far above."""
    return np.asarray(1 / (1 + np.exp(np.clip(-distance / softness, -30, 30))), np.float32)


def _superellipse(
    rng: Rng, shape: tuple[int, int], centre: tuple[float, float]
) -> tuple[FloatImage, FloatImage, FloatImage]:
    """Distance from a centre by a norm between circle and square, slightly stretched, and the turned y and x."""
    angle = uniform(rng, 0, np.pi) if rng.random() < 0.5 else uniform(rng, -0.1, 0.1)
    y, x = np.ogrid[: shape[0], : shape[1]]
    dy, dx = (y - centre[0]).astype(np.float32), (x - centre[1]).astype(np.float32)
    v = np.cos(angle) * dy - np.sin(angle) * dx
    u = (np.sin(angle) * dy + np.cos(angle) * dx) * uniform(rng, 0.93, 1.07)
    power = 2.0 if rng.random() < 0.7 else log_uniform(rng, 2.2, 8)
    return np.asarray((np.abs(u) ** power + np.abs(v) ** power) ** (1 / power), np.float32), v, u


@dataclass(frozen=True, slots=True)
class Standing:
    """A body that a vessel can be drawn around; in px.

    Attributes:
        centre: y, x; radius: of the circle around the centre that holds the body.
        room: radius of the circle that no other body reaches into.
    """

    centre: tuple[float, float]
    radius: float
    room: float

    @classmethod
    def largest(cls, labels: NDArray[np.uint16]) -> Standing | None:
        """The largest body that lies whole in the frame; None where there is none or another is too near."""
        areas = np.bincount(labels.ravel())
        areas[0] = 0
        areas[np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1]))] = 0
        if not areas.any():
            return None
        largest = int(np.argmax(areas))
        y, x = np.nonzero(labels == largest)
        centre = (float(y.mean()), float(x.mean()))
        radius = float(np.hypot(y - centre[0], x - centre[1]).max())
        others = np.nonzero((labels > 0) & (labels != largest))
        room = float(np.hypot(others[0] - centre[0], others[1] - centre[1]).min()) if len(others[0]) else np.inf
        return cls(centre, radius, room) if room > 1.35 * radius + 4 else None


def is_transmitted(image: FloatImage, labels: NDArray[np.uint16]) -> bool:
    """Whether the bodies are darker than a field that is not dark: only such pictures can stand in a ring."""
    body = labels > 0
    if not body.any() or body.all():
        return False
    field = float(np.median(image[~body]))
    return field > 0.3 and float(image[body].mean()) < field - 0.05


def _pyramid(rng: Rng, beyond: FloatImage, v: FloatImage, u: FloatImage, reach: float) -> FloatImage:
    """Light on four sloping faces around a foot, with their edges, steps of a wall and marks of the mould."""
    faces = rng.uniform(0.75, 1.15, 4).astype(np.float32)
    which = np.where(np.abs(v) > np.abs(u), np.where(v > 0, 0, 1), np.where(u > 0, 2, 3))
    light = faces[which]
    off = np.abs(np.abs(v) - np.abs(u)) / np.sqrt(2)
    light = light * (1 - uniform(rng, -0.15, 0.5) * np.exp(-((off / log_uniform(rng, 1.5, 9)) ** 2)))
    far = np.maximum(np.abs(v), np.abs(u)) - reach * uniform(rng, 2, 6)
    for _ in range(int(rng.integers(0, 5))):
        offset, wide = uniform(rng, -12, 25), log_uniform(rng, 1, 8)
        light = light * (1 + uniform(rng, -0.7, 0.4) * np.exp(-(((far - offset) / wide) ** 2)))
    if rng.random() < 0.4:
        light = light * (1 + (uniform(rng, 0.4, 1.3) - 1) * _rise(far, log_uniform(rng, 1, 5)))
    mould = smooth_noise(rng, (light.shape[0], light.shape[1]), log_uniform(rng, 1.5, 12))
    return np.asarray(1 + (light + uniform(rng, 0, 0.06) * mould - 1) * _rise(beyond, 2.0), np.float32)


def shade(rng: Rng, image: FloatImage, labels: NDArray[np.uint16]) -> FloatImage:
    """A blurred shade around the bodies, stronger on one side, that belongs to none of them.

    In a lit ring a body refracts and scatters the light of the foot, so that the field darkens towards it. It takes
    at most seven tenths of the body's own contrast: where the two are alike nobody could say where the body ends.

    Args:
        rng: of the scene.
        image: (y, x) with bodies darker than the field.
        labels: (y, x), 0 is background.
    """
    body = labels > 0
    outside = np.asarray(cv2.distanceTransform((~body).astype(np.uint8), cv2.DIST_L2, 5), np.float32)
    field = float(np.median(image[~body]))
    contrast = max(field - float(np.median(image[body])), 0.3 * field)  # clear bodies are hardly darker than the field
    wide = log_uniform(rng, 0.15, 1.2) * float(np.sqrt(body.sum() / np.pi)) + 1
    angle = uniform(rng, 0, 2 * np.pi)
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    middle = np.argwhere(body).mean(axis=0)
    dy, dx = y - middle[0], x - middle[1]
    side = (dy * np.sin(angle) + dx * np.cos(angle)) / np.maximum(np.hypot(dy, dx), 1)
    lopsided = uniform(rng, 0, 1)
    strength = uniform(rng, 0.25, 1) * (1 - lopsided / 2 + side * lopsided / 2)
    grain = 1 + uniform(rng, 0, 0.6) * smooth_noise(rng, (image.shape[0], image.shape[1]), log_uniform(rng, 2, 20))
    fall = np.exp(-((outside / wide) ** uniform(rng, 0.8, 2.5)))
    depth = contrast * np.clip(strength * grain, 0, 0.7) * fall
    return np.where(body, image, image - depth).astype(np.float32)


def enclose(rng: Rng, image: FloatImage, body: Standing) -> FloatImage:
    """A vessel around a round space: a dark ring, a drop's edge or a thin wall, and what lies beyond it.

    Args:
        rng: of the scene.
        image: (y, x).
        body: what stands in it (or nothing, for an empty vessel).
    """
    centre, radius = body.centre, body.radius
    inner = radius * (uniform(rng, 1.0, 1.3) if rng.random() < 0.4 else log_uniform(rng, 1.2, 4)) + 1.5
    inner = min(inner, body.room - 2)
    slack, angle = max(min(inner, body.room / 1.3) - radius, 0) * uniform(rng, 0, 1), uniform(rng, 0, 2 * np.pi)
    middle = (centre[0] + slack * np.sin(angle), centre[1] + slack * np.cos(angle))
    distance, v, u = _superellipse(rng, (image.shape[0], image.shape[1]), middle)
    beyond = np.asarray(distance - inner, np.float32)
    soft = log_uniform(rng, 0.6, 3)
    style = rng.random()
    thick = inner * (uniform(rng, 0.15, 0.9) if style < 0.75 else uniform(rng, 0.02, 0.15)) + 1
    thick = min(thick, max(body.room - inner - 0.5 * slack, 1.0))
    depth = uniform(rng, 0.5, 0.99)
    ring = _rise(beyond, soft) * (1 - _rise(beyond - thick, log_uniform(rng, 0.6, 5)))
    out = image * (1 + uniform(rng, 0, 0.35) * (1 - _rise(beyond, soft)))  # the foot lets more light through
    if rng.random() < 0.5:  # and shades towards its edge
        out = out * (1 - uniform(rng, 0, 0.5) * np.clip(distance / inner, 0, 1) ** log_uniform(rng, 2, 8))
    if rng.random() < 0.65:
        out = out * _pyramid(rng, beyond, v, u, inner + thick)
    elif rng.random() < 0.6:  # beyond a drop or a well there is another brightness
        out = out * (1 + (log_uniform(rng, 0.1, 1.2) - 1) * _rise(beyond - thick, log_uniform(rng, 0.6, 12)))
    out = out * (1 - depth * ring)
    for _ in range(int(rng.integers(0, 4))):  # fringes along both edges of the ring
        at, wide = (0.0 if rng.random() < 0.5 else thick) + uniform(rng, -3, 6), log_uniform(rng, 0.7, 3)
        out = out + uniform(rng, -0.2, 0.3) * np.exp(-(((beyond - at) / wide) ** 2))
    return np.asarray(out, np.float32)


def well_array(rng: Rng, image: FloatImage, centres: NDArray[np.float64], pitch: float, radius: float) -> FloatImage:
    """Walls of an array of small wells.

    Args:
        rng: of the scene.
        image: (y, x).
        centres: (n, 2) y, x of the wells in px.
        pitch: distance between neighbours in px.
        radius: of what must stay free of the wall, in px.
    """
    height, width = image.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    power = 2.0 if rng.random() < 0.6 else log_uniform(rng, 2.5, 8)
    nearest = np.full(image.shape, np.inf, np.float32)
    for cy, cx in centres:
        nearest = np.minimum(nearest, (np.abs(y - cy) ** power + np.abs(x - cx) ** power) ** (1 / power))
    inner = uniform(rng, min(radius + 1.5, 0.48 * pitch), 0.49 * pitch)
    beyond = np.asarray(nearest - inner, np.float32)
    soft = log_uniform(rng, 0.5, 2.5)
    wall = log_uniform(rng, 0.15, 1.3)
    out = image * (1 + (wall - 1) * _rise(beyond, soft))
    out = out * (1 - uniform(rng, -0.1, 0.4) * np.clip(nearest / inner, 0, 1) ** log_uniform(rng, 1.5, 8))
    for _ in range(int(rng.integers(1, 4))):
        at, wide = uniform(rng, -0.1, 0.1) * pitch, log_uniform(rng, 0.7, 4)
        out = out * (1 + uniform(rng, -0.9, 0.4) * np.exp(-(((beyond - at) / wide) ** 2)))
    return np.asarray(out, np.float32)
