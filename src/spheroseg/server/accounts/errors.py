"""Errors of users."""

from __future__ import annotations

from spheroseg.server.http.errors import Conflict, Forbidden, Invalid, Unauthenticated


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


class WrongCredentials(Unauthenticated):
    """The address or the password is wrong; which of them is not told."""

    code = "wrong_credentials"
    title = "The e-mail address or the password is wrong"


class EmailNotVerified(Forbidden):
    """The address has to be confirmed first."""

    code = "email_not_verified"
    title = "Please confirm your e-mail address first"


class EmailTaken(Conflict):
    """There is an account with this address."""

    code = "email_taken"
    title = "There is an account with this e-mail address"


class SignUpClosed(Forbidden):
    """New accounts are made by administrators or invitations only."""

    code = "sign_up_closed"
    title = "Sign-up is closed here"


class LinkExpired(Invalid):
    """The link was used, is too old or was never ours."""

    code = "link_expired"
    title = "This link was used already or is too old"
