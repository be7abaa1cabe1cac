"""E-mail: SMTP where a server is set, the console where none is."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Protocol, TextIO
from urllib.parse import unquote, urlsplit

import aiosmtplib

from spheroseg.server.config import Settings


@dataclass(frozen=True)
class Mail:
    """One message to one person; plain text."""

    to: str
    subject: str
    text: str
    language: str = "en"
    """In which it is written."""


class Mailer(Protocol):
    """Something that sends mail."""

    async def send(self, mail: Mail) -> None:
        """Send it, or raise what stopped it."""


class ConsoleMailer:
    """Prints mails: on a laptop the person who runs the service reads the links in the terminal."""

    def __init__(self, output: TextIO | None = None) -> None:
        self.output = output

    async def send(self, mail: Mail) -> None:
        """Print it."""
        output = self.output or sys.stderr
        output.write(f"--- mail to {mail.to}: {mail.subject}\n{mail.text}\n---\n")
        output.flush()


class SmtpMailer:
    """Sends by SMTP.

    Args:
        url: smtp://user:password@host:587 (STARTTLS), smtps://host:465, smtp+plain://host:25 (no encryption).
        sender: the From line.
    """

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._scheme = parts.scheme
        self._host = parts.hostname or ""
        self._port = parts.port or {"smtp": 587, "smtps": 465, "smtp+plain": 25}[parts.scheme]
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Send it, or raise `aiosmtplib.SMTPException` or `OSError`."""
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2].rstrip(">"))
        message.set_content(mail.text)
        message["Content-Language"] = mail.language
        await aiosmtplib.send(
            message,
            hostname=self._host,
            port=self._port,
            username=self._username,
            password=self._password,
            use_tls=self._scheme == "smtps",
            start_tls=self._scheme == "smtp",
            timeout=20,
        )


def build_mailer(settings: Settings) -> Mailer:
    """The mailer that the settings ask for."""
    if settings.mail_url is None:
        return ConsoleMailer()
    return SmtpMailer(settings.mail_url.get_secret_value(), settings.mail_from)
