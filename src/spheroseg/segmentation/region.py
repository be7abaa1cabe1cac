"""A part of a plane through the network, for a person who points at it: the maps that the whole plane would give.

Brightness is judged by the whole plane and the part is cut out with surroundings, so what is found in it is what a run
over the whole plane finds there, at a fraction of the work.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.imaging.plane import check_plane
from spheroseg.segmentation.assembly import Calibration, assemble
from spheroseg.segmentation.network.catalogue import Model
from spheroseg.segmentation.predict import split_rule
from spheroseg.segmentation.prediction import Prediction, ScaleChoice
from spheroseg.segmentation.scale.choice import choose_scale
from spheroseg.segmentation.scale.network_input import NetworkInput
from spheroseg.segmentation.scale.resampling import Window, enlarge_part, smoothed
from spheroseg.segmentation.scale.survey import network_shape
from spheroseg.segmentation.scale.tiling import network_maps

#: What the network sees around the wanted part, in its own pixels.
SURROUNDINGS_PX = 96
#: Planes up to this many pixels at network scale are normalised by all of their values, as in a run.
NORMALISED_WHOLE_PX = 1 << 22


@dataclass(frozen=True, eq=False)
class RegionMaker:
    """A plane at one scale, of which parts are looked at.

    Attributes:
        plane: (y, x) raw values.
        model: the network.
        scale: network pixels an image pixel, and the diameter it rests on.
        frame: the plane at network scale.
    """

    plane: NDArray[Any]
    model: Model
    scale: ScaleChoice
    frame: NetworkInput

    @classmethod
    def of(
        cls, plane: NDArray[Any], model: Model, diameter_px: float, pixel_size_um: tuple[float, float] | None
    ) -> RegionMaker:
        """For objects of a diameter in px of the geometric mean pixel size.

        Raises:
            ParameterError: the plane is no 2-D array of real numbers.
        """
        plane = check_plane(plane)
        scale, _ = choose_scale(plane, model, diameter_px, pixel_size_um)
        shape = network_shape(plane.shape, scale.factor)
        frame = NetworkInput(plane, shape, model.card.normalisation, whole_up_to_px=NORMALISED_WHOLE_PX)
        return cls(plane, model, scale, frame)

    def maps(self, window: Window) -> dict[str, NDArray[np.uint8]]:
        """The network's outputs in a window (y0, y1, x0, x1) of the plane, by name, each (y, x) uint8."""
        card = self.model.card
        spans = [
            _span(
                window[2 * axis : 2 * axis + 2], self.frame.shape[axis] / self.plane.shape[axis], card.size_multiple_px
            )
            for axis in (0, 1)
        ]
        part = _Part(self.frame, (spans[0][0], spans[1][0]), (spans[0][1], spans[1][1]))
        outputs = network_maps(part, self.model)  # type: ignore[arg-type]  # it asks for shape and windows only
        network_px = (self.scale.diameter_px or 0.0) * float(np.sqrt(self.scale.factor[0] * self.scale.factor[1]))
        found: dict[str, NDArray[np.uint8]] = {}
        for name, output in zip(card.outputs, outputs, strict=True):
            if name == "distance":
                output = smoothed(output, card.splitting.smoothing_fraction * network_px)  # noqa: PLW2901 -- the same map
            found[name] = enlarge_part(output, part.origin, self.frame.shape, self.plane.shape, window)
        if self.frame.constant:
            found["foreground"][:] = 0
        return found

    def objects(self, maps: dict[str, NDArray[np.uint8]], window: Window, threshold: float | None) -> Prediction:
        """The objects in a window, from its maps; quick enough to follow a threshold that is moved.

        Args:
            maps: from `maps` of this window.
            window: (y0, y1, x0, x1) of the plane.
            threshold: foreground probability, between 0 and 1; None takes the card's.

        Returns:
            Labels and maps of the window. An object that reaches the window's edge may be cut there.
        """
        card = self.model.card
        y0, y1, x0, x1 = window
        return assemble(
            np.ascontiguousarray(self.plane[y0:y1, x0:x1]),
            maps,
            split_rule(card, self.scale, card.threshold if threshold is None else threshold),
            scale=self.scale,
            class_name=card.classes[0],
            engine={"name": card.name, "version": card.version, **asdict(self.model.record)},
            calibration=Calibration.of(card),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A window of a frame as a frame of its own; beyond its edges lies what really lies there."""

    frame: NetworkInput
    origin: tuple[int, int]
    shape: tuple[int, int]

    def window(self, y0: int, y1: int, x0: int, x1: int) -> NDArray[np.float32]:
        """As `NetworkInput.window`."""
        top, left = self.origin
        return self.frame.window(y0 + top, y1 + top, x0 + left, x1 + left)


def _span(ends: tuple[int, ...], factor: float, multiple: int) -> tuple[int, int]:
    """First network pixel and number of network pixels for a span of image pixels with its surroundings.

    Both are multiples of `multiple`: the network's pooling grid lies as it does over the whole plane.
    """
    first = max(0, int(np.floor(ends[0] * factor)) - SURROUNDINGS_PX) // multiple * multiple
    last = int(np.ceil(ends[1] * factor)) + SURROUNDINGS_PX
    return first, -(-(last - first) // multiple) * multiple
