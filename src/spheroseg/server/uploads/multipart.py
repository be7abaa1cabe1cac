"""Uploads in one request (multipart), as scripts send them."""

from __future__ import annotations

import contextlib
import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, status
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.rate_limit import limit
from spheroseg.server.access.roles import require
from spheroseg.server.access.services import app_services
from spheroseg.server.http.errors import NotFound, StorageFull, problems
from spheroseg.server.images import batches, service
from spheroseg.server.images.errors import BadUpload, FileTooLarge, NotAnImage
from spheroseg.server.images.schemas import (
    ImageSummary,
    UploadAnswer,
    Uploaded,
)
from spheroseg.server.resources.db import SessionDep, commit_early
from spheroseg.server.resources.json_object import JsonObject
from spheroseg.server.uploads.errors import QuotaExceeded
from spheroseg.server.uploads.forms import Form
from spheroseg.server.uploads.quotas import check_room
from spheroseg.server.uploads.service import MAX_BODY_BYTES

router = APIRouter(tags=["images"])

_MULTIPART: JsonObject = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            }
        },
    }
}


class Places(BaseModel):
    """Where in a batch the files of a form belong."""

    batch: uuid.UUID | None = Field(default=None, description="The batch that the files belong to")
    place: Annotated[list[Annotated[int, Field(ge=0, lt=2**31)]], Field(max_length=1000)] = Field(
        default=[], description="Number of each file in its batch, in the order of the form"
    )


@router.post(
    "/projects/{project_id}/images",
    status_code=status.HTTP_201_CREATED,
    responses=problems(NotFound, BadUpload, NotAnImage, FileTooLarge, QuotaExceeded, StorageFull),
    openapi_extra=needs("editor") | _MULTIPART,
    dependencies=[Depends(limit("upload", "1200/minute"))],
    max_body_size=MAX_BODY_BYTES,
)
async def upload_images(
    project_id: uuid.UUID,
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    places: Annotated[Places, Query()],
    idempotency_key: Annotated[str | None, Header(max_length=200, description="Sent again: nothing is doubled")] = None,
) -> UploadAnswer:
    """Upload files as a form; they are streamed to the storage and prepared by a worker afterwards.

    All or none: when one file is refused, none is added.
    """
    await require(session, actor, project_id, "editor")
    state = app_services(request)
    if places.batch is not None:
        await batches.check_places(session, actor, project_id, places.batch, places.place)
    length = request.headers.get("content-length", "")
    announced = int(length) if length.isdecimal() else 0
    await check_room(session, state, actor, project_id, n_bytes=announced)
    await commit_early(session)  # a body may take minutes; no transaction waits for it
    form = Form()
    sent: list[service.Sent] = []
    unneeded: list[str] = []
    try:
        async for part in form.files(request.headers.get("content-type"), request.stream()):
            file = await service.store(state.storage, part.pieces, state.settings.max_upload_bytes)
            unneeded.append(file.storage_key)
            sent.append(service.Sent(file, part.name, len(sent)))
        if not sent:
            raise BadUpload("the form has no file")
        if places.batch is not None and len(places.place) != len(sent):
            raise BadUpload(f"the form has {len(sent)} files and {len(places.place)} places in a batch are named")
        if not announced:  # nobody said how much would come
            await check_room(
                session, state, actor, project_id, n_bytes=sum(one.file.size_bytes for one in sent), n_images=len(sent)
            )
        taken = await service.take_in(session, actor, project_id, sent, key=idempotency_key)
        if places.batch is not None:
            await batches.arrived(
                session, places.batch, dict(zip(places.place, (one.image for one in taken), strict=True))
            )
        await commit_early(session)
        unneeded = [one.file.storage_key for one, what in zip(sent, taken, strict=True) if not what.is_needed]
    except ClientDisconnect:
        raise BadUpload("the connection ended in the middle of the upload") from None
    finally:
        with contextlib.suppress(Exception):  # what cannot be removed now is swept later
            await state.storage.delete(unneeded)
    return UploadAnswer(
        items=[Uploaded(image=ImageSummary.model_validate(one.image), is_duplicate=one.is_duplicate) for one in taken]
    )
