"""Errors of projects."""

from __future__ import annotations

from spheroseg.server.errors import Conflict, Invalid, NotFound


class ProjectNotFound(NotFound):
    """No such project, or it is not the caller's business."""

    code = "project_not_found"
    title = "This project does not exist, or you are not a member of it"


class FolderNotFound(NotFound):
    """No such folder in the caller's tree."""

    code = "folder_not_found"
    title = "This folder does not exist"


class MemberNotFound(NotFound):
    """No such member in the project."""

    code = "member_not_found"
    title = "This person is not a member of the project"


class InvitationNotFound(NotFound):
    """No such invitation, or it is over."""

    code = "invitation_not_found"
    title = "This invitation does not exist, or not any more"


class FolderCycle(Invalid):
    """A folder cannot lie inside itself."""

    code = "folder_cycle"
    title = "A folder cannot lie inside itself"


class FolderTooDeep(Invalid):
    """The tree has its limit."""

    code = "folder_too_deep"
    title = "Folders cannot be nested so deeply"


class OwnerStays(Conflict):
    """A project always has its owner."""

    code = "owner_stays"
    title = "The owner cannot leave the project; hand it over or delete it"


class AlreadyMember(Conflict):
    """The person is a member already."""

    code = "already_member"
    title = "This person is a member of the project already"
