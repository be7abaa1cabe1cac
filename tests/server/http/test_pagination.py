"""Cursors, versions, fields and errors: the small parts that every route shares."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spheroseg.errors import ImageReadError, ParameterError
from spheroseg.server.http.errors import (
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    ServerError,
    Unavailable,
    of_exception,
    problems,
    render,
)
from spheroseg.server.http.etag import etag, match_version
from spheroseg.server.http.fields import email_key, like_pattern
from spheroseg.server.http.pagination import InvalidCursor, decode_cursor, encode_cursor, page_of

MOMENT = dt.datetime(2026, 5, 1, 12, 30, 0, 123456, tzinfo=dt.UTC)


def test_a_cursor_gives_back_what_it_was_made_of() -> None:
    some_id = uuid.uuid4()
    cursor = encode_cursor("Žluť", some_id, MOMENT, 3, 2.5, None)
    assert decode_cursor(cursor, str, uuid.UUID, dt.datetime, int, float, str | None) == (
        "Žluť",
        some_id,
        MOMENT,
        3,
        2.5,
        None,
    )
    assert decode_cursor(None, str) is None
    with pytest.raises(InvalidCursor):
        decode_cursor(encode_cursor(None), str)  # nothing where something has to be


@given(st.text(max_size=200))
def test_a_made_up_cursor_is_refused_or_read_but_never_breaks(text: str) -> None:
    for kinds in ((str, uuid.UUID), (dt.datetime,), (int,), (float,), ()):
        try:
            decode_cursor(text, *kinds)
        except InvalidCursor as error:
            assert error.status == 422  # noqa: PT017 -- either outcome is right


@pytest.mark.parametrize("value", ["a\0b", 2**70, "2026-05-01T12:00:00", True])
def test_values_that_a_query_cannot_take_are_refused(value: object) -> None:
    kind = {"2026-05-01T12:00:00": dt.datetime, True: int}.get(value, type(value))
    with pytest.raises(InvalidCursor):
        decode_cursor(encode_cursor(value), kind)  # type: ignore[arg-type]  # on purpose


def test_an_edit_starts_from_the_present_version() -> None:
    for header in ('"3"', 'W/"3"', '"1", "3"', "*"):
        match_version(header, 3)
    with pytest.raises(PreconditionRequired):
        match_version(None, 3)
    for header in ('"2"', "3", "", '"33"'):
        with pytest.raises(PreconditionFailed) as refused:
            match_version(header, 3)
        assert refused.value.fields == {"version": 3}
    assert etag(3) == '"3"'


def test_search_text_is_literal() -> None:
    assert like_pattern("100%_a\\") == "%100\\%\\_a\\\\%"


def test_addresses_are_compared_without_case() -> None:
    assert email_key("Žofie@Example.ORG") == email_key("žofie@example.org")
    assert email_key("straße@example.org") == email_key("STRASSE@example.org")


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (ParameterError("diameter_px is negative"), Invalid, "diameter_px is negative"),
        (ImageReadError("/srv/secret/path/a.tif", "it is cut off"), Invalid, "it is cut off"),
        (TimeoutError("x"), ServerError, ""),
        (Unavailable("later"), Unavailable, "later"),
    ],
)
def test_what_callers_are_told_of_an_exception(error: Exception, kind: type[ServerError], says: str) -> None:
    problem = of_exception(error)
    assert type(problem) is kind
    assert problem.detail == says
    assert b"/srv" not in bytes(render(problem).body)


def test_what_may_not_be_seen_is_told_of_like_what_does_not_exist() -> None:
    assert render(NotFound("image 7 of project 3")).body == render(NotFound()).body


def test_codes_of_a_route_are_grouped_by_status() -> None:
    described = problems(NotFound, Invalid, InvalidCursor)
    assert set(described) == {404, 422}
    examples = described[422]["content"]["application/problem+json"]["examples"]
    assert set(examples) == {"invalid", "invalid_cursor"}
    assert examples["invalid_cursor"]["value"]["status"] == 422


def test_a_page_goes_on_behind_its_last_row_and_the_last_page_nowhere() -> None:
    rows, cursor = page_of([1, 2, 3], 2, lambda row: [row])
    assert (rows, decode_cursor(cursor, int)) == ([1, 2], (2,))
    assert page_of([3], 2, lambda row: [row]) == ([3], None)
    assert page_of([3, 4], 2, lambda row: [row]) == ([3, 4], None)
    assert page_of([], 2, lambda row: [row]) == ([], None)
