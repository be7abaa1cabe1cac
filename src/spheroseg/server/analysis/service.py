"""Layouts are stored, and conclusions drawn from what a project shows at the moment; the work is done in a compute child."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict
from typing import Any

import structlog
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.errors import SpheroSegError
from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.repository import names_of_users
from spheroseg.server.access.services import Services
from spheroseg.server.analysis import conclusions, repository, sizes_repository
from spheroseg.server.analysis.errors import InvalidLayout, NotAnalysable
from spheroseg.server.analysis.schemas import (
    AnalysisView,
    CompoundReview,
    Exclusion,
    LayoutInput,
    LayoutOut,
    LayoutText,
    LayoutWell,
    Link,
    ReviewByInfluence,
    ReviewStep,
)
from spheroseg.server.compute.answer import Answer
from spheroseg.server.compute.conclusions import Draft, LayoutChecked, LayoutRead, Picture, Refusal, TracksMade
from spheroseg.server.http.etag import match_version
from spheroseg.server.images import service as images
from spheroseg.server.images.pictures import small_picture
from spheroseg.server.resources.db import commit_early, utc_now
from spheroseg.server.resources.emit import emit
from spheroseg.server.resources.event import Event
from spheroseg.server.tables.analysis import PlateLayout
from spheroseg.server.tables.json_columns import ExclusionRow, LayoutRow, LinkRow

_MOST_CARDS = 20
FRAMES_OF_A_LOOK = 1_000
"""Summed up before an answer that may be partial: less than a second's work."""
log = structlog.get_logger()


async def read_layout(session: AsyncSession, services: Services, project_id: uuid.UUID) -> LayoutOut:
    """The layout, empty at version 0 where there is none."""
    layout = await repository.find_layout(session, project_id)
    if layout is None:
        return LayoutOut(wells=[], exclusions=[], links=[], notes=[], version=0)
    notes = (await _checked(services, layout.wells))["notes"]
    return await _layout_out(session, layout, notes)


async def _layout_out(session: AsyncSession, layout: PlateLayout, notes: list[str]) -> LayoutOut:
    people = await names_of_users(session, {uuid.UUID(e["by"]) for e in layout.exclusions if e.get("by")})
    exclusions = [
        Exclusion(
            plate=e["plate"], well=e["well"], time_h=e["time_h"], reason=e["reason"], excluded_at=e.get("at"),
            excluded_by=people.get(uuid.UUID(e["by"]), "") if e.get("by") else "",
        )
        for e in layout.exclusions
    ]  # fmt: skip
    wells = [LayoutWell(**well) for well in layout.wells]
    links = [Link(**link) for link in layout.links]
    return LayoutOut(wells=wells, exclusions=exclusions, links=links, notes=notes, version=layout.version)


async def keep_layout(
    session: AsyncSession,
    services: Services,
    actor: Actor,
    project_id: uuid.UUID,
    wanted: LayoutInput,
    if_match: str | None,
) -> LayoutOut:
    """Keep a layout and what is left out; every change is in the audit log.

    Raises:
        InvalidLayout: a well, dose, unit, control or link makes no sense; the detail names it.
        PreconditionFailed: somebody else changed it meanwhile.
    """
    wells = [well.model_dump() for well in wanted.wells]
    asked = [ExclusionRow(plate=e.plate, well=e.well, time_h=e.time_h, reason=e.reason) for e in wanted.exclusions]
    links = None if wanted.links is None else [LinkRow(**link.model_dump()) for link in wanted.links]  # type: ignore[typeddict-item]
    await commit_early(session)  # no connection and no lock is held while a child starts and checks
    checked = await _checked(services, wells, asked, links)
    layout = await repository.find_layout(session, project_id, for_update=True)
    match_version(if_match, 0 if layout is None else layout.version)
    before = [] if layout is None else list(layout.exclusions)
    exclusions = _signed(await _placed(session, project_id, checked["exclusions"]), before, actor)
    if layout is None:
        layout = PlateLayout(project_id=project_id, version=0)
        session.add(layout)
    links_before = list(layout.links or [])
    layout.wells, layout.exclusions = wells, exclusions
    layout.links = links_before if links is None else checked["links"]
    layout.version += 1
    await session.flush()
    details: dict[str, object] = {
        "wells": len(wells),
        "left_out": [e for e in exclusions if e not in before],
        "taken_back": [e for e in before if e not in exclusions],
        "linked": [link for link in layout.links if link not in links_before],
        "unlinked": [link for link in links_before if link not in layout.links],
    }
    await record(
        session,
        actor,
        "layout.change",
        subject_type="project",
        subject_id=project_id,
        project_id=project_id,
        details=details,
    )
    payload: Event = {
        "type": "layout.changed",
        "id": str(project_id),
        "project_id": str(project_id),
        "version": layout.version,
    }
    await emit(session, f"project:{project_id}", payload)
    return await _layout_out(session, layout, checked["notes"])


async def _placed(session: AsyncSession, project_id: uuid.UUID, exclusions: list[ExclusionRow]) -> list[ExclusionRow]:
    """The exclusions, each with the plate that it means; of several plates nobody guesses one.

    Raises:
        InvalidLayout: an exclusion names no plate and several have images of its well.
    """
    plates = await repository.plates_of(session, project_id, {e["well"] for e in exclusions if not e["plate"]})
    placed = []
    for exclusion in exclusions:
        found = plates.get(exclusion["well"], []) if not exclusion["plate"] else []
        if len(found) > 1 and "" not in found:
            raise InvalidLayout(
                f"The exclusion of {exclusion['well']} names no plate, and {', '.join(found)} have this well"
            )
        placed.append(exclusion | ({"plate": found[0]} if len(found) == 1 else {}))
    return placed


def _signed(exclusions: list[ExclusionRow], before: list[ExclusionRow], actor: Actor) -> list[ExclusionRow]:
    """Each exclusion once, with who did it and when: as it was said before, else by this person now."""
    signatures = {_place(e): (e.get("by"), e.get("at")) for e in before}
    new = (str(actor.user_id), utc_now().isoformat())
    signed: dict[tuple[str, str, float | None], ExclusionRow] = {}
    for exclusion in exclusions:
        by, at = signatures.get(_place(exclusion), new)
        signed[_place(exclusion)] = {**exclusion, "by": by, "at": at}
    return list(signed.values())


def _place(exclusion: ExclusionRow) -> tuple[str, str, float | None]:
    return exclusion["plate"], exclusion["well"], exclusion["time_h"]


async def layout_of_text(services: Services, wanted: LayoutText) -> LayoutOut:
    """What a pasted table or a file says, not stored yet.

    Raises:
        InvalidLayout: it makes no layout.
    """
    answer: LayoutRead | Refusal = await services.compute.run("read_layout", text=wanted.text, suffix=wanted.format)
    if "error" in answer:
        raise InvalidLayout(answer["error"])
    return LayoutOut(
        wells=[LayoutWell(**well) for well in answer["wells"]],
        exclusions=[],
        links=[],
        notes=answer["notes"],
        version=0,
    )


async def _checked(
    services: Services,
    wells: list[LayoutRow],
    exclusions: list[ExclusionRow] | None = None,
    links: list[LinkRow] | None = None,
) -> LayoutChecked:
    if not wells and not exclusions and not links:
        return {"notes": [], "exclusions": [], "links": []}
    given = {"wells": wells, "exclusions": exclusions or [], "links": links or []}
    answer: LayoutChecked | Refusal = await services.compute.run("check_layout", **given)
    if "error" in answer:
        raise InvalidLayout(answer["error"])
    return answer


async def tracks(
    session: AsyncSession, services: Services, project_id: uuid.UUID, view: AnalysisView, place: tuple[str, str]
) -> bytes:
    """The objects of a (plate, well) over time (`schemas.WellTracks`), as they were linked and as people corrected that.

    Raises:
        NotAnalysable: there are none to follow, for the reason that the detail names.
    """
    plate, well = place
    layout = await repository.find_layout(session, project_id)
    links = (
        []
        if layout is None
        else [link for link in layout.links if link["well"] == well and link["plate"] in {"", plate}]
    )
    objects = await repository.sizes(session, project_id, place)
    await commit_early(session)  # no connection is held while the child works
    answer: TracksMade | Refusal = await services.compute.run("tracks", objects=objects, links=links, view=asdict(view))
    if "error" in answer:
        raise NotAnalysable(answer["error"])
    return answer["json"]


async def review_order(
    session: AsyncSession, services: Services, project_id: uuid.UUID, view: AnalysisView, *, most: int
) -> ReviewByInfluence:
    """The frames by how far their outlines can move an IC50, and when looking at more of them changes nothing.

    Raises:
        NotAnalysable: there are no conclusions that anything could move.
    """
    answer, _ = await conclusions.conclude(session, services, project_id, view, parts=("review_order",))
    compounds = [CompoundReview(**_named(row, CompoundReview)) for row in _rows(answer, "dose_response")]
    rows = _rows(answer, "review_order")
    steps = []
    for row in rows[:most]:
        image_id, _, frame = row["image"].rpartition("/")
        steps.append(ReviewStep(image_id=uuid.UUID(image_id), frame=int(frame), **_named(row, ReviewStep)))
    known = [each.can_change for each in compounds if each.can_change is not None]
    return ReviewByInfluence(
        can_change=any(known) if known else None, compounds=compounds, steps=steps, n_steps=len(rows)
    )


def _rows(answer: Answer, name: str) -> list[dict[str, Any]]:
    table = json.loads(answer.part(name)) if name in answer else {"columns": [], "rows": []}
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def _named(row: dict[str, Any], kind: type[BaseModel]) -> dict[str, Any]:
    """What of a table's row the model has."""
    row = row | ({"can_change": row["review_can_change"]} if "review_can_change" in row else {})
    return {name: row[name] for name in kind.model_fields if name in row}


async def report(
    session: AsyncSession, services: Services, project_id: uuid.UUID, view: AnalysisView, *, title: str, form: str
) -> bytes:
    """The report as "html" or "pdf", or as "zip" with tables and plots: what the command line writes.

    Raises:
        NotAnalysable: there is nothing to report, for the reason that the detail names.
    """
    cards = await repository.run_cards(session, project_id, _MOST_CARDS)
    state = await sizes_repository.state(session, project_id)
    await conclusions.sum_up(session, project_id, state.due)
    answer: Draft | Refusal = await services.compute.run(
        "analysis_draft", **await conclusions.inputs(session, project_id, view)
    )
    if "error" in answer:
        raise NotAnalysable(answer["error"])
    pictures = [await _picture(session, services, *place) for place in answer["images"]]
    made: bytes = await services.compute.run(
        "analysis_report",
        draft=answer["draft"],
        title=title,
        form=form,
        cards=cards,
        pictures=[picture for picture in pictures if picture is not None],
    )
    return made


async def _picture(session: AsyncSession, services: Services, well: str, key: str) -> Picture | None:
    """A frame's picture and outlines for the montage; None where it is gone or cannot be shown any more."""
    image_id, _, frame = key.rpartition("/")
    found = await repository.shown_frame(session, uuid.UUID(image_id), int(frame))
    if found is None:
        return None
    image, polygons = found
    try:
        file = await images.ready_file(session, image)
        await commit_early(session)  # no connection is held while pixels are rendered
        content, scale = await small_picture(services, file, image, int(frame))
    except SpheroSegError as error:
        log.warning("montage_without_picture", image_id=image_id, reason=type(error).__name__)
        return None
    return {"well": well, "content": content, "scale": scale, "polygons": polygons}
