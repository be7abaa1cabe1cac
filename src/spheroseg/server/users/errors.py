"""Errors of users."""

from __future__ import annotations

from spheroseg.server.errors import Conflict, Invalid


class OwnsShared(Conflict):
    """Others would lose projects with the account."""

    code = "owns_shared_projects"
    title = "Others work in projects of yours; hand them over, or say that they go too"


class LastAdmin(Conflict):
    """Somebody has to administer the service."""

    code = "last_admin"
    title = "The last administrator cannot go"


class NotConfirmed(Invalid):
    """The address that was typed is not the account's."""

    code = "not_confirmed"
    title = "Type your own e-mail address to confirm"
