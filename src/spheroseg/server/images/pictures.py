"""Bytes of images: the file as uploaded, its thumbnail, display tiles. All by immutable URLs."""

from __future__ import annotations

import hashlib
import math
import re
import uuid
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.responses import StreamingResponse

from spheroseg.errors import ParameterError
from spheroseg.imaging.kinds import suffix_of
from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.services import Services, app_services
from spheroseg.server.compute.requests import TileRequest, View
from spheroseg.server.http.errors import NotFound, Responses, problems
from spheroseg.server.images import repository, service
from spheroseg.server.images.errors import ImageNotReady, NoSuchTile
from spheroseg.server.images.schemas import TileQuery, in_query
from spheroseg.server.resources.db import ReadingDep, commit_early
from spheroseg.server.resources.storage import ObjectMissing
from spheroseg.server.tables.images import File, ImageRow

router = APIRouter(tags=["images"])

FOR_EVER = "private, max-age=31536000, immutable"
_ASK_AGAIN = "private, no-cache"
_TILE_CACHED_S = 24 * 3600.0
_CHANNEL = re.compile(r"(\d{1,3}):(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?):(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?):([0-9a-f]{6})")

_WEBP: Responses = {
    200: {"content": {"image/webp": {}}},
    304: {"description": "You have it already"},
}

_FILE: Responses = {
    200: {"content": {"*/*": {}}},
    206: {"description": "Part of it"},
}

IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]


def thumbnail_key(file_id: uuid.UUID, series: int, axes: str | None) -> str:
    """Where the thumbnail of a file's series lies, read with the axes that a person stated."""
    return f"derived/{file_id}/{series}{f'-{axes}' if axes else ''}/thumbnail.webp"


@router.get(
    "/images/{image_id}/thumbnail",
    responses=_WEBP | problems(NotFound, ImageNotReady),
    openapi_extra=needs("viewer"),
    response_class=Response,
)
async def read_thumbnail(
    image_id: uuid.UUID, request: Request, session: ReadingDep, actor: ActorDep, if_none_match: IfNoneMatch = None
) -> Response:
    """A small picture (WebP, 256 px)."""
    image = await service.require_image(session, actor, image_id, "viewer")
    file = await service.ready_file(session, image)
    tag = f'"{file.sha256.hex()[:32]}-{image.series}-{image.stated_axes or ""}t"'
    if if_none_match == tag:
        return Response(status_code=304, headers={"ETag": tag, "Cache-Control": FOR_EVER})
    await commit_early(session)  # no connection is held while bytes are read
    try:
        data = await app_services(request).storage.get(thumbnail_key(file.id, image.series, image.stated_axes))
    except ObjectMissing:
        raise ImageNotReady("The thumbnail is not there yet") from None
    return Response(data, media_type="image/webp", headers={"ETag": tag, "Cache-Control": FOR_EVER})


@router.get(
    "/images/{image_id}/tiles/{level}/{column}/{row}",
    responses=_WEBP | problems(NotFound, NoSuchTile, ImageNotReady),
    openapi_extra=needs("viewer"),
    response_class=Response,
)
async def read_tile(
    image_id: uuid.UUID,
    level: int,
    column: int,
    row: int,
    *,
    request: Request,
    session: ReadingDep,
    actor: ActorDep,
    query: Annotated[TileQuery, Depends(in_query(TileQuery))],
) -> Response:
    """One tile of 512 px; level 0 is full resolution, each next half of it. With `c` its URL is immutable."""
    image = await service.require_image(session, actor, image_id, "viewer")
    file = await service.ready_file(session, image)
    await commit_early(session)  # no connection is held while pixels are rendered
    tile = TileRequest(
        level=level,
        column=column,
        row=row,
        frame=query.frame,
        z=image.n_slices // 2 if query.z is None else query.z,
        views=_views(image, query.c),
        size_px=512,
        is_raw=query.raw,
    )
    if not tile.lies_in(image.height or 0, image.width or 0):
        raise NoSuchTile
    name = hashlib.sha256(f"{file.id}/{image.series}/{image.stated_axes}/{tile}".encode()).hexdigest()[:32]
    headers = {"ETag": f'"{name}"', "Cache-Control": FOR_EVER if query.c else _ASK_AGAIN}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    data = await _tile(app_services(request), file, image, tile, name)
    return Response(data, media_type="application/octet-stream" if query.raw else "image/webp", headers=headers)


@router.get(
    "/images/{image_id}/file",
    responses=_FILE | problems(NotFound, ImageNotReady),
    openapi_extra=needs("viewer"),
    response_class=StreamingResponse,
)
async def download_file(
    image_id: uuid.UUID,
    request: Request,
    session: ReadingDep,
    actor: ActorDep,
    range_header: Annotated[str | None, Header(alias="Range")] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The file as it was uploaded; understands `Range`."""
    image = await service.require_image(session, actor, image_id, "viewer")
    if image.file_id is None:
        raise ImageNotReady
    file = await repository.get_file(session, image.file_id)
    await commit_early(session)
    headers = {
        "ETag": f'"{file.sha256.hex()}"',
        "Cache-Control": FOR_EVER,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(image.name, safe='')}",
    }
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    storage = app_services(request).storage
    span = _span(range_header, file.size_bytes)
    if span is None:
        headers["Content-Length"] = str(file.size_bytes)
        pieces = await storage.begin_stream(file.storage_key)
        return StreamingResponse(pieces, media_type=file.media_type, headers=headers)
    start, end = span
    if start >= file.size_bytes:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{file.size_bytes}"})
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size_bytes}"
    headers["Content-Length"] = str(end - start)
    pieces = await storage.begin_stream(file.storage_key, start, end)
    return StreamingResponse(pieces, status_code=206, media_type=file.media_type, headers=headers)


def _span(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """(start, end) of a single range, None for the whole file; what we do not understand we may ignore (RFC 9110)."""
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header or "")
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return max(0, size_bytes - int(found[2])), size_bytes
    start = int(found[1])
    end = min(size_bytes, int(found[2]) + 1) if found[2] else size_bytes
    return None if found[2] and int(found[2]) < start else (start, end)


def _views(image: ImageRow, chosen: list[str] | None) -> tuple[View, ...]:
    if chosen is None:
        colours = image.details.get("colours", [])
        return tuple(
            View(channel, low, high, colours[channel] if channel < len(colours) else "ffffff")
            for channel, (low, high) in enumerate(image.display_ranges)
        )
    views = []
    for text in chosen[:16]:
        found = _CHANNEL.fullmatch(text.lower())
        if found is None or int(found[1]) >= image.n_channels:
            raise NoSuchTile(f"{text[:60]} is no channel of this image")
        low, high = float(found[2]), float(found[3])
        if not low <= high:
            raise NoSuchTile("black must not be above white")
        views.append(View(int(found[1]), low, high, found[4]))
    return tuple(views)


async def small_picture(state: Services, file: File, image: ImageRow, frame: int) -> tuple[bytes, int]:
    """A whole frame as WebP of at most 512 px, and how many pixels of the image one of its pixels is."""
    level = max(0, math.ceil(math.log2(max(image.width or 1, image.height or 1) / 512)))
    tile = TileRequest(level, 0, 0, frame, image.n_slices // 2, _views(image, None), 512)
    name = hashlib.sha256(f"{file.id}/{image.series}/{image.stated_axes}/{tile}".encode()).hexdigest()[:32]
    return await _tile(state, file, image, tile, name), 2**level


async def _tile(state: Services, file: File, image: ImageRow, tile: TileRequest, name: str) -> bytes:
    async def render() -> bytes:
        asked = {"key": str(file.id), "series": image.series, "request": tile, "axes": image.stated_axes}
        data: bytes | None = await state.compute.run("render_tile", path=None, **asked)
        if data is None:  # the child does not hold the image: it needs the file
            async with state.storage.as_file(file.storage_key, suffix_of(file.media_type)) as path:
                data = await state.compute.run("render_tile", path=str(path), **asked)
        return data or b""

    try:
        return await state.cache.remember(f"tile/{name}", render, expires_s=_TILE_CACHED_S)
    except ParameterError as error:
        raise NoSuchTile(str(error)) from error
