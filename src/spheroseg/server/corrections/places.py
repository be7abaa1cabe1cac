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
    if "region" not in result.run_card:
        return place
    # one result is measured in one way until all of it is measured again, whatever image and project say since
    size = result.run_card.get("pixel_size_um")  # a card leaves out what is not known
    job = place.job._replace(region=result.run_card["region"], pixel_size_um=None if size is None else tuple(size))
    return replace(place, job=job)


async def place_now(session: AsyncSession, result: Result) -> Place:
    """Where a result lies, to be measured as its image and its project say now."""
    run, image, project, file = await run_rows.load_context(session, result)
    job = runs.frame_job(run, result, image, project)
    region = result.run_card.get("region", job.region)
    if "core" in {region, job.region}:  # other outlines, which only another run can make
        job = job._replace(region=region)
    return Place(
        version=result.version,
        next_number=result.next_number,
        columns=result.measure_columns,
        file=file,
        job=job,
    )
