"""The formats of results: one list, and each of them can be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from spheroseg.formats.registry import format_named, format_of_target
from spheroseg.records import RESULT_FORMATS, RESULT_PATHS, ResultFormat


@pytest.mark.parametrize("name", RESULT_FORMATS)
def test_each_can_be_written_where_the_list_says(name: ResultFormat, tmp_path: Path) -> None:
    assert format_named(name).can_write
    path = tmp_path / RESULT_PATHS[name]
    if path.suffix:
        assert format_of_target(path).name == name


def test_no_two_are_written_to_the_same_place() -> None:
    assert len(set(RESULT_PATHS.values())) == len(RESULT_FORMATS) == len(RESULT_PATHS)
