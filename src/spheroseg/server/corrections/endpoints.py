"""Corrections of outlines: steps, undo and redo, the journal, versions drawn by hand, copies."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response, status
from starlette.requests import ClientDisconnect

from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.rate_limit import limit
from spheroseg.server.access.roles import require
from spheroseg.server.access.services import app_services
from spheroseg.server.corrections import importing, pairing, repository
from spheroseg.server.corrections import manual as drawing
from spheroseg.server.corrections import service as edits
from spheroseg.server.corrections.errors import InvalidOutline, NoSuchObject, NothingToUndo, UnusableOutlines
from spheroseg.server.corrections.schemas import (
    CopyRequest,
    EditAnswer,
    EditOut,
    EditRequest,
    ImportAnswer,
    NewVersion,
    PairedOutlines,
    PairingRequest,
    RestoreRequest,
)
from spheroseg.server.http.errors import NotFound, PreconditionFailed, PreconditionRequired, problems
from spheroseg.server.http.etag import IfMatch, etag
from spheroseg.server.http.pagination import InvalidCursor, Page, PageQuery, decode_cursor, page_of
from spheroseg.server.images import service as images
from spheroseg.server.images.errors import BadUpload, FileTooLarge, ImageNotReady
from spheroseg.server.resources.db import ReadingDep, SessionDep, commit_early
from spheroseg.server.resources.json_object import JsonObject
from spheroseg.server.results import journal_repository
from spheroseg.server.results import service as results
from spheroseg.server.results.errors import ResultNotReady
from spheroseg.server.results.schemas import ResultOut
from spheroseg.server.tables.corrections import Edit
from spheroseg.server.uploads.forms import Form

router = APIRouter(tags=["objects"])

IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="Sent again with the same key: answered, and not done again")
]
_EDITED = problems(PreconditionFailed, PreconditionRequired)
_LISTED_NUMBERS = 100

_ONE_FILE: JsonObject = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@router.patch(
    "/results/{result_id}/objects",
    responses=_EDITED | problems(NotFound, NoSuchObject, ResultNotReady, InvalidOutline),
    openapi_extra=needs("editor"),
)
async def edit_objects(
    result_id: uuid.UUID,
    *,
    wanted: EditRequest,
    request: Request,
    response: Response,
    session: SessionDep,
    reading: ReadingDep,
    actor: ActorDep,
    if_match: IfMatch = None,
) -> EditAnswer:
    """One step of corrections. Measures are made again by the kernel that measured the run."""
    result = await results.require_result(reading, actor, result_id, "editor")
    answer = await edits.edit(session, reading, app_services(request), actor, result, wanted, if_match=if_match)
    response.headers["ETag"] = etag(answer.version)
    return answer


async def _undo_redo(
    result_id: uuid.UUID,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Callable[[bool], Awaitable[EditAnswer]]:
    """What takes a step back (True) or does it again, in the history of a result, for whoever asks."""

    async def step(is_undo: bool) -> EditAnswer:
        result = await results.require_result(session, actor, result_id, "editor", for_update=True)
        answer = await edits.undo_redo(session, actor, result, if_match, idempotency_key, is_undo=is_undo)
        response.headers["ETag"] = etag(answer.version)
        return answer

    return step


UndoRedoDep = Annotated[Callable[[bool], Awaitable[EditAnswer]], Depends(_undo_redo)]


@router.post(
    "/results/{result_id}/undo",  # noqa: FAST003 -- `_undo_redo` takes it
    responses=_EDITED | problems(NotFound, NothingToUndo),
    openapi_extra=needs("editor"),
)
async def undo_edit(undo_redo: UndoRedoDep) -> EditAnswer:
    """Take the last step back; also after a reload, also somebody else's."""
    return await undo_redo(True)


@router.post(
    "/results/{result_id}/redo",  # noqa: FAST003 -- `_undo_redo` takes it
    responses=_EDITED | problems(NotFound, NothingToUndo),
    openapi_extra=needs("editor"),
)
async def redo_edit(undo_redo: UndoRedoDep) -> EditAnswer:
    """Do again what was taken back last, as long as nothing was done since."""
    return await undo_redo(False)


@router.post(
    "/results/{result_id}/restore",
    responses=_EDITED | problems(NotFound, ResultNotReady),
    openapi_extra=needs("editor"),
)
async def restore_step(
    result_id: uuid.UUID,
    *,
    wanted: RestoreRequest,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> EditAnswer:
    """Put the outlines back as they were after a step of the journal; a new step, which can be undone."""
    result = await results.require_result(session, actor, result_id, "editor", for_update=True)
    answer = await edits.restore(session, actor, result, wanted.sequence, if_match, idempotency_key)
    response.headers["ETag"] = etag(answer.version)
    return answer


@router.get("/results/{result_id}/edits", responses=problems(NotFound, InvalidCursor), openapi_extra=needs("viewer"))
async def list_edits(result_id: uuid.UUID, session: ReadingDep, actor: ActorDep, page: PageQuery) -> Page[EditOut]:
    """The journal, newest first: who changed what, when; also what was taken back."""
    result = await results.require_result(session, actor, result_id, "viewer")
    after = decode_cursor(page.cursor, int)
    found = await repository.steps_page(session, result, after[0] if after else None, page.limit + 1)
    rows, cursor = page_of(found, page.limit, lambda row: [row[0].sequence])
    _, done = journal_repository.way(await journal_repository.tree(session, result), 0, result.head)
    return Page(
        items=[_step_out(step, name, is_undone=step.sequence not in done) for step, name in rows],
        next_cursor=cursor,
    )


def _step_out(step: Edit, author_name: str | None, *, is_undone: bool) -> EditOut:
    before, after = set(step.numbers_before), set(step.numbers_after)
    kinds: dict[Literal["added", "changed", "removed"], list[int]] = {
        "added": sorted(after - before),
        "changed": sorted(after & before),
        "removed": sorted(before - after),
    }
    return EditOut(
        sequence=step.sequence,
        previous=step.previous,
        kind=step.kind,
        author_id=step.author_id,
        author_name=author_name,
        is_undone=is_undone,
        created_at=step.created_at,
        n_added=len(kinds["added"]),
        n_changed=len(kinds["changed"]),
        n_removed=len(kinds["removed"]),
        added=kinds["added"][:_LISTED_NUMBERS],
        changed=kinds["changed"][:_LISTED_NUMBERS],
        removed=kinds["removed"][:_LISTED_NUMBERS],
    )


@router.post(
    "/images/{image_id}/results",
    status_code=status.HTTP_201_CREATED,
    responses=problems(NotFound, ImageNotReady, ResultNotReady, InvalidOutline),
    openapi_extra=needs("editor"),
)
async def begin_version(
    image_id: uuid.UUID,
    *,
    wanted: NewVersion,
    request: Request,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    idempotency_key: IdempotencyKey = None,
) -> ResultOut:
    """Begin a version drawn by hand, empty or with another result's outlines measured on this frame; it is shown."""
    result = await drawing.begin(session, app_services(request), actor, image_id, wanted, idempotency_key)
    response.headers["Location"] = f"/api/v1/results/{result.id}"
    response.headers["ETag"] = etag(result.version)
    return ResultOut.model_validate(result)


@router.post(
    "/images/{image_id}/results/import",
    status_code=status.HTTP_201_CREATED,
    responses=problems(NotFound, ImageNotReady, BadUpload, FileTooLarge, UnusableOutlines, InvalidOutline),
    openapi_extra=needs("editor") | _ONE_FILE,
    dependencies=[Depends(limit("upload", "1200/minute"))],
    max_body_size=importing.MAX_BODY_BYTES,
)
async def import_outlines(
    image_id: uuid.UUID,
    request: Request,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    frame: Annotated[int, Query(ge=0, lt=2**31, description="The time point that the outlines are of")] = 0,
) -> ImportAnswer:
    """Make a version from a file of another program: a label image, ImageJ ROIs, GeoJSON, COCO, CVAT, Datumaro.

    The outlines are measured as those of a run are, and shown unless the frame shows what a person drew.
    """
    image = await images.require_image(session, actor, image_id, "editor")
    await commit_early(session)  # a body may take minutes; no transaction waits for it
    sent = await _sent_outlines(request)
    made = await importing.import_outlines(session, app_services(request), actor, image, frame, sent)
    response.headers["Location"] = f"/api/v1/results/{made.result.id}"
    return ImportAnswer(result=ResultOut.model_validate(made.result), is_shown=made.is_shown, notes=made.notes)


@router.post("/projects/{project_id}/outlines/pairing", responses=problems(NotFound), openapi_extra=needs("editor"))
async def pair_outlines(
    project_id: uuid.UUID, wanted: PairingRequest, session: ReadingDep, actor: ActorDep
) -> list[PairedOutlines]:
    """Say which image each of many files of outlines is of, by names and folders; each is then imported there.

    `masks/A01_masks.png`, `A01.geojson` and `A01_RoiSet.zip` are of `A01.tif`; where two images fit, both are named.
    """
    await require(session, actor, project_id, "editor")
    paired = await pairing.pair_names(session, project_id, wanted.names, wanted.image_ids)
    return [PairedOutlines.model_validate(one) for one in paired]


async def _sent_outlines(request: Request) -> importing.SentOutlines:
    """The one file of a form.

    Raises:
        BadUpload: the form is broken, or has no file or several.
        FileTooLarge: it is larger than outlines are.
    """
    sent: list[importing.SentOutlines] = []
    try:
        async for part in Form().files(request.headers.get("content-type"), request.stream()):
            data = bytearray()
            async for piece in part.pieces:
                data += piece
                if len(data) > importing.MAX_FILE_BYTES:
                    most = importing.MAX_FILE_BYTES
                    raise FileTooLarge(f"A file of outlines may have {most} bytes", max_bytes=most)
            sent.append(importing.SentOutlines(part.name, bytes(data)))
    except ClientDisconnect:
        raise BadUpload("the connection ended in the middle of the upload") from None
    if len(sent) != 1:
        raise BadUpload(f"the form has {len(sent)} files; one file of outlines is wanted")
    return sent[0]


@router.post(
    "/results/{result_id}/copy",
    responses=problems(NotFound, NoSuchObject, ImageNotReady, ResultNotReady, PreconditionFailed, InvalidOutline),
    openapi_extra=needs("editor"),
)
async def copy_objects(
    result_id: uuid.UUID,
    *,
    wanted: CopyRequest,
    request: Request,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> EditAnswer:
    """Copy outlines to what another frame shows (begun by hand where it shows nothing), as one step that can be undone.

    They get new numbers and are measured there. `If-Match`, where given, is the ETag of the other frame's result.
    """
    result = await results.require_result(session, actor, result_id, "editor")
    answer = await drawing.copy(
        session, app_services(request), actor, result, wanted, if_match=if_match, client_id=idempotency_key
    )
    response.headers["ETag"] = etag(answer.version)
    return answer
