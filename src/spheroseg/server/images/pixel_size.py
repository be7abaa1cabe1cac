"""The pixel size that counts for an image: resolved here and nowhere else."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from spheroseg.records import RunCard
from spheroseg.server.tables.images import ImageRow

Source = Literal["image", "project", "unknown"]


class PixelSizeUm(BaseModel):
    """µm a pixel, and where it is known from."""

    x: float = Field(gt=0, description="Width of a pixel in µm")
    y: float = Field(gt=0, description="Height of a pixel in µm; lengths and areas need both")
    source: Source = Field(
        description="`image`: the file says it or a person said it of the image; `project`: the image says nothing and the"
        " project does; `unknown`: a result from before this was noted"
    )

    @property
    def yx(self) -> tuple[float, float]:
        """In the order of arrays, as the library takes it."""
        return self.y, self.x


def resolve(image: ImageRow, of_project_um: float | None) -> PixelSizeUm | None:
    """The pixel size of an image: its own, else the project's; None where neither is known.

    Args:
        image: the image.
        of_project_um: what its project says of square pixels.
    """
    if image.pixel_size_y_um is not None and image.pixel_size_x_um is not None:
        return PixelSizeUm(x=image.pixel_size_x_um, y=image.pixel_size_y_um, source="image")
    return None if of_project_um is None else PixelSizeUm(x=of_project_um, y=of_project_um, source="project")


def of_run_card(card: RunCard | None) -> PixelSizeUm | None:
    """The pixel size that a result was measured with; None where it was measured in pixels."""
    if card is None or card.pixel_size_um is None:
        return None
    y, x = card.pixel_size_um
    match card.pixel_size_source:
        case "project":
            source: Source = "project"
        case None | "parameters":  # of results from before the service wrote who knew it
            source = "unknown"
        case _:
            source = "image"
    return PixelSizeUm(x=x, y=y, source=source)


def source_in_card(image: ImageRow, pixel_size: PixelSizeUm) -> str:
    """Who knew the pixel size, as run cards say it: "project", "user", or a kind of metadata."""
    return "project" if pixel_size.source == "project" else image.pixel_size_source or "image"
