"""Mail: to a real SMTP server, and to the terminal."""

from __future__ import annotations

import io
from collections.abc import Generator
from typing import Any

import aiosmtplib
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from tests.server.fixtures.inbox import Inbox, smtp_server

from spheroseg.server.config import Settings
from spheroseg.server.resources.mail import ConsoleMailer, Mail, SmtpMailer, build_mailer

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # of the server here

MAIL = Mail(
    to="žofie@example.org", subject="Pozvánka – projekt “α”", text="Dobrý den,\n\nhttps://example.org/#token=x\n"
)


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, auth_data: Any) -> AuthResult:
    del server, session, envelope, mechanism
    assert isinstance(auth_data, LoginPassword)
    return AuthResult(success=(auth_data.login, auth_data.password) == (b"me@x.org", b"p@ss/word"), handled=False)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Generator[Controller]:
    with smtp_server(inbox, authenticator=authenticate, auth_required=True, auth_require_tls=False) as controller:
        yield controller


async def test_arrives_as_it_was_written(server: Controller, inbox: Inbox) -> None:
    url = f"smtp+plain://me%40x.org:p%40ss%2Fword@127.0.0.1:{server.port}"
    await SmtpMailer(url, "SpheroSeg <noreply@lab.example.org>").send(MAIL)
    [mail] = inbox.mails
    assert mail["Subject"] == MAIL.subject
    assert mail["To"] == MAIL.to
    assert mail["From"] == "SpheroSeg <noreply@lab.example.org>"
    assert mail["Message-ID"].endswith("@lab.example.org>")
    assert mail.get_content().replace("\r\n", "\n") == MAIL.text


async def test_a_wrong_password_is_an_error(server: Controller, inbox: Inbox) -> None:
    with pytest.raises(aiosmtplib.SMTPAuthenticationError):
        await SmtpMailer(f"smtp+plain://me:wrong@127.0.0.1:{server.port}", "a@b.org").send(MAIL)
    assert inbox.mails == []


async def test_encryption_is_not_given_up_silently(server: Controller, inbox: Inbox) -> None:
    with pytest.raises(aiosmtplib.SMTPException):  # the server here offers none
        await SmtpMailer(f"smtp://me:x@127.0.0.1:{server.port}", "a@b.org").send(MAIL)
    assert inbox.mails == []


async def test_a_header_cannot_be_smuggled_in() -> None:
    mailer = SmtpMailer("smtp+plain://127.0.0.1:1", "a@b.org")
    with pytest.raises(ValueError, match=r"newline|linefeed"):
        await mailer.send(Mail(to="a@b.org", subject="x\nBcc: everybody@example.org", text=""))


async def test_the_console_shows_the_link(settings: Settings) -> None:
    assert isinstance(build_mailer(settings), ConsoleMailer)
    output = io.StringIO()
    await ConsoleMailer(output).send(MAIL)
    assert "https://example.org/#token=x" in output.getvalue()
