"""Outlines of many images at once, as rough as thumbnails need them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.roles import require
from spheroseg.server.access.services import app_services
from spheroseg.server.compute import outlines
from spheroseg.server.compute.outlines import MEDIA_TYPE, Outline, frame_bytes
from spheroseg.server.http.errors import NotFound, Responses, problems
from spheroseg.server.resources.db import ReadingDep
from spheroseg.server.results import repository

router = APIRouter(tags=["objects"])

_BINARY: Responses = {200: {"content": {MEDIA_TYPE: {}}}}
_MAX_IMAGES = 200
_MOST_OBJECTS = 300
"""Of an image the largest objects: more cannot be told apart in a thumbnail."""
_CACHED_S = 24 * 3600.0


@router.get(
    "/projects/{project_id}/outlines",
    responses=_BINARY | problems(NotFound),
    openapi_extra=needs("viewer"),
    response_class=Response,
)
async def read_sketches(
    project_id: uuid.UUID,
    *,
    request: Request,
    session: ReadingDep,
    actor: ActorDep,
    image_ids: Annotated[list[uuid.UUID], Query(min_length=1, max_length=_MAX_IMAGES)],
    max_vertices: Annotated[int, Query(ge=4, le=64)] = 16,
) -> Response:
    """The outlines that the first frames of some images show, to be drawn on thumbnails, in one answer.

    For each image that shows outlines a block: its length in bytes (uint32, little-endian), then outlines as those of a
    result (docs/reference/outlines.md), whose header says `image_id`, `result_id`, `version`, `frame` and `n_objects`.
    Of each image the largest 300 objects, without holes, in whole pixels, with at most `max_vertices` vertices each.
    """
    await require(session, actor, project_id, "viewer")
    shown = await repository.shown_first_frames(session, project_id, image_ids)
    cache = app_services(request).cache
    keys = {row.result_id: f"sketch/{row.result_id}/{row.version}/{max_vertices}" for row in shown}
    cached = dict(zip(keys, await asyncio.gather(*(cache.get(key) for key in keys.values())), strict=True))
    missing = [row for row in shown if cached[row.result_id] is None]
    by_result: dict[uuid.UUID, list[Any]] = {row.result_id: [] for row in missing}
    if missing:
        for one in await repository.largest_objects(session, project_id, list(by_result), _MOST_OBJECTS):
            by_result[one.result_id].append(one)
    for row in missing:
        about = {
            "image_id": str(row.image_id),
            "result_id": str(row.result_id),
            "version": row.version,
            "frame": row.frame,
            "n_objects": row.n_objects,
        }
        # each image at a time in a thread: other requests go on meanwhile
        block = await asyncio.to_thread(_block, by_result[row.result_id], about, max_vertices)
        cached[row.result_id] = block
        await cache.set(keys[row.result_id], block, expires_s=_CACHED_S)
    blocks = [block for row in shown if (block := cached[row.result_id]) is not None]
    data = b"".join(part for block in blocks for part in (len(block).to_bytes(4, "little"), block))
    return Response(data, media_type=MEDIA_TYPE, headers={"Cache-Control": "private, no-cache"})


def _block(rows: Sequence[Any], about: Mapping[str, object], max_vertices: int) -> bytes:
    return frame_bytes(
        [
            Outline(
                row.number,
                row.class_name,
                row.confidence,
                row.flags,
                row.source == "person",
                sketch(row.polygons, max_vertices),
            )
            for row in rows
        ],
        about,
    )


def sketch(polygons: bytes, max_vertices: int) -> bytes:
    """An object's outline without holes, in whole pixels, each part with so many vertices at most, evenly chosen."""
    parts = []
    for part in outlines.decode(polygons):
        ring = part[0]
        if len(ring) > max_vertices:
            ring = ring[np.arange(max_vertices) * len(ring) // max_vertices]
        parts.append([np.rint(ring)])
    return outlines.encode(parts)
