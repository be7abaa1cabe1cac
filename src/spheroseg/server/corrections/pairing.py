"""Which image of a project each of many files of outlines is of: by its name and folders, as everywhere else."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.errors import ParameterError
from spheroseg.imaging.kinds import is_image_path
from spheroseg.imaging.pairing import ImageIndex
from spheroseg.server.corrections import repository

_OUTLINES_ENDING = re.compile(r"(?<=[^/])\.(?:roi|zip|json|xml|geojson)(?:\.gz)?$", re.IGNORECASE)
#: "_rois", " RoiSet", "_outlines" … at the end of a stem
_SET_ENDING = re.compile(r"(?<=[^/])[ _.\-](?:rois?|roi_?set|outlines?|annotations?)$", re.IGNORECASE)


class Paired(NamedTuple):
    """A file and its image; None, and why, when there is none or more than one."""

    name: str
    image_id: uuid.UUID | None
    image_name: str | None
    reason: str | None


async def pair_names(
    session: AsyncSession, project_id: uuid.UUID, names: Sequence[str], image_ids: Sequence[uuid.UUID] | None
) -> list[Paired]:
    """The image that each file's name means.

    Args:
        session: the transaction.
        project_id: whose images.
        names: of files, with their folders.
        image_ids: only these images; None: all that are ready.
    """
    images = await repository.images_by_path(session, project_id, image_ids)
    index = ImageIndex({path: Path(path) for path in images})
    paired: list[Paired] = []
    for name in names:
        try:
            path = index.of_name(_image_name(name))
        except ParameterError as error:
            paired.append(Paired(name, None, None, str(error)))
            continue
        found = [] if path is None else images[path]
        if len(found) == 1:
            paired.append(Paired(name, found[0][0], found[0][1], None))
        elif not found:
            paired.append(Paired(name, None, None, "no image is named like it"))
        else:
            image_names = ", ".join(image_name for _, image_name in found[:4])
            paired.append(Paired(name, None, None, f"several images are named like it: {image_names}"))
    return paired


def _image_name(name: str) -> str:
    """`plate/A01_RoiSet.zip` → `plate/A01`; what is a picture keeps its ending, which `ImageIndex` understands."""
    return name if is_image_path(name) else _SET_ENDING.sub("", _OUTLINES_ENDING.sub("", name))
