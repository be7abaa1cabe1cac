"""A tile as a value: what the API asks a compute child for."""

from __future__ import annotations

from typing import NamedTuple

_MAX_LEVEL = 20


class View(NamedTuple):
    """How a channel is shown: raw values that become black and white, and the colour of white ("rrggbb")."""

    channel: int
    black: float
    white: float
    colour: str


class TileRequest(NamedTuple):
    """One tile to render.

    Attributes:
        level: 0 is full resolution, each next half of it.
        column: from the left.
        row: from the top.
        frame: time point.
        z: slice.
        views: channels to show; with `is_raw` only the first one's channel counts.
        size_px: side of a tile.
        is_raw: raw values instead of a picture.
    """

    level: int
    column: int
    row: int
    frame: int
    z: int
    views: tuple[View, ...]
    size_px: int
    is_raw: bool = False

    def lies_in(self, height: int, width: int) -> bool:
        """Whether an image of this size has the tile."""
        if not 0 <= self.level <= _MAX_LEVEL or self.column < 0 or self.row < 0:
            return False
        side = self.size_px << self.level
        return self.column * side < width and self.row * side < height
