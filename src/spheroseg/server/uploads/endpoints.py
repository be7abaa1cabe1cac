"""Resumable uploads: tus 1.0.0 with creation, creation-with-upload, checksum, expiration and termination.

What arrives is written in parts of 8 MiB to the storage, each counted in the database when it lies there: a killed
process loses at most the part that it was reading, any process can go on, and files of gigabytes need no memory.
https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import ClientDisconnect

from spheroseg.imaging.kinds import HEAD_BYTES, kind_of
from spheroseg.server.access.actor import Actor
from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.rate_limit import limit
from spheroseg.server.access.roles import require
from spheroseg.server.access.services import Services, app_services
from spheroseg.server.http.errors import Forbidden, NotFound, StorageFull, Unsupported, problems
from spheroseg.server.images import batches
from spheroseg.server.images import parts as parts_of
from spheroseg.server.images.errors import BadUpload, FileTooLarge, NotAnImage
from spheroseg.server.images.parts import PART_BYTES
from spheroseg.server.images.service import split_name
from spheroseg.server.resources.db import SessionDep, commit_early, new_id, utc_now
from spheroseg.server.sets import service as sets
from spheroseg.server.tables.images import Upload
from spheroseg.server.uploads import service as uploads
from spheroseg.server.uploads.errors import (
    ChecksumMismatch,
    OffsetMismatch,
    QuotaExceeded,
    TooManyUploads,
    UploadGone,
    WrongTusVersion,
)
from spheroseg.server.uploads.quotas import check_disk, check_room

router = APIRouter(tags=["uploads"])

VERSION = "1.0.0"
_CHECKSUMS = ("sha256", "sha1", "md5")
_OFFSET_MEDIA_TYPE = "application/offset+octet-stream"
_GONE_AFTER = uploads.GONE_AFTER


async def _tus(request: Request) -> None:
    if request.headers.get("tus-resumable") != VERSION:
        raise WrongTusVersion(headers={"Tus-Version": VERSION, "Tus-Resumable": VERSION})


_SPEAKS_TUS = Depends(_tus)


@router.options("/uploads", openapi_extra=needs("public"), status_code=204)
async def describe_uploads(request: Request) -> Response:
    """What this server can do."""
    return Response(
        status_code=204,
        headers={
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,creation-with-upload,checksum,expiration,termination",
            "Tus-Checksum-Algorithm": ",".join(_CHECKSUMS),
            "Tus-Max-Size": str(app_services(request).settings.max_upload_bytes),
        },
    )


@router.post(
    "/projects/{project_id}/uploads",
    status_code=201,
    responses=problems(
        NotFound,
        BadUpload,
        FileTooLarge,
        WrongTusVersion,
        ChecksumMismatch,
        NotAnImage,
        QuotaExceeded,
        TooManyUploads,
        StorageFull,
    ),
    openapi_extra=needs("editor"),
    dependencies=[_SPEAKS_TUS, Depends(limit("upload", "1200/minute"))],
    max_body_size=uploads.MAX_BODY_BYTES,
)
async def create_upload(
    project_id: uuid.UUID,
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    upload_length: Annotated[int | None, Header(ge=0)] = None,
    upload_metadata: Annotated[str, Header(max_length=8192)] = "",
) -> Response:
    """Begin an upload. `Upload-Metadata` names `filename`, for folders `relativePath`, and of a batch `batch` and `place`.

    Of files that are to be understood together it names their `set`.
    """
    await require(session, actor, project_id, "editor")
    state = app_services(request)
    if upload_length is None:
        raise BadUpload("Upload-Length is missing; uploads of unknown length are not taken")
    if upload_length == 0:
        raise BadUpload("the file is empty")
    if upload_length > state.settings.max_upload_bytes:
        raise FileTooLarge(max_bytes=state.settings.max_upload_bytes)
    await check_room(session, state, actor, project_id, n_bytes=upload_length, n_uploads=1)
    metadata = _metadata(upload_metadata)
    place = batches.place_of(metadata)
    if place is not None:
        await batches.check_places(session, actor, project_id, place.batch_id, [place.number])
    sent_name = metadata.get("relativePath") or metadata.get("filename") or metadata.get("name", "")
    name, folder = split_name(sent_name)
    set_id = _set_of(metadata)
    if set_id is not None:
        before = await sets.check_open(session, actor, project_id, set_id, (folder, name, upload_length))
        if before is not None:
            async for _ in request.stream():  # it is here already; a body that nobody reads would break the connection
                pass
            return Response(status_code=201, headers=_location(request, before) | _progress(before))
    upload = Upload(
        id=new_id(),
        set_id=set_id,
        user_id=actor.user_id,
        project_id=project_id,
        name=name,
        relative_path=folder,
        length=upload_length,
        received=0,
        details=metadata,
        expires_at=utc_now() + _GONE_AFTER,
    )
    session.add(upload)
    await commit_early(session)  # from here on the client can go on, whatever happens to this request
    if request.headers.get("content-type") == _OFFSET_MEDIA_TYPE:
        await _receive(request, state, session, actor, upload)
    return Response(status_code=201, headers=_location(request, upload) | _progress(upload))


@router.head(
    "/uploads/{upload_id}",
    response_class=Response,  # it has no body
    responses=problems(NotFound, UploadGone, WrongTusVersion),
    openapi_extra=needs("signed-in"),
    dependencies=[_SPEAKS_TUS],
)
async def read_upload(upload_id: uuid.UUID, session: SessionDep, actor: ActorDep) -> Response:
    """How far an upload has come."""
    upload = await _own(session, actor, upload_id)
    headers = {"Upload-Length": str(upload.length), "Cache-Control": "no-store"}
    return Response(status_code=200, headers=headers | _progress(upload))


@router.patch(
    "/uploads/{upload_id}",
    status_code=204,
    responses=problems(
        NotFound,
        Forbidden,
        OffsetMismatch,
        UploadGone,
        Unsupported,
        ChecksumMismatch,
        BadUpload,
        NotAnImage,
        StorageFull,
    ),
    openapi_extra=needs("signed-in"),
    dependencies=[_SPEAKS_TUS],
    max_body_size=uploads.MAX_BODY_BYTES,
)
async def continue_upload(
    upload_id: uuid.UUID,
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    upload_offset: Annotated[int | None, Header(ge=0)] = None,
) -> Response:
    """Send (the next) bytes; what arrives before a connection breaks is stored."""
    if request.headers.get("content-type") != _OFFSET_MEDIA_TYPE:
        raise Unsupported(f"The content type of a PATCH must be {_OFFSET_MEDIA_TYPE}")
    upload = await _own(session, actor, upload_id)
    if upload_offset != upload.received:
        raise OffsetMismatch(headers=_progress(upload), offset=upload.received)
    await commit_early(session)
    check_disk(app_services(request), upload.length - upload.received)
    await _receive(request, app_services(request), session, actor, upload)
    return Response(status_code=204, headers=_progress(upload))


@router.delete(
    "/uploads/{upload_id}",
    status_code=204,
    responses=problems(NotFound, WrongTusVersion),
    openapi_extra=needs("signed-in"),
    dependencies=[_SPEAKS_TUS],
)
async def end_upload(upload_id: uuid.UUID, request: Request, session: SessionDep, actor: ActorDep) -> Response:
    """Give an upload up and remove what arrived of it."""
    upload = await _own(session, actor, upload_id)
    await session.delete(upload)
    await commit_early(session)
    await parts_of.remove_parts(app_services(request).storage, upload.id)
    return Response(status_code=204, headers={"Tus-Resumable": VERSION})


async def _own(session: AsyncSession, actor: Actor, upload_id: uuid.UUID) -> Upload:
    upload = await session.get(Upload, upload_id)
    if upload is None or upload.user_id != actor.user_id:
        raise NotFound
    if upload.expires_at < utc_now() and upload.image_id is None:
        raise UploadGone
    return upload


def _location(request: Request, upload: Upload) -> dict[str, str]:
    return {"Location": f"{request.url.path.split('/projects/')[0]}/uploads/{upload.id}"}


def _progress(upload: Upload) -> dict[str, str]:
    headers = {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(upload.received),
        "Upload-Expires": upload.expires_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    return headers if upload.image_id is None else headers | {"SpheroSeg-Image": str(upload.image_id)}


def _metadata(header: str) -> dict[str, str]:
    metadata: dict[str, str] = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            metadata[key] = base64.b64decode(value, validate=True).decode("utf-8").replace("\0", "")
        except (binascii.Error, UnicodeDecodeError):
            raise BadUpload("Upload-Metadata is not key and base64 value, separated by commas") from None
    return metadata


def _set_of(metadata: dict[str, str]) -> uuid.UUID | None:
    try:
        return uuid.UUID(metadata["set"]) if metadata.get("set") else None
    except ValueError:
        raise BadUpload("`set` is not the id of a set") from None


def _checksum(request: Request) -> tuple[str, bytes] | None:
    header = request.headers.get("upload-checksum")
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    if algorithm not in _CHECKSUMS:
        raise BadUpload(f"the checksum must be one of {', '.join(_CHECKSUMS)}")
    try:
        return algorithm, base64.b64decode(value, validate=True)
    except binascii.Error:
        raise BadUpload("the checksum is not base64") from None


async def _receive(request: Request, state: Services, session: AsyncSession, actor: Actor, upload: Upload) -> None:
    """Write the body of a request as parts, each counted when it is written; the last one makes the image."""
    checksum = _checksum(request)
    digest = hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
    # with a checksum nothing may be stored of a body that turns out damaged: parts are counted at its end
    counted_late: list[int] = []
    sha256: bytes | None = None
    position = upload.received
    buffer = bytearray()

    async def write() -> None:
        nonlocal position, sha256
        if not buffer:
            return
        part = bytes(buffer)
        buffer.clear()
        is_image = upload.set_id is None  # of a set, some files only say something of the images
        if is_image and position == 0 and len(part) >= HEAD_BYTES and kind_of(part[:HEAD_BYTES], upload.name) is None:
            raise NotAnImage
        of_part = await uploads.write_part(state.storage, upload.id, position, part)
        sha256 = of_part if len(part) == upload.length else None
        if checksum is None:
            await uploads.count(session, upload, position, position + len(part))
        else:
            counted_late.append(len(part))
        position += len(part)

    try:
        async for piece in request.stream():
            if position + len(buffer) + len(piece) > upload.length:
                raise BadUpload("more bytes than Upload-Length said")
            buffer += piece
            if digest is not None:
                digest.update(piece)
            if len(buffer) >= PART_BYTES:
                await write()
        await write()
    except ClientDisconnect:
        if checksum is None:  # what arrived counts
            await write()
        return
    if checksum is not None and digest is not None:
        if digest.digest() != checksum[1]:
            raise ChecksumMismatch(headers=_progress(upload))
        await uploads.count(session, upload, upload.received, upload.received + sum(counted_late))
    if upload.received == upload.length:
        await uploads.finish(state.storage, session, actor, upload, sha256)
