"""Layouts are kept, and conclusions drawn from what a project shows at the moment; the work is done in a compute child."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.services import Services
from spheroseg.server.analysis import repository
from spheroseg.server.analysis.errors import InvalidLayout, NotAnalysable
from spheroseg.server.analysis.schemas import AnalysisView, LayoutInput, LayoutOut, LayoutText
from spheroseg.server.http.etag import match_version
from spheroseg.server.resources.emit import emit
from spheroseg.server.tables.analysis import PlateLayout


async def read_layout(session: AsyncSession, services: Services, project_id: uuid.UUID) -> LayoutOut:
    """The layout, empty at version 0 where there is none."""
    layout = await repository.find_layout(session, project_id)
    if layout is None:
        return LayoutOut(wells=[], exclusions=[], notes=[], version=0)
    notes = (await _checked(services, layout.wells))["notes"]
    return LayoutOut(wells=layout.wells, exclusions=layout.exclusions, notes=notes, version=layout.version)


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
        InvalidLayout: a well, dose, unit or control makes no sense; the detail names it.
        PreconditionFailed: somebody else changed it meanwhile.
    """
    layout = await repository.find_layout(session, project_id, for_update=True)
    match_version(if_match, 0 if layout is None else layout.version)
    wells = [well.model_dump() for well in wanted.wells]
    exclusions = [exclusion.model_dump() for exclusion in wanted.exclusions]
    notes = (await _checked(services, wells, exclusions))["notes"]
    if layout is None:
        layout = PlateLayout(project_id=project_id, version=0)
        session.add(layout)
    before = list(layout.exclusions or [])
    layout.wells, layout.exclusions = wells, exclusions
    layout.version += 1
    await session.flush()
    details = {
        "wells": len(wells),
        "left_out": [e for e in exclusions if e not in before],
        "taken_back": [e for e in before if e not in exclusions],
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
    payload = {
        "type": "layout.changed",
        "id": str(project_id),
        "project_id": str(project_id),
        "version": layout.version,
    }
    await emit(session, f"project:{project_id}", payload)
    return LayoutOut(wells=wanted.wells, exclusions=wanted.exclusions, notes=notes, version=layout.version)


async def layout_of_text(services: Services, wanted: LayoutText) -> LayoutOut:
    """What a pasted table or a file says, not kept yet.

    Raises:
        InvalidLayout: it makes no layout.
    """
    told: dict[str, Any] = await services.compute.run("read_layout", text=wanted.text, suffix=wanted.format)
    if "error" in told:
        raise InvalidLayout(told["error"])
    return LayoutOut(wells=told["wells"], exclusions=[], notes=told["notes"], version=0)


async def _checked(
    services: Services, wells: list[dict[str, Any]], exclusions: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    if not wells and not exclusions:
        return {"notes": []}
    told: dict[str, Any] = await services.compute.run("check_layout", wells=wells, exclusions=exclusions or [])
    if "error" in told:
        raise InvalidLayout(told["error"])
    return told


async def inputs(session: AsyncSession, project_id: uuid.UUID, view: AnalysisView) -> dict[str, Any]:
    """What a compute child needs to analyse a project, read in one transaction."""
    layout = await repository.find_layout(session, project_id)
    return {
        "objects": await repository.sizes(session, project_id),
        "blank": await repository.blank_images(session, project_id),
        "wells": layout.wells if layout else [],
        "exclusions": layout.exclusions if layout else [],
        "view": asdict(view),
    }


async def analyse(services: Services, given: dict[str, Any]) -> dict[str, Any]:
    """All conclusions as plain values.

    Raises:
        NotAnalysable: there are none, for the reason that the detail names.
    """
    told: dict[str, Any] = await services.compute.run("analyse", **given)
    if "error" in told:
        raise NotAnalysable(told["error"])
    return told


async def report(services: Services, given: dict[str, Any], *, title: str, form: str) -> bytes:
    """The report as "html" or "pdf", or as "zip" with tables and plots: what the command line writes.

    Raises:
        NotAnalysable: there is nothing to report, for the reason that the detail names.
    """
    told: dict[str, Any] = await services.compute.run("analysis_report", **given, title=title, form=form)
    if "error" in told:
        raise NotAnalysable(told["error"])
    made: bytes = told["content"]
    return made
