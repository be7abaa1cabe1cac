"""Queries on images, files and uploads."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    LargeBinary,
    Row,
    Select,
    Uuid,
    and_,
    any_,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.roles import with_role
from spheroseg.server.http.errors import NotFound
from spheroseg.server.images.schemas import ImageSummary
from spheroseg.server.images.segmentation_repository import stands
from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.images import File, Frame, ImageRow
from spheroseg.server.tables.projects import Project
from spheroseg.server.tables.states import ACTIVE

SORTS: dict[str, tuple[InstrumentedAttribute[Any], ...]] = {
    "name": (ImageRow.name_key, ImageRow.id),
    "created": (ImageRow.created_at, ImageRow.id),
    "size": (ImageRow.size_bytes, ImageRow.id),
    "objects": (ImageRow.n_objects, ImageRow.id),
    "well": (ImageRow.plate, ImageRow.well_row, ImageRow.well_column, ImageRow.time_s, ImageRow.id),
}
"""Columns of each order of the list; each has an index."""

LISTED = (
    *(getattr(ImageRow, name) for name in ImageSummary.model_fields),
    *(ImageRow.name_key, ImageRow.well_row, ImageRow.well_column),
)
"""What a list shows of an image and is ordered by: a third of its columns."""
LISTED_NAMES = tuple(column.key for column in LISTED)

MAX_CHANGES = 500


@dataclass(frozen=True, slots=True)
class Listing:
    """Which images, in which order.

    Attributes:
        search: part of the name, any case.
        state: of the image.
        segmentation_state: of its last run.
        well: exact.
        plate: exact.
        is_edited: whether a person corrected outlines.
        review: state of the review.
        flag: one that a shown object or the image has.
        channel: exact.
        time_from_s: not earlier.
        time_to_s: not later.
        in_trash: the trash instead of the list.
        sort: one of `SORTS`.
        descending: last first.
    """

    search: str = ""
    state: str | None = None
    segmentation_state: str | None = None
    well: str | None = None
    plate: str | None = None
    is_edited: bool | None = None
    review: str | None = None
    flag: str | None = None
    channel: str | None = None
    time_from_s: float | None = None
    time_to_s: float | None = None
    in_trash: bool = False
    sort: str = "name"
    descending: bool = False

    @property
    def columns(self) -> tuple[InstrumentedAttribute[Any], ...]:
        """What the list is ordered by."""
        return (ImageRow.deleted_at, ImageRow.id) if self.in_trash else SORTS[self.sort]


def list_statement(project_id: uuid.UUID, listing: Listing, after: Sequence[Any] | None, limit: int) -> Select[Any]:
    """The page of a listing: ids are found in an index of their own, rows are read only for the page."""
    columns = listing.columns
    conditions: list[ColumnElement[bool]] = [
        ImageRow.project_id == project_id,
        ImageRow.deleted_at.is_not(None) if listing.in_trash else ImageRow.deleted_at.is_(None),
    ]
    conditions += filters(listing)
    if after is not None:
        row = tuple_(*columns)
        last = tuple_(*(literal(value, column.type) for value, column in zip(after, columns, strict=True)))
        conditions.append(row < last if listing.descending else row > last)
    order = [column.desc() if listing.descending else column for column in columns]
    page = select(ImageRow.id).where(*conditions).order_by(*order).limit(limit).subquery()
    # plain columns: a page of mapped objects takes three times as long to make
    return select(*LISTED).join(page, ImageRow.id == page.c.id).order_by(*order)


def filters(listing: Listing) -> list[ColumnElement[bool]]:
    """What a listing asks of an image, but for the trash."""
    conditions: list[ColumnElement[bool]] = []
    if listing.search:
        pattern = listing.search.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        conditions.append(ImageRow.name_key.like(f"%{pattern}%"))
    if listing.well is not None:
        conditions.append(and_(*_well_is(listing.well)))
    if listing.flag is not None:
        # said in plain words, so that the planner sees that the index of flagged images holds them all
        conditions += [literal_column("images.flags <> '{}'"), literal(listing.flag) == any_(ImageRow.flags)]
    if listing.time_from_s is not None:
        conditions.append(ImageRow.time_s >= listing.time_from_s)
    if listing.time_to_s is not None:
        conditions += [ImageRow.time_s <= listing.time_to_s, ImageRow.time_s >= 0]
    exact = {
        ImageRow.state: listing.state,
        ImageRow.segmentation_state: listing.segmentation_state,
        ImageRow.plate: listing.plate,
        ImageRow.is_edited: listing.is_edited,
        ImageRow.review: listing.review,
        ImageRow.channel: listing.channel,
    }
    return conditions + [column == value for column, value in exact.items() if value is not None]


def _well_is(well: str) -> tuple[ColumnElement[bool], ...]:
    row, column = well_place(well)
    return (ImageRow.well_row == row, ImageRow.well_column == column)


def well_place(well: str) -> tuple[int, int]:
    """Row and column of a well from 1 (B03 → 2, 3; AA1 → 27, 1); −1, −1 where there is none."""
    letters = "".join(character for character in well.upper() if character.isalpha())
    digits = "".join(character for character in well if character.isdigit())
    if not letters or not digits:
        return -1, -1
    row = 0
    for letter in letters:
        row = row * 26 + ord(letter) - ord("A") + 1
    return row, int(digits)


async def list_images(
    session: AsyncSession, project_id: uuid.UUID, listing: Listing, after: Sequence[Any] | None, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """One page of a project's images, each with its `LISTED` columns."""
    rows: Sequence[Row[*tuple[Any, ...]]] = (
        await session.execute(list_statement(project_id, listing, after, limit))
    ).all()
    return rows


async def get_image(session: AsyncSession, image_id: uuid.UUID, *, for_update: bool = False) -> ImageRow:
    """An image, also from the trash.

    Raises:
        NotFound: there is none.
    """
    row = await session.get(
        ImageRow, image_id, with_for_update=True if for_update else None, populate_existing=for_update
    )
    if row is None:
        raise NotFound
    return row


async def image_for(
    session: AsyncSession, actor: Actor, image_id: uuid.UUID, *, for_update: bool = False
) -> Row[*tuple[Any, ...]] | None:
    """(ImageRow, SHA-256 of the file or None, role of the actor, pixel size and region of the project).

    None when the actor may not know of the image.
    """
    statement = with_role(
        select(ImageRow, File.sha256).outerjoin(File, File.id == ImageRow.file_id), ImageRow.project_id, actor
    ).where(ImageRow.id == image_id)
    statement = statement.add_columns(Project.pixel_size_um.label("project_pixel_size_um"), Project.region)
    if for_update:
        statement = statement.with_for_update(of=ImageRow).execution_options(populate_existing=True)
    row: Row[*tuple[Any, ...]] | None = (await session.execute(statement)).one_or_none()
    return row


async def project_of_image(session: AsyncSession, image_id: uuid.UUID) -> uuid.UUID:
    """The project of an image.

    Raises:
        NotFound: there is no such image.
    """
    project_id = await session.scalar(select(ImageRow.project_id).where(ImageRow.id == image_id))
    if project_id is None:
        raise NotFound
    return project_id


async def get_file(session: AsyncSession, file_id: uuid.UUID) -> File:
    """A file.

    Raises:
        NotFound: there is none.
    """
    row = await session.get(File, file_id)
    if row is None:
        raise NotFound
    return row


async def frames_of(session: AsyncSession, image_id: uuid.UUID) -> list[Frame]:
    """The frames of an image, in order."""
    return list(await session.scalars(select(Frame).where(Frame.image_id == image_id).order_by(Frame.frame)))


async def add_file(session: AsyncSession, file: File) -> File:
    """Keep one file, see `add_files`."""
    return (await add_files(session, [file]))[file.sha256]


async def add_files(session: AsyncSession, files: Sequence[File]) -> dict[bytes, File]:
    """Keep files, or find those with the same content.

    Returns:
        By SHA-256 the row that stands for the content: the given one, or an older one. They are locked against removal
        until the transaction ends.
    """
    found: dict[bytes, File] = {}
    # always in the same order: of two transactions with the same files, one waits for the other and not both
    missing = {file.sha256: file for file in sorted(files, key=lambda file: file.sha256)}
    while missing:  # once, unless one is swept between the two statements
        now = utc_now()
        values = [
            {
                "id": file.id,
                "sha256": file.sha256,
                "size_bytes": file.size_bytes,
                "storage_key": file.storage_key,
                "media_type": file.media_type,
                "created_at": now,
            }
            for file in missing.values()
        ]
        await session.execute(insert(File).values(values).on_conflict_do_nothing(index_elements=[File.sha256]))
        rows = await session.scalars(
            select(File)
            .where(File.sha256 == func.any(literal(list(missing), ARRAY(LargeBinary))))
            .order_by(File.sha256)
            .with_for_update(key_share=True)
        )
        found |= {row.sha256: row for row in rows}
        missing = {sha256: file for sha256, file in missing.items() if sha256 not in found}
    return found


async def same_images(
    session: AsyncSession, project_id: uuid.UUID, file_ids: Sequence[uuid.UUID]
) -> dict[tuple[uuid.UUID, str], ImageRow]:
    """The project's images of some files that are not in the trash, by file and lower-case name; the oldest of each."""
    if not file_ids:
        return {}
    rows = await session.scalars(
        select(ImageRow)
        .where(
            ImageRow.project_id == project_id,
            ImageRow.file_id == func.any(literal(list(file_ids), ARRAY(Uuid))),
            ImageRow.series == 0,
            ImageRow.deleted_at.is_(None),
        )
        .order_by(ImageRow.created_at.desc())
    )
    found: dict[tuple[uuid.UUID, str], ImageRow] = {}
    for row in rows:
        if row.file_id is not None:
            found[row.file_id, row.name_key] = row
    return found


async def uploaded_before(session: AsyncSession, user_id: uuid.UUID, key: str) -> dict[int, ImageRow]:
    """The images that the same request made when it was sent before, by place."""
    rows = await session.scalars(
        select(ImageRow).where(ImageRow.uploaded_by == user_id, ImageRow.idempotency_key == key, ImageRow.series == 0)
    )
    return {row.idempotency_part: row for row in rows}


async def set_deleted(
    session: AsyncSession, project_id: uuid.UUID, image_ids: Sequence[uuid.UUID] | None, *, is_deleted: bool
) -> int:
    """Move images into or out of the trash; returns how many were not there already."""
    conditions = [
        ImageRow.project_id == project_id,
        ImageRow.deleted_at.is_(None) if is_deleted else ImageRow.deleted_at.is_not(None),
    ]
    if image_ids is not None:
        conditions.append(ImageRow.id.in_(image_ids))
    values: dict[str, object] = {"deleted_at": utc_now() if is_deleted else None, "version": ImageRow.version + 1}
    if not is_deleted:  # a run may have passed it by meanwhile: then nothing is waited for any more
        is_waiting = ImageRow.segmentation_state.in_(ACTIVE)
        values["segmentation_state"] = case((is_waiting, stands()), else_=ImageRow.segmentation_state)
    result = await session.execute(update(ImageRow).where(*conditions).values(**values))
    return int(result.rowcount)  # type: ignore[attr-defined]  # a CursorResult, as for every UPDATE


async def summary(session: AsyncSession, project_id: uuid.UUID) -> list[Any]:
    """Counts over a project by state, state of segmentation and trash."""
    rows = await session.execute(
        select(
            ImageRow.state,
            ImageRow.segmentation_state,
            ImageRow.review,
            ImageRow.deleted_at.is_not(None).label("is_deleted"),
            func.sum(ImageRow.n_unreviewed).label("n_unreviewed"),
            func.count().label("n_images"),
            func.sum(ImageRow.n_objects).label("n_objects"),
            func.count().filter(ImageRow.is_edited).label("n_edited"),
            func.sum(ImageRow.size_bytes).label("size_bytes"),
        )
        .where(ImageRow.project_id == project_id)
        .group_by(ImageRow.state, ImageRow.segmentation_state, ImageRow.review, ImageRow.deleted_at.is_not(None))
    )
    return list(rows.all())


async def count_images(session: AsyncSession, project_id: uuid.UUID) -> int:
    """How many images a project has, without those in the trash."""
    counted = select(func.count()).where(ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None))
    return int(await session.scalar(counted) or 0)


async def changes(
    session: AsyncSession, project_id: uuid.UUID, since: int, after: uuid.UUID | None
) -> tuple[list[ImageRow], int]:
    """Images changed by transactions that were not over at an earlier moment.

    `changed` is the number of the transaction that changed a row. A moment is the lowest number that was still
    running then: everything below was over and has been seen, everything from there on is told (again). So nothing
    is missed however transactions overlap, which clock times and sequences cannot promise.

    Args:
        session: the transaction.
        project_id: of the images.
        since: the moment up to which all has been seen; 0 for everything.
        after: goes on behind this image of the same moment.

    Returns:
        Up to `MAX_CHANGES` images by (changed, id), and the present moment.
    """
    moment = await session.scalar(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))
    place = (
        ImageRow.changed >= since
        if after is None
        else or_(ImageRow.changed > since, and_(ImageRow.changed == since, ImageRow.id > after))
    )
    rows = await session.scalars(
        select(ImageRow)
        .where(ImageRow.project_id == project_id, ImageRow.changed >= since, place)
        .order_by(ImageRow.changed, ImageRow.id)
        .limit(MAX_CHANGES)
    )
    return list(rows), int(moment or 0)


async def set_file(session: AsyncSession, image_id: uuid.UUID, file: File) -> None:
    """Say in which file an image lies."""
    await session.execute(
        update(ImageRow).where(ImageRow.id == image_id).values(file_id=file.id, media_type=file.media_type)
    )
