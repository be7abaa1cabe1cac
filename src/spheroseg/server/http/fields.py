"""Kinds of fields that the requests of several features share."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from spheroseg.server.resources.json_object import JsonObject

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
MAX_JSON_BYTES = 16_384
MAX_JSON_DEPTH = 16


class Input(BaseModel):
    """Base of request bodies: unknown members are refused, so that a misspelt one is not ignored."""

    model_config = ConfigDict(extra="forbid")


def _printable(value: str) -> str:
    if CONTROL.search(value):
        raise ValueError("must not contain control characters")
    return unicodedata.normalize("NFC", value)


def _one_line(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise ValueError("must be one line")
    return value


def _depth(value: object) -> int:
    """How deep lists and objects lie in one another; 1 for a flat one, 0 for a plain value."""
    deepest, level = 0, [value]
    while level := [
        item
        for each in level
        if isinstance(each, dict | list)
        for item in (each.values() if isinstance(each, dict) else each)
    ]:
        deepest += 1
        if deepest > MAX_JSON_DEPTH:
            break
    return deepest


def _small_json(value: JsonObject) -> JsonObject:
    if _depth(value) > MAX_JSON_DEPTH:
        raise ValueError(f"must not be nested deeper than {MAX_JSON_DEPTH} levels")
    try:
        size = len(json.dumps(value, allow_nan=False).encode())
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # half surrogates cannot be stored
    except (ValueError, RecursionError) as error:
        raise ValueError("must be JSON") from error
    if size > MAX_JSON_BYTES:
        raise ValueError(f"must have at most {MAX_JSON_BYTES} bytes as JSON")
    if "\\u0000" in json.dumps(value):
        raise ValueError("must not contain NUL characters")
    return value


def normal_address(value: str) -> str:
    """An e-mail address in normal form.

    Raises:
        ValueError: it is none.
    """
    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
    AfterValidator(_one_line),
]
"""One line, 1…200 characters."""

OptionalName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    AfterValidator(_printable),
    AfterValidator(_one_line),
]
"""One line, 0…200 characters."""

Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000), AfterValidator(_printable)]
"""Text of up to 10,000 characters."""

SmallJson = Annotated[JsonObject, AfterValidator(_small_json)]
"""A JSON object of up to 16 kB."""

Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    AfterValidator(normal_address),
    Field(json_schema_extra={"format": "email"}, examples=["ada@example.org"]),
]
"""An e-mail address in normal form."""

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
"""A language such as `en` or `cs`."""

Token = Annotated[str, StringConstraints(min_length=20, max_length=200, pattern=r"^[A-Za-z0-9_-]+$")]
"""A secret from a link."""


def email_key(email: str) -> str:
    """An address as it is compared: people do not mind the case of letters."""
    return unicodedata.normalize("NFKC", email).casefold()


def like_pattern(search: str) -> str:
    """A search text as a LIKE pattern that finds it anywhere; % and _ are plain characters."""
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
