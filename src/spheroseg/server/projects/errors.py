"""Errors of projects."""

from __future__ import annotations

from spheroseg.server.http.errors import Conflict, Invalid, NotFound


class FolderNotFound(NotFound):
    """No such folder in the caller's tree."""

    code = "folder_not_found"
    title = "This folder does not exist"


class FolderCycle(Invalid):
    """A folder cannot lie inside itself."""

    code = "folder_cycle"
    title = "A folder cannot lie inside itself"


class FolderTooDeep(Invalid):
    """The tree has its limit."""

    code = "folder_too_deep"
    title = "Folders cannot be nested so deeply"


class TooManyFolders(Conflict):
    """A tree has its limit."""

    code = "too_many_folders"
    title = "There are too many folders"


class MemberNotFound(NotFound):
    """No such member in the project."""

    code = "member_not_found"
    title = "This person is not a member of the project"


class InvitationNotFound(NotFound):
    """No such invitation, or it is over."""

    code = "invitation_not_found"
    title = "This invitation does not exist, or not any more"


class OwnerStays(Conflict):
    """A project always has its owner."""

    code = "owner_stays"
    title = "The owner cannot leave the project; hand it over or delete it"


class AlreadyMember(Conflict):
    """The person is a member already."""

    code = "already_member"
    title = "This person is a member of the project already"


class AlreadyInvited(Conflict):
    """There is an invitation for this address."""

    code = "already_invited"
    title = "This person is invited already"


class TooManyMembers(Conflict):
    """A project has its limit."""

    code = "too_many_members"
    title = "There are too many members and invitations"
