"""Mails in the language of their reader: the texts, and what arrives at a real SMTP server."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Generator
from string import Formatter
from typing import Any

import pytest
from tests.server.fixtures.inbox import Inbox, smtp_server

from spheroseg.server.mails.writing import LANGUAGES, asked_language, plural_form, texts_of, write
from spheroseg.server.resources.mail import SmtpMailer
from spheroseg.server.resources.queue import MAIL, enqueue
from spheroseg.server.tables.accounts import User
from spheroseg.server.tables.projects import Invitation
from spheroseg.server.tables.runs import Run

API = "/api/v1"
VALUES: dict[str, dict[str, Any]] = {
    "verification": {"link": "https://x.org/verify-email#token=1", "hours": 48},
    "reset": {"link": "https://x.org/reset-password#token=1", "hours": 2},
    "has_account": {"link": "https://x.org/sign-in"},
    "email_asked": {"new_email": "new@x.org", "link": "https://x.org/forgot-password"},
    "email_changed": {"new_email": "new@x.org", "link": "https://x.org/undo-email#token=1", "days": 7},
    "invitation": {
        "inviter": "Ada {role}",  # names are no patterns
        "project": "HeLa 100 % {link}",
        "role": "viewer",
        "until": dt.date(2026, 12, 1),
        "link": "https://x.org/invitation#token=1",
    },
    "run_finished": {
        "project": "HeLa",
        "n_done": 1203,
        "images": 12_500,
        "failed": 3,
        "link": "https://x.org/projects/1",
    },
}


def names_in(pattern: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(pattern) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_every_mail_with_the_same_names(language: str) -> None:
    texts, english = texts_of(language), texts_of("en")
    assert set(texts) - {"first_day"} == set(english)
    assert set(texts["mails"]) == set(english["mails"]) == set(VALUES)
    for name, mail in texts["mails"].items():
        assert names_in(mail["subject"]) == names_in(english["mails"][name]["subject"]), name
        assert sorted(names_in(" ".join(mail["text"]))) == sorted(names_in(" ".join(english["mails"][name]["text"])))
        assert "{link}" in mail["text"], "a link stands in a line by itself"
        assert len(mail["text"]) == len(english["mails"][name]["text"])
        if language != "en":
            assert mail["subject"] != english["mails"][name]["subject"]
    assert {key: set(words) for key, words in texts["words"].items()} == {"role": {"viewer", "editor"}}
    assert set(texts["counts"]) == set(english["counts"])
    for key, phrases in texts["counts"].items():
        forms = {plural_form(language, n) for n in range(200)}
        assert set(phrases) - {"zero"} == forms, key
        assert ("zero" in phrases) == ("zero" in english["counts"][key])
    assert len(texts["months"]) == 12
    assert names_in(texts["date"]) == {"day", "month", "year"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", VALUES)
def test_nothing_of_the_pattern_is_left(name: str, language: str) -> None:
    mail = write(name, language, "a@x.org", **VALUES[name])
    words = f"{mail.subject} {mail.text}".replace("Ada {role}", "").replace("HeLa 100 % {link}", "")
    assert not re.search(r"[{}]", words)
    assert VALUES[name]["link"] in mail.text.split("\n")
    assert (mail.language, mail.to) == (language, "a@x.org")


@pytest.mark.parametrize(
    ("language", "date"),
    [
        ("en", "1 December 2026"),
        ("cs", "1. prosince 2026"),
        ("de", "1. Dezember 2026"),
        ("es", "1 de diciembre de 2026"),
        ("fr", "1er décembre 2026"),
        ("zh", "2026年12月1日"),
    ],
)
def test_dates_are_written_as_the_language_does(language: str, date: str) -> None:
    assert date in write("invitation", language, "a@x.org", **VALUES["invitation"]).text


@pytest.mark.parametrize(
    ("language", "number"),
    [
        ("en", "1,203 of 12,500 images"),
        ("cs", "1\u00a0203 z 12\u00a0500 snímků"),
        ("de", "1.203 von 12.500 Bildern"),
        ("es", "1203 de 12\u00a0500 imágenes"),
        ("fr", "1\u202f203 sur 12\u202f500 images"),
        ("zh", "12,500 幅图像中已有 1,203 幅"),
    ],
)
def test_numbers_are_written_as_the_language_does(language: str, number: str) -> None:
    assert number in write("run_finished", language, "a@x.org", **VALUES["run_finished"]).text


@pytest.mark.parametrize(("hours", "phrase"), [(1, "1 hodinu"), (2, "2 hodiny"), (48, "48 hodin")])
def test_nouns_follow_their_number(hours: int, phrase: str) -> None:
    assert f"platí {phrase}:" in write("reset", "cs", "a@x.org", link="x", hours=hours).text


def test_other_languages_are_written_to_in_english_and_regions_in_theirs() -> None:
    assert write("has_account", "pl", "a@x.org", link="x").language == "en"
    assert write("has_account", "de-AT", "a@x.org", link="x").language == "de"
    assert asked_language("pl;q=0.9, cs-CZ;q=0.8,en;q=0.5") == "cs"
    assert asked_language(None) == asked_language("*") == "en"


@pytest.fixture
def inbox(lab: Any) -> Generator[Inbox]:
    """The mails of the lab go through SMTP."""
    inbox = Inbox()
    with smtp_server(inbox) as server:
        lab.state.mailer = SmtpMailer(f"smtp+plain://127.0.0.1:{server.port}", "SpheroSeg <noreply@lab.example.org>")
        yield inbox


async def speak(lab: Any, person: Any, language: str) -> None:
    headers = {"If-Match": (await person.get(f"{API}/users/me")).headers["ETag"]}
    answer = await person.patch(f"{API}/users/me", json={"language": language}, headers=headers)
    assert answer.status_code == 200


async def arrived(lab: Any, inbox: Inbox) -> list[tuple[str, str, str]]:
    """Work, and say of each mail that came to whom, in which language and about what it is."""
    await lab.work()
    found = [(str(mail["To"]), str(mail["Content-Language"]), str(mail["Subject"])) for mail in inbox.mails]
    inbox.mails.clear()
    return sorted(found)


async def test_an_account_is_written_to_in_its_language(lab: Any, inbox: Inbox) -> None:
    person = await lab.person()
    wanted = {"email": "nova@example.org", "password": "sedm tučných krav na louce", "language": "cs"}
    assert (await person.post(f"{API}/auth/sign-up", json=wanted)).status_code in {201, 202}
    await lab.work()
    [mail] = inbox.mails
    assert mail["Subject"] == "Potvrďte svou e-mailovou adresu pro SpheroSeg"
    link = re.search(r"^https?://\S+/verify-email#token=\S+\r?$", mail.get_content(), re.MULTILINE)
    assert link is not None, "whole, in a line by itself"
    inbox.mails.clear()

    await person.post(f"{API}/auth/password/forgot", json={"email": "nova@example.org"})
    await person.post(f"{API}/auth/sign-up", json=wanted | {"language": "de"})
    assert await arrived(lab, inbox) == [
        ("nova@example.org", "cs", "Zvolte si nové heslo do SpheroSegu"),
        ("nova@example.org", "cs", "Účet ve SpheroSegu už máte"),  # the reader's, not that of whoever asked
    ]


async def test_a_change_of_address_is_told_in_the_language_of_the_account(lab: Any, inbox: Inbox) -> None:
    person = await lab.person()
    await speak(lab, person, "fr")
    async with lab.state.database.session() as session:
        user = await session.get_one(User, person.user_id)
        user.password_hash = await lab.state.passwords.hash("correct horse battery")
    wanted = {"email": "neu@example.org", "password": "correct horse battery"}
    assert (await person.put(f"{API}/users/me/email", json=wanted)).status_code == 202
    await lab.work()
    token = next(mail for mail in inbox.mails if mail["To"] == "neu@example.org").get_content()
    token = re.search(r"#token=(\S+)", token).group(1)  # type: ignore[union-attr]
    inbox.mails.pop()
    assert {mail["Content-Language"] for mail in inbox.mails} == {"fr"}
    inbox.mails.clear()
    assert (await person.post(f"{API}/auth/verify", json={"token": token})).status_code == 200
    assert await arrived(lab, inbox) == [
        (person.email, "fr", "L’adresse e-mail de votre compte SpheroSeg a été changée")
    ]


async def test_an_invitation_speaks_the_language_of_its_reader_or_else_of_the_inviter(lab: Any, inbox: Inbox) -> None:
    alice, bob = await lab.person(), await lab.person("bob")
    await speak(lab, alice, "cs")
    await speak(lab, bob, "zh")
    project_id = await lab.project(alice, name="Růst „A“")
    for email in (bob.email.upper(), "nobody.yet@example.org"):
        await alice.post(f"{API}/projects/{project_id}/invitations", json={"email": email, "role": "viewer"})
    await lab.work()
    to_bob, to_nobody = sorted(inbox.mails, key=lambda mail: str(mail["Content-Language"]), reverse=True)
    assert to_bob["Content-Language"] == "zh"
    assert "您的角色：查看者" in to_bob.get_content()
    assert to_nobody["Content-Language"] == "cs"
    assert to_nobody["Subject"] == "alice vás zve do projektu „Růst „A““ ve SpheroSegu"
    async with lab.state.database.session() as session:
        expires_at = (await session.get_one(Invitation, await _id_of(alice, project_id))).expires_at
    assert f"platí do {expires_at.day}. " in to_nobody.get_content()
    assert "Vaše role v něm: čtenář." in to_nobody.get_content()


async def _id_of(person: Any, project_id: str) -> uuid.UUID:
    rows = (await person.get(f"{API}/projects/{project_id}/invitations")).json()
    return uuid.UUID(next(row["id"] for row in rows if row["email"] == "nobody.yet@example.org"))


async def test_the_end_of_a_run_is_told_in_the_language_of_the_one_who_started_it(lab: Any, inbox: Inbox) -> None:
    alice = await lab.person()
    await speak(lab, alice, "de-CH")
    project_id = await lab.project(alice, name="Wachstum")
    async with lab.state.database.session() as session:
        run = Run(
            project_id=uuid.UUID(project_id), created_by=alice.user_id, model_name="classical", model_hash="0" * 64
        )
        session.add(run)
        await session.flush()
        await enqueue(session, "segmentation:send_run_finished", queue=MAIL, run_id=str(run.id))
    assert await arrived(lab, inbox) == [(alice.email, "de", "Der Lauf über „Wachstum“ ist beendet")]
