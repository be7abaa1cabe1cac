"""Where a result lies and how it is measured: as it is, or as its image and its project say now."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.corrections.steps import Place
from spheroseg.server.runs import repository as run_rows
from spheroseg.server.runs import service as runs
from spheroseg.server.tables.results import Result


async def place_of(session: AsyncSession, result: Result) -> Place:
    """Where a result lies, to be measured as it is."""
    place = await place_now(session, result)
    card = result.run_card
    if card is None or card.region is None:
        return place
    # one result is measured in one way until all of it is measured again, whatever image and project say since
    return replace(place, job=place.job._replace(region=card.region, pixel_size_um=card.pixel_size_um))


async def place_now(session: AsyncSession, result: Result) -> Place:
    """Where a result lies, to be measured as its image and its project say now."""
    run, image, project, file = await run_rows.load_context(session, result)
    job = runs.frame_job(run, result, image, project)
    region = result.run_card.region if result.run_card and result.run_card.region else job.region
    if "core" in {region, job.region}:  # other outlines, which only another run can make
        job = job._replace(region=region)
    return Place(
        version=result.version,
        next_number=result.next_number,
        columns=result.measure_columns,
        file=file,
        job=job,
    )
