"""What mails say, in the language of their reader.

The texts lie in one file a language beside this one. A text has `{names}`; a number whose name is among the file's
`counts` becomes a phrase in the form that the language has for it ("1 hodinu", "2 hodiny", "48 hodin").
"""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from importlib.resources import files
from typing import Any

from spheroseg.server.resources.mail import Mail

LANGUAGES = ("en", "cs", "de", "es", "fr", "zh")
"""Those of the web app; others are written to in the first one."""

GROUPED_FROM = {"es": 10_000}
"""The smallest number whose thousands stand apart, where that is not 1000."""


def write(name: str, language: str, to: str, **values: str | int | dt.date) -> Mail:
    """A mail to one person.

    Args:
        name: of the mail, as in the files of texts.
        language: of the reader, such as `cs` or `en-GB`.
        to: the address.
        values: what stands in the place of the names: dates and numbers are written as the language writes them.
    """
    spoken = spoken_language(language)
    texts = texts_of(spoken)
    written = {key: _in_words(spoken, texts, key, value) for key, value in values.items()}
    mail = texts["mails"][name]
    text = "\n\n".join(mail["text"]).format_map(written) + "\n"
    return Mail(to=to, subject=mail["subject"].format_map(written), text=text, language=spoken)


def spoken_language(language: str) -> str:
    """The one of our languages in which a reader is written to."""
    base = language.partition("-")[0].lower()
    return base if base in LANGUAGES else LANGUAGES[0]


def asked_language(accept_language: str | None) -> str:
    """The first of our languages that a browser asks for (its `Accept-Language`, best first as all browsers write it)."""
    wanted = [part.partition(";")[0].strip().partition("-")[0].lower() for part in (accept_language or "").split(",")]
    return next((each for each in wanted if each in LANGUAGES), LANGUAGES[0])


@cache
def texts_of(language: str) -> dict[str, Any]:
    """The file of a language."""
    texts: dict[str, Any] = json.loads(files(__package__).joinpath(f"{language}.json").read_text("utf-8"))
    return texts


def plural_form(language: str, number: int) -> str:
    """Which form of a noun goes with a number (CLDR's rules for whole numbers)."""
    if language == "zh":
        return "other"
    if number == 1 or (language == "fr" and number == 0):
        return "one"
    return "few" if language == "cs" and number in {2, 3, 4} else "other"


def _in_words(language: str, texts: dict[str, Any], key: str, value: str | int | dt.date) -> str:
    if isinstance(value, dt.date):
        month = texts["months"][value.month - 1]
        day = texts.get("first_day", "1") if value.day == 1 else value.day
        return str(texts["date"].format(day=day, month=month, year=value.year))
    if isinstance(value, str):
        words: dict[str, str] = texts["words"].get(key, {})
        return words.get(value, value)
    is_grouped = value >= GROUPED_FROM.get(language, 1000)
    number = f"{value:,}".replace(",", texts["thousands"]) if is_grouped else str(value)
    phrases: dict[str, str] | None = texts["counts"].get(key)
    if phrases is None:
        return number
    form = "zero" if value == 0 and "zero" in phrases else plural_form(language, value)
    return phrases[form].format(n=number)
