"""The pixel size that counts for an image."""

from __future__ import annotations

from spheroseg.server.tables.images import ImageRow
from spheroseg.server.tables.projects import Project


def pixel_size_of(image: ImageRow, project: Project) -> tuple[float, float] | None:
    """(y, x) µm a pixel: the image's own, else the project's."""
    if image.pixel_size_y_um is not None and image.pixel_size_x_um is not None:
        return image.pixel_size_y_um, image.pixel_size_x_um
    return None if project.pixel_size_um is None else (project.pixel_size_um, project.pixel_size_um)
