"""Mail over TLS: a real server with a certificate, by STARTTLS and from the first byte; one that is not trusted gets nothing."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Generator
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from spheroseg.server.resources.mail import Mail, SmtpMailer

MAIL = Mail(to="you@example.org", subject="Hello", text="https://example.org/#token=x\n")


class Inbox:
    """The mails of a server, and whether each came over TLS."""

    def __init__(self) -> None:
        self.over_tls: list[bool] = []

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        del envelope
        self.over_tls.append(session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None)
        return "250 OK"


class StartTls(Controller):
    """A server that offers STARTTLS, and takes nothing before it."""

    def __init__(self, handler: Inbox, port: int, context: ssl.SSLContext) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=port)
        self.context = context

    def factory(self) -> SMTP:
        """One connection."""
        return SMTP(self.handler, tls_context=self.context, require_starttls=True)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that only those trust who are told to, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture(params=["smtp", "smtps"])
def server(request: pytest.FixtureRequest, certificate: tuple[Path, Path]) -> Generator[tuple[str, Inbox]]:
    """URL and inbox of a mail server that speaks TLS, in either way."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    inbox = Inbox()
    controller = (
        StartTls(inbox, port, context)
        if request.param == "smtp"
        else Controller(inbox, hostname="127.0.0.1", port=port, ssl_context=context)
    )
    controller.start()
    yield f"{request.param}://127.0.0.1:{port}", inbox
    controller.stop()


async def test_a_trusted_server_gets_the_mail_over_tls(
    server: tuple[str, Inbox], certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, inbox = server
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    await SmtpMailer(url, "a@b.org").send(MAIL)
    assert inbox.over_tls == [True]


async def test_a_server_that_nobody_vouches_for_gets_nothing(server: tuple[str, Inbox]) -> None:
    url, inbox = server
    with pytest.raises((ssl.SSLError, aiosmtplib.SMTPException)):
        await SmtpMailer(url, "a@b.org").send(MAIL)
    assert inbox.over_tls == []
