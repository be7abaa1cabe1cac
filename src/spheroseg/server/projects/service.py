"""Folders and projects: make, change, move, trash."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.repository import names_of_users
from spheroseg.server.access.roles import require
from spheroseg.server.http.errors import Conflict, NotFound
from spheroseg.server.http.etag import match_version
from spheroseg.server.images import preparation, remeasuring
from spheroseg.server.images import service as images
from spheroseg.server.projects import repository
from spheroseg.server.projects.errors import FolderCycle, FolderNotFound, FolderTooDeep, TooManyFolders
from spheroseg.server.projects.schemas import FolderChange, FolderInput, ProjectChange, ProjectInput, ProjectOut
from spheroseg.server.resources.db import utc_now
from spheroseg.server.resources.emit import emit
from spheroseg.server.tables.projects import Folder, Member, Project

MAX_FOLDERS = 2000
MAX_DEPTH = 20


_OF_THE_READER = {"role", "folder_id", "owner_name"}


async def projects_out(session: AsyncSession, rows: Sequence[tuple[Project, Member]]) -> list[ProjectOut]:
    """Projects as one of their members sees them."""
    names = await names_of_users(session, [project.owner_id for project, _ in rows])
    columns = [name for name in ProjectOut.model_fields if name not in _OF_THE_READER]
    return [
        ProjectOut(
            **{name: getattr(project, name) for name in columns},
            role=member.role,
            folder_id=member.folder_id,
            owner_name=names.get(project.owner_id, ""),
        )
        for project, member in rows
    ]


async def project_out(session: AsyncSession, project: Project, member: Member) -> ProjectOut:
    """A project as one of its members sees it."""
    (out,) = await projects_out(session, [(project, member)])
    return out


async def changed(session: AsyncSession, project: Project, kind: str = "project.changed") -> None:
    """Tell the members who have the project open."""
    await emit(session, f"project:{project.id}", {"type": kind, "id": project.id, "version": project.version})


async def create_project(session: AsyncSession, actor: Actor, wanted: ProjectInput) -> ProjectOut:
    """Make a project that belongs to the actor."""
    if wanted.folder_id is not None:
        await _folder(session, actor, wanted.folder_id)
    region = wanted.region or ("core" if wanted.kind == "invasion" else "filled")
    project = Project(owner_id=actor.user_id, region=region, **wanted.model_dump(exclude={"folder_id", "region"}))
    session.add(project)
    await session.flush()
    member = Member(project_id=project.id, user_id=actor.user_id, role="owner", folder_id=wanted.folder_id)
    session.add(member)
    await record(session, actor, "project.create", subject_type="project", subject_id=project.id, project_id=project.id)
    await emit(session, f"user:{actor.user_id}", {"type": "project.created", "id": project.id, "version": 1})
    await session.flush()
    return await project_out(session, project, member)


async def read_project(session: AsyncSession, actor: Actor, project_id: uuid.UUID) -> ProjectOut:
    """A project of which the actor is a member; its owner finds it in the trash too."""
    access = await require(session, actor, project_id, "viewer", in_trash=True)
    member = await repository.membership(session, project_id, actor.user_id)
    if member is None or (access.project.deleted_at is not None and access.role != "owner"):
        raise NotFound
    return await project_out(session, access.project, member)


async def change_project(
    session: AsyncSession, actor: Actor, project_id: uuid.UUID, change: ProjectChange, if_match: str | None
) -> ProjectOut:
    """Change some of a project's settings.

    Raises:
        PreconditionFailed: somebody changed it in the meantime.
    """
    access = await require(session, actor, project_id, "editor")
    project = access.project
    await repository.lock_project(session, project)
    match_version(if_match, project.version)
    values = {
        name: value for name, value in change.model_dump(exclude_unset=True).items() if getattr(project, name) != value
    }
    if values:
        for name, value in values.items():
            setattr(project, name, value)
        project.version += 1
        await session.flush()
        measured = await _measured_again(session, project, values)
        await record(
            session,
            actor,
            "project.change",
            subject_type="project",
            subject_id=project.id,
            project_id=project.id,
            details={"changed": sorted(values), "version": project.version} | measured,
        )
        await changed(session, project)
    return await read_project(session, actor, project_id)


async def _measured_again(session: AsyncSession, project: Project, values: Mapping[str, object]) -> dict[str, int]:
    """Have measured again what a change of the settings makes untrue; for the log."""
    if values.get("region") in {"filled", "net"}:
        return {"n_measured_again": await remeasuring.measure_again(session, project.id)}
    if "pixel_size_um" in values:
        return {"n_measured_again": await remeasuring.measure_again(session, project.id, only_unsized=True)}
    return {}


async def move_project(
    session: AsyncSession, actor: Actor, project_id: uuid.UUID, folder_id: uuid.UUID | None
) -> ProjectOut:
    """Put a project somewhere else in the actor's own tree."""
    await require(session, actor, project_id, "viewer")
    if folder_id is not None:
        await _folder(session, actor, folder_id)
    await repository.move_to_folder(session, project_id, actor.user_id, folder_id)
    return await read_project(session, actor, project_id)


async def trash_project(session: AsyncSession, actor: Actor, project_id: uuid.UUID) -> None:
    """Put a project into the trash; nobody but its owner finds it there."""
    access = await require(session, actor, project_id, "owner")
    access.project.deleted_at = utc_now()
    access.project.version += 1
    await preparation.drop(session, [project_id])
    await record(session, actor, "project.trash", subject_type="project", subject_id=project_id, project_id=project_id)
    await session.flush()
    await changed(session, access.project, "project.deleted")


async def restore_project(session: AsyncSession, actor: Actor, project_id: uuid.UUID) -> ProjectOut:
    """Take a project out of the trash."""
    access = await require(session, actor, project_id, "owner", in_trash=True)
    if access.project.deleted_at is not None:
        access.project.deleted_at = None
        access.project.version += 1
        await preparation.prepare_again(session, project_id)
        await record(
            session, actor, "project.restore", subject_type="project", subject_id=project_id, project_id=project_id
        )
        await session.flush()
        await changed(session, access.project)
    return await read_project(session, actor, project_id)


async def delete_project(session: AsyncSession, actor: Actor, project_id: uuid.UUID) -> None:
    """Delete a project for good, with its images, outlines and files.

    Raises:
        Conflict: it does not lie in the trash.
    """
    access = await require(session, actor, project_id, "owner", in_trash=True)
    if access.project.deleted_at is None:
        raise Conflict("Only what lies in the trash can be deleted for good")
    await record(session, actor, "project.delete", subject_type="project", subject_id=project_id, project_id=project_id)
    await delete_for_good(session, [project_id])


async def delete_for_good(session: AsyncSession, project_ids: list[uuid.UUID]) -> None:
    """Delete projects with all their rows, and let their files go."""
    await images.delete_projects_files(session, project_ids)
    await repository.delete_projects(session, project_ids)


async def empty_trash(session: AsyncSession, *, days: int, limit: int = 20) -> int:
    """Delete projects that have lain in the trash for longer than it is kept.

    Args:
        session: a transaction of its own.
        days: how long the trash is kept.
        limit: how many projects at most, so that a transaction stays short.

    Returns:
        How many were deleted.
    """
    project_ids = list(await repository.expired_projects(session, utc_now() - dt.timedelta(days=days), limit))
    if project_ids:
        for project_id in project_ids:
            await record(
                session, None, "project.expire", subject_type="project", subject_id=project_id, project_id=project_id
            )
        await delete_for_good(session, project_ids)
    return len(project_ids)


# folders


async def create_folder(session: AsyncSession, actor: Actor, wanted: FolderInput) -> Folder:
    """Make a folder in the actor's tree."""
    await repository.lock_tree(session, actor.user_id)
    if await repository.count_folders(session, actor.user_id) >= MAX_FOLDERS:
        raise TooManyFolders(f"There are at most {MAX_FOLDERS} folders")
    if wanted.parent_id is not None:
        await _folder(session, actor, wanted.parent_id)
        await _check_depth(session, wanted.parent_id)
    folder = Folder(owner_id=actor.user_id, **wanted.model_dump())
    session.add(folder)
    await session.flush()
    await record(session, actor, "folder.create", subject_type="folder", subject_id=folder.id)
    return folder


async def change_folder(
    session: AsyncSession, actor: Actor, folder_id: uuid.UUID, change: FolderChange, if_match: str | None
) -> Folder:
    """Rename or move a folder.

    Raises:
        FolderCycle: it would lie inside itself.
    """
    await repository.lock_tree(session, actor.user_id)
    folder = await _folder(session, actor, folder_id, lock=True)
    match_version(if_match, folder.version)
    values = change.model_dump(exclude_unset=True)
    parent_id = change.parent_id
    if parent_id is not None:
        await _folder(session, actor, parent_id)
        if folder_id in await repository.ancestors(session, parent_id):
            raise FolderCycle
        await _check_depth(session, parent_id)
    for name, value in values.items():
        setattr(folder, name, value)
    folder.version += 1
    await record(
        session,
        actor,
        "folder.change",
        subject_type="folder",
        subject_id=folder.id,
        details={"changed": sorted(values)},
    )
    await session.flush()
    return folder


async def delete_folder(session: AsyncSession, actor: Actor, folder_id: uuid.UUID) -> None:
    """Delete a folder and those inside it; projects in them move to the top of the tree."""
    folder = await _folder(session, actor, folder_id, lock=True)
    await record(session, actor, "folder.delete", subject_type="folder", subject_id=folder.id)
    await session.delete(folder)
    await session.flush()


async def _folder(session: AsyncSession, actor: Actor, folder_id: uuid.UUID, *, lock: bool = False) -> Folder:
    folder = await repository.folder_of(session, actor.user_id, folder_id, lock=lock)
    if folder is None:
        raise FolderNotFound
    return folder


async def _check_depth(session: AsyncSession, parent_id: uuid.UUID) -> None:
    if len(await repository.ancestors(session, parent_id)) >= MAX_DEPTH:
        raise FolderTooDeep
