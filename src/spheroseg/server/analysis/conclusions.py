"""Conclusions from what a project shows at the moment: made by a compute child that is told no more than it lacks, and cached."""

from __future__ import annotations

import contextlib
import hashlib
import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple, TypedDict

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.repository import names_of_users
from spheroseg.server.access.services import Services
from spheroseg.server.analysis import repository, sizes_repository
from spheroseg.server.analysis.errors import NotAnalysable
from spheroseg.server.analysis.schemas import AnalysisView
from spheroseg.server.compute.answer import FRAMES, HEAD, Answer, groups_of, size_of, well_part
from spheroseg.server.compute.conclusions import Drawn, FailedImage, Inputs, Lacks, Refusal
from spheroseg.server.resources.db import commit_early
from spheroseg.server.results.exclusion_repository import exclusion_of

_CACHED_S = 24 * 3600.0


class _Wanted(NamedTuple):
    """A group of parts, under the key of everything that it rests on and the marks of its frames; without marks it is not cached."""

    key: str
    marks: bytes
    failed: list[FailedImage]
    group: str


class _Plate(TypedDict):
    project_id: str
    kind: str
    marks: bytes


class _LacksFramesError(Exception):
    """The child that was asked holds no frames, or others."""


async def sum_up(
    session: AsyncSession, project_id: uuid.UUID, due: Sequence[tuple[uuid.UUID, str]], at_most: int | None = None
) -> int:
    """Make sums of frames that are missing or stale; how many are left, which is 0 unless some are enough.

    Each turn stands whatever follows, so that a large project is summed up once and not again by whoever asks next.
    """
    wanted = due[:at_most]
    for start in range(0, len(wanted), sizes_repository.FRAMES_AT_ONCE):
        await sizes_repository.refresh(session, project_id, wanted[start : start + sizes_repository.FRAMES_AT_ONCE])
        await commit_early(session)
    return len(due) - len(wanted)


async def inputs(session: AsyncSession, project_id: uuid.UUID, view: AnalysisView) -> Inputs:
    """What a compute child needs to analyse what is summed up. The transaction has ended when it is there."""
    needs_objects = await _needs_objects(session, project_id, view)
    failed = await repository.failed_images(session, project_id)
    given = await _about(session, project_id, view, failed, needs_objects=needs_objects)
    given["frames"] = (
        None if needs_objects else await sizes_repository.read(session, project_id, size_of(view.response))
    )
    await commit_early(session)  # no connection is held while the child works
    return given


async def _needs_objects(session: AsyncSession, project_id: uuid.UUID, view: AnalysisView) -> bool:
    """A median needs every object, and so do rules that leave out some of them; everything else follows from the sums."""
    return view.per_well == "median" or await exclusion_of(session, project_id) is not None


async def _about(
    session: AsyncSession, project_id: uuid.UUID, view: AnalysisView, failed: list[FailedImage], *, needs_objects: bool
) -> Inputs:
    """What the conclusions rest on, but that `frames` is None yet."""
    layout = await repository.find_layout(session, project_id)
    exclusions = list(layout.exclusions) if layout and not view.include_excluded else []
    people = await names_of_users(session, {uuid.UUID(e["by"]) for e in exclusions if e.get("by")})
    return {
        "frames": None,
        "objects": await repository.sizes(session, project_id) if needs_objects else None,
        "blank": await repository.blank_images(session, project_id) if needs_objects else [],
        "failed": failed,
        "wells": layout.wells if layout else [],
        "exclusions": [
            {"plate": e["plate"], "well": e["well"], "time_h": e["time_h"], "reason": e["reason"],
             "by": people.get(uuid.UUID(e["by"]), "") if e.get("by") else ""}
            for e in exclusions
        ],
        "view": asdict(view),
    }  # fmt: skip


async def _frames(
    session: AsyncSession, services: Services, project_id: uuid.UUID, about: _Plate, *, is_whole: bool
) -> Mapping[str, Any]:
    """The frames for a child: those that changed since it saw the plate last, or all of them."""
    missing = None if is_whole else await services.compute.run("missing_frames", **about)
    images_of = None if missing is None else {uuid.UUID(key.partition("/")[0]) for key in missing}
    columns = await sizes_repository.read(session, project_id, about["kind"], images_of)
    await commit_early(session)  # no connection is held while the child works
    return {**about, "columns": columns, "is_change": missing is not None}


async def _draw(
    session: AsyncSession, services: Services, project_id: uuid.UUID, view: AnalysisView, wanted: _Wanted
) -> bytes:
    """A group of the conclusions, by a child that is told no more than it lacks.

    Raises:
        NotAnalysable: there are none, for the reason that the detail names.
    """

    async def ask(given: Inputs | None) -> bytes:
        drawn: Drawn | Lacks | Refusal = await services.compute.run(
            "analyse", key=wanted.key, group=wanted.group, given=given
        )
        if "lacks" in drawn:
            raise _LacksFramesError
        if "error" in drawn:
            raise NotAnalysable(drawn["error"])
        return drawn["answer"]

    async def ask_once(given: Inputs | None) -> bytes:
        """For all who ask at the same time; whoever began may go away meanwhile, so nothing in it needs the transaction."""
        if not wanted.marks:
            return await ask(given)
        return await services.cache.remember(f"{wanted.key}/{wanted.group}", lambda: ask(given), expires_s=_CACHED_S)

    await commit_early(session)  # no connection is held while the child works
    with contextlib.suppress(_LacksFramesError):
        return await ask_once(None)
    needs_objects = await _needs_objects(session, project_id, view)
    given = await _about(session, project_id, view, wanted.failed, needs_objects=needs_objects)
    about: _Plate = {"project_id": str(project_id), "kind": size_of(view.response), "marks": wanted.marks}
    if not needs_objects:
        given["frames"] = await _frames(session, services, project_id, about, is_whole=False)
    await commit_early(session)
    with contextlib.suppress(_LacksFramesError):
        return await ask_once(given)
    # another child answered, which holds another state of the plate or none
    given["frames"] = await _frames(session, services, project_id, about, is_whole=True)
    return await ask(given)


async def conclude(
    session: AsyncSession,
    services: Services,
    project_id: uuid.UUID,
    view: AnalysisView,
    *,
    parts: Collection[str] | None = None,
    at_most: int | None = None,
) -> tuple[Answer, int]:
    """The conclusions, and how many frames are missing in them because nobody has summed them up yet.

    Kept under the version of everything that they rest on, where no frame is missing.

    Args:
        session: the transaction; it has ended afterwards.
        services: of this process.
        project_id: of the plates.
        view: how they are analysed.
        parts: what is asked for; None: everything.
        at_most: sum up no more frames than this, and conclude from what there is; None: all of them.

    Raises:
        NotAnalysable: there are none, for the reason that the detail names.
    """
    layout = await repository.find_layout(session, project_id)
    state = await sizes_repository.state(session, project_id)
    version = 0 if layout is None else layout.version
    failed = await repository.failed_images(session, project_id)
    states = (state.marks, failed, state.exclusion, version, asdict(view))
    key = f"analysis/{project_id}/{hashlib.sha256(repr(states).encode()).hexdigest()}"
    n_pending = await sum_up(session, project_id, state.due, at_most)
    if n_pending:  # what is concluded now is as good as never true again
        key, state = f"analysis/{uuid.uuid4()}", state._replace(marks=b"")
    drawn = [
        await _draw(session, services, project_id, view, _Wanted(key, state.marks, failed, group))
        for group in groups_of(parts)
    ]
    return Answer(*drawn), n_pending


def as_json(answer: Answer, parts: Collection[str] | None, n_pending: int) -> bytes:
    """`schemas.Analysis`, of all its tables and frames or of those that are asked for."""
    wanted = [name for name in answer.tables() if parts is None or name in parts]
    tables = b",".join(json.dumps(name).encode() + b":" + answer.part(name) for name in wanted)
    frames = answer.frames() if parts is None or FRAMES in parts else b""
    return b'%s,"n_pending":%d,"tables":{%s},"frames":[%s]}' % (answer.part(HEAD)[:-1], n_pending, tables, frames)


def film_as_json(answer: Answer, plate: str, well: str) -> bytes:
    """`schemas.WellFilm`; no frames of a well that has none."""
    name = well_part(plate, well)
    return b'{"frames":[%s]}' % (answer.part(name) if name in answer else b"")
