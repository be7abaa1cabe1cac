"""Images of a project: upload by form, list, correct, trash. Pictures and resumable uploads have files of their own."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response, status
from pydantic import TypeAdapter

from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.roles import require
from spheroseg.server.access.services import app_services
from spheroseg.server.http.errors import Conflict, NotFound, PreconditionFailed, PreconditionRequired, problems
from spheroseg.server.http.etag import IfMatch, etag, match_version
from spheroseg.server.http.pagination import Page, PageQuery, decode_cursor, page_of
from spheroseg.server.images import acquisition_repository, changes, repository, segmentation_repository, service
from spheroseg.server.images.errors import InvalidPattern
from spheroseg.server.images.repository import Listing
from spheroseg.server.images.schemas import (
    Acquisition,
    Affected,
    Changes,
    FrameOut,
    ImageChange,
    ImageDetail,
    ImagesChange,
    ImageSummary,
    ListQuery,
    NamePattern,
    NameReading,
    ProjectSummary,
    Selection,
    in_query,
)
from spheroseg.server.resources.db import ReadingDep, SessionDep

router = APIRouter(tags=["images"])

_SUMMARIES = TypeAdapter(list[ImageSummary])


@router.get("/projects/{project_id}/images", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def list_images(
    project_id: uuid.UUID,
    session: ReadingDep,
    actor: ActorDep,
    page: PageQuery,
    wanted: Annotated[ListQuery, Depends(in_query(ListQuery))],
) -> Page[ImageSummary]:
    """Images of a project, a page at a time."""
    await require(session, actor, project_id, "viewer")
    listing = Listing(
        search=wanted.search.replace("\0", ""),
        state=wanted.state,
        segmentation_state=wanted.segmentation,
        well=wanted.well,
        plate=None if wanted.plate is None else wanted.plate.replace("\0", ""),
        is_edited=wanted.edited,
        review=wanted.review,
        flag=wanted.flag,
        channel=None if wanted.channel is None else wanted.channel.replace("\0", ""),
        time_from_s=wanted.time_from_s,
        time_to_s=wanted.time_to_s,
        in_trash=wanted.trash,
        sort=wanted.sort,
        descending=wanted.descending,
    )
    kinds = [column.type.python_type for column in listing.columns]
    after = decode_cursor(page.cursor, *kinds)
    rows = await repository.list_images(session, project_id, listing, after, page.limit + 1)
    rows, cursor = page_of(rows, page.limit, lambda row: [getattr(row, column.key) for column in listing.columns])
    items = [dict(zip(repository.LISTED_NAMES, row, strict=True)) for row in rows]
    return Page(items=_SUMMARIES.validate_python(items), next_cursor=cursor)


@router.get("/projects/{project_id}/summary", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def read_summary(project_id: uuid.UUID, request: Request, session: ReadingDep, actor: ActorDep) -> ProjectSummary:
    """Counts over a project's images."""
    await require(session, actor, project_id, "viewer")

    async def count() -> bytes:
        rows = await repository.summary(session, project_id)
        live = [row for row in rows if not row.is_deleted]
        by_state: Counter[str] = Counter()
        by_segmentation: Counter[str] = Counter()
        by_review: Counter[str] = Counter()
        for row in live:
            by_state[row.state] += row.n_images
            by_segmentation[row.segmentation_state] += row.n_images
            by_review[row.review] += row.n_images
        found = ProjectSummary(
            n_images=sum(row.n_images for row in live),
            n_objects=sum(row.n_objects or 0 for row in live),
            n_edited=sum(row.n_edited for row in live),
            n_deleted=sum(row.n_images for row in rows if row.is_deleted),
            size_bytes=sum(int(row.size_bytes or 0) for row in live),
            by_state=by_state,
            by_segmentation_state=by_segmentation,
            by_review_state=by_review,
            n_unreviewed_frames=sum(row.n_unreviewed for row in live),
            n_measuring=await segmentation_repository.count_measuring(session, project_id),
        )
        return found.model_dump_json().encode()

    cache = app_services(request).cache
    answer = await cache.remember(f"summary/{project_id}", count, expires_s=30, scope=str(project_id))
    return ProjectSummary.model_validate_json(answer)


@router.get("/projects/{project_id}/acquisition", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def read_acquisition(project_id: uuid.UUID, session: ReadingDep, actor: ActorDep) -> Acquisition:
    """Channels, slices and times of a project's images, to choose what a run looks at."""
    await require(session, actor, project_id, "viewer")
    counted = await acquisition_repository.acquisition(session, project_id)
    names = await acquisition_repository.channel_names(session, project_id, counted.n_channels)
    return Acquisition(
        n_channels=counted.n_channels,
        channel_names=names,
        n_slices=counted.n_slices,
        n_frames=counted.n_frames,
        pixel_sizes_um=await acquisition_repository.pixel_sizes(session, project_id),
        n_unsized=counted.n_unsized,
    )


@router.get("/projects/{project_id}/changes", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def read_changes(
    project_id: uuid.UUID,
    session: ReadingDep,
    actor: ActorDep,
    since: Annotated[str, Query(max_length=100, description="`since` of the last answer; empty: everything")] = "",
) -> Changes:
    """What changed while nobody listened; after a reconnect this makes the page current again."""
    await require(session, actor, project_id, "viewer")
    changed, after, first_moment = _moment(since)
    rows, moment = await repository.changes(session, project_id, changed, after)
    # what was running at the first page of several may end behind it: only that moment is safe to go on from
    moment = moment if first_moment is None else first_moment
    is_complete = len(rows) < repository.MAX_CHANGES
    return Changes(
        images=[ImageSummary.model_validate(row) for row in rows if row.deleted_at is None],
        removed=[row.id for row in rows if row.deleted_at is not None],
        since=str(moment) if is_complete else f"{rows[-1].changed}_{rows[-1].id}_{moment}",
        is_complete=is_complete,
    )


def _moment(since: str) -> tuple[int, uuid.UUID | None, int | None]:
    """(changed, image, moment of the first page) of a token; a token that we did not make means everything."""
    parts = since.split("_")
    try:
        numbers = [int(parts[0]), int(parts[-1])]
        if any(not 0 <= number < 2**63 for number in numbers):
            return 0, None, None
        return (numbers[0], uuid.UUID(parts[1]), numbers[1]) if len(parts) == 3 else (numbers[0], None, None)
    except (ValueError, IndexError):
        return 0, None, None


@router.post("/projects/{project_id}/images/change", responses=problems(NotFound), openapi_extra=needs("editor"))
async def change_images(project_id: uuid.UUID, wanted: ImagesChange, session: SessionDep, actor: ActorDep) -> Affected:
    """Correct plate, well, time, pixel size or channels of many images at once."""
    await require(session, actor, project_id, "editor")
    n_images = await changes.change_many(session, actor, project_id, wanted.image_ids, wanted.change)
    return Affected(n_images=n_images)


@router.post("/projects/{project_id}/images/trash", responses=problems(NotFound), openapi_extra=needs("editor"))
async def trash_images(project_id: uuid.UUID, selection: Selection, session: SessionDep, actor: ActorDep) -> Affected:
    """Throw images away; they can be taken back as long as the service keeps its trash (`trash_days`)."""
    await require(session, actor, project_id, "editor")
    n_images = await service.move_to_trash(session, actor, project_id, selection.image_ids, is_deleted=True)
    return Affected(n_images=n_images)


@router.post("/projects/{project_id}/images/restore", responses=problems(NotFound), openapi_extra=needs("editor"))
async def restore_images(project_id: uuid.UUID, selection: Selection, session: SessionDep, actor: ActorDep) -> Affected:
    """Take images back from the trash."""
    await require(session, actor, project_id, "editor")
    n_images = await service.move_to_trash(session, actor, project_id, selection.image_ids, is_deleted=False)
    return Affected(n_images=n_images)


@router.post(
    "/projects/{project_id}/names/preview",
    responses=problems(NotFound, InvalidPattern),
    openapi_extra=needs("viewer"),
)
async def preview_names(
    project_id: uuid.UUID, pattern: NamePattern, request: Request, session: SessionDep, actor: ActorDep
) -> list[NameReading]:
    """What a pattern would read out of the names of the project's first images; nothing is changed."""
    await require(session, actor, project_id, "viewer")
    rows = await repository.list_images(session, project_id, Listing(), None, 50)
    read = await service.read_names(app_services(request).compute, [row.name for row in rows], pattern.pattern)
    return [NameReading.model_validate({"name": row.name, **one}) for row, one in zip(rows, read, strict=True)]


@router.post(
    "/projects/{project_id}/names", responses=problems(NotFound, InvalidPattern), openapi_extra=needs("editor")
)
async def apply_names(
    project_id: uuid.UUID, pattern: NamePattern, request: Request, session: SessionDep, actor: ActorDep
) -> Affected:
    """Read the names of all images with a pattern and keep what was read; a worker does it."""
    project = await require(session, actor, project_id, "editor")
    n_images = await service.apply_pattern(session, actor, project, app_services(request).compute, pattern.pattern)
    return Affected(n_images=n_images)


@router.get("/images/{image_id}", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def read_image(image_id: uuid.UUID, response: Response, session: ReadingDep, actor: ActorDep) -> ImageDetail:
    """Everything known about an image."""
    access = await service.require_access(session, actor, image_id, "viewer")
    response.headers["ETag"] = etag(access.image.version)
    return access.detail()


@router.get("/images/{image_id}/frames", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def list_frames(image_id: uuid.UUID, session: ReadingDep, actor: ActorDep) -> list[FrameOut]:
    """The time points of an image and which version of the outlines each shows."""
    await service.require_image(session, actor, image_id, "viewer")
    return [FrameOut.model_validate(frame) for frame in await repository.frames_of(session, image_id)]


@router.patch(
    "/images/{image_id}",
    responses=problems(NotFound, PreconditionFailed, PreconditionRequired),
    openapi_extra=needs("editor"),
)
async def change_image(
    image_id: uuid.UUID,
    wanted: ImageChange,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    if_match: IfMatch = None,
) -> ImageDetail:
    """Correct name, well, time or pixel size. What the change makes untrue is measured again."""
    access = await service.require_access(session, actor, image_id, "editor", for_update=True)
    match_version(if_match, access.image.version)
    await changes.change(session, actor, access.image, wanted)
    response.headers["ETag"] = etag(access.image.version)
    return access.detail()


@router.delete(
    "/images/{image_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(NotFound, Conflict),
    openapi_extra=needs("editor"),
)
async def delete_image(
    image_id: uuid.UUID,
    session: SessionDep,
    actor: ActorDep,
    forever: Annotated[bool, Query(description="Out of the trash, for good")] = False,
) -> None:
    """Throw an image away; with `forever` remove one that lies in the trash already."""
    image = await service.require_image(session, actor, image_id, "editor", for_update=True)
    if not forever:
        await service.move_to_trash(session, actor, image.project_id, [image.id], is_deleted=True)
    elif image.deleted_at is None:
        raise Conflict("Only an image in the trash can be removed for good")
    else:
        await service.delete_forever(session, actor, image)
