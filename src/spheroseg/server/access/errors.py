"""Errors of authentication."""

from __future__ import annotations

from spheroseg.server.http.errors import Forbidden, Invalid, Unauthenticated, Unavailable


class SessionEnded(Unauthenticated):
    """The session is over: signed out, too long unused, or ended because an old refresh token came back."""

    code = "session_ended"
    title = "The session is over; please sign in again"


class WrongCsrfToken(Forbidden):
    """A page that is not ours may have sent this."""

    code = "wrong_csrf_token"
    title = "The X-CSRF-Token header is missing or wrong"


class MissingScope(Forbidden):
    """The personal token was made for less."""

    code = "missing_scope"
    title = "The token does not allow this"


class NeedsPerson(Forbidden):
    """Account pages are for people, not for personal tokens."""

    code = "needs_person"
    title = "Personal tokens cannot do this; sign in"


class AccountDisabled(Forbidden):
    """An administrator disabled the account."""

    code = "account_disabled"
    title = "This account is disabled"


class WeakPassword(Invalid):
    """The password is among the first that are guessed."""

    code = "weak_password"
    title = "This password is too easy to guess"


class SignInFailed(Unauthenticated):
    """The provider of sign-in refused, or what came back does not fit what was asked."""

    code = "sign_in_failed"
    title = "The provider did not sign you in"


class ProviderAway(Unavailable):
    """The provider of sign-in does not answer."""

    code = "provider_away"
    title = "The provider of sign-in does not answer"
