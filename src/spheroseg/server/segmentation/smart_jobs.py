"""Where a person points, as the service tells its compute children."""

from __future__ import annotations

from typing import NamedTuple


class Pointed(NamedTuple):
    """A point or a box of an image, and how to look at it.

    Attributes:
        point: (x, y) in pixels, or None.
        box: (x0, y0, x1, y1) in pixels, or None; one of the two is there.
        diameter_px: of the objects, or None: from the box, or estimated around the point.
        threshold: between 0 and 1, or None: the model's own.
    """

    point: tuple[float, float] | None
    box: tuple[float, float, float, float] | None
    diameter_px: float | None
    threshold: float | None

    @property
    def middle(self) -> tuple[float, float]:
        """The point, or the middle of the box."""
        if self.point is not None:
            return self.point
        assert self.box is not None
        x0, y0, x1, y1 = self.box
        return (x0 + x1) / 2, (y0 + y1) / 2
