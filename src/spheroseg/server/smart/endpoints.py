"""Smart tools: a person points, the model outlines what is there. Nothing is stored; what is wanted is added by an edit."""

from __future__ import annotations

import base64
import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from spheroseg.imaging.kinds import suffix_of
from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.rate_limit import limit
from spheroseg.server.access.roles import require
from spheroseg.server.access.services import app_services
from spheroseg.server.compute.requests import FrameJob, Pointed
from spheroseg.server.http.errors import NotFound, problems
from spheroseg.server.images import service as images
from spheroseg.server.images.errors import ImageNotReady
from spheroseg.server.images.pixel_size import resolve
from spheroseg.server.models import service as models
from spheroseg.server.models.errors import UnknownModel
from spheroseg.server.resources.db import SessionDep, commit_early
from spheroseg.server.tables.images import Frame

router = APIRouter(tags=["objects"])

Coordinate = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


class SmartRequest(BaseModel):
    """A point or a box, and how to look at it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"point": [512.0, 384.0]}, {"box": [100, 100, 300, 280]}]}
    )

    point: tuple[Coordinate, Coordinate] | None = Field(default=None, description="x, y in pixels")
    box: tuple[Coordinate, Coordinate, Coordinate, Coordinate] | None = Field(
        default=None, description="x0, y0, x1, y1 in pixels"
    )
    diameter_px: Annotated[float, Field(ge=2, le=1e5, allow_inf_nan=False)] | None = Field(
        default=None, description="Typical diameter of the objects; null: from the box, or estimated around the point"
    )
    threshold: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description="Probability above which a pixel belongs to an object; null: the model's own"
    )
    model: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="null: the project's or the installation's default"
    )
    channel: Annotated[int, Field(ge=0, le=1000)] | None = None
    z: Annotated[int, Field(ge=0, le=100_000)] | Literal["sharpest", "max", "mean"] = "sharpest"

    @model_validator(mode="after")
    def _one_place(self) -> SmartRequest:
        if (self.point is None) == (self.box is None):
            raise ValueError("give a point or a box")
        if self.box is not None and (self.box[2] - self.box[0] < 4 or self.box[3] - self.box[1] < 4):
            raise ValueError(
                "a box has at least 4 px in width and height, from its upper left to its lower right corner"
            )
        return self


class SmartObject(BaseModel):
    """An outline that the model offers."""

    polygons: str = Field(description="Base64 of the compact outline, see docs/reference/outlines.md")
    class_name: str
    confidence: float
    area_px: int


class SmartAnswer(BaseModel):
    """What the model sees there, and how it looked."""

    objects: list[SmartObject]
    threshold: float
    diameter_px: float
    model: str
    window: tuple[int, int, int, int] = Field(description="x0, y0, x1, y1 of the part of the image that was looked at")


@router.post(
    "/images/{image_id}/frames/{frame}/smart",
    responses=problems(NotFound, ImageNotReady, UnknownModel),
    openapi_extra=needs("editor"),
    dependencies=[Depends(limit("smart", "300/minute"))],
)
async def outline_there(
    image_id: uuid.UUID, frame: int, wanted: SmartRequest, request: Request, session: SessionDep, actor: ActorDep
) -> SmartAnswer:
    """Outline the object at a point, or those of which the greater part lies in a box. Nothing is stored.

    The same place again with another threshold is answered without a new inference.
    """
    image = await images.require_image(session, actor, image_id, "editor")
    access = await require(session, actor, image.project_id, "editor")
    file = await images.ready_file(session, image)
    if not 0 <= frame < 2**31 or await session.get(Frame, (image.id, frame)) is None:
        raise NotFound
    preferred = access.project.preferences.get("model")
    model = await models.chosen(session, wanted.model or (preferred if isinstance(preferred, str) else None))
    pixel_size = resolve(image, access.project.pixel_size_um)
    job = FrameJob(
        model_name=model.name,
        parameters={"channel": wanted.channel, "z": wanted.z},
        series=image.series,
        frame=frame,
        pixel_size_um=None if pixel_size is None else pixel_size.yx,
        region=access.project.region,
        axes=image.stated_axes,
    )
    pointed = Pointed(wanted.point, wanted.box, wanted.diameter_px, wanted.threshold)
    await commit_early(session)  # no connection is held while pixels are looked at
    state = app_services(request)
    arguments = {"file_key": str(file.id), "job": job, "pointed": pointed}
    answer = await state.compute.run("smart_objects", path=None, **arguments)
    if answer is None:
        async with state.storage.as_file(file.storage_key, suffix_of(file.media_type)) as path:
            answer = await state.compute.run("smart_objects", path=str(path), **arguments)
    objects = [
        SmartObject(**one | {"polygons": base64.b64encode(one["polygons"]).decode("ascii")})
        for one in answer["objects"]
    ]
    return SmartAnswer(**answer | {"objects": objects, "model": model.name})
