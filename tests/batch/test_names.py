import itertools
import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spheroseg.batch.names import frame_name, result_names


def outputs(name: str) -> set[str]:
    """What a file of several series and frames may write under a name, as any file system sees it."""
    places = itertools.product((None, 0, 1), (None, 0, 1))
    return {unicodedata.normalize("NFC", frame_name(name, s, t)).casefold() for s, t in places}


@pytest.mark.parametrize(
    "relatives",
    [
        ["A01.tif", "A01_t000.tif"],
        ["A01_t000.tif", "A01.tif", "A01_s0.tif", "A01_s0_t001.tif"],
        ["A01.v1.tif", "A01.v2.tif", "A01.tif"],
        ["A.tif", "a.TIF", "A.png"],
        ["p1/A01.ome.tif", "p2/A01.tif", "p1__A01.tif"],
        ["x" * 251 + ".tif", "x" * 250 + "y.tif", "d" * 200 + "/" + "e" * 200 + "/f.tif"],
        ["a\udcff.tif", "a\udcfe.tif", "a\\xff.tif"],
        ["Sph\u00e9ro.tif", "Sphe\u0301ro.tif"],
        ["a?.tif", "a*.tif", "a_.tif", "con.tif", "a. .tif"],
    ],
)
def test_two_sources_never_write_one_file(relatives: list[str]) -> None:
    names = result_names(relatives)
    for one, other in itertools.combinations(names, 2):
        assert outputs(one).isdisjoint(outputs(other)), (one, other)
    for name in names:
        assert len(os.fsencode(f"{frame_name(name, 12, 1234)}.ome.tif")) < 230
        assert not set(name) & set('<>:"|?*/\\')
        name.encode()


@given(st.lists(st.text(min_size=1, max_size=12), unique=True, max_size=8))
def test_whatever_their_names_are(texts: list[str]) -> None:
    names = result_names([f"{text.replace('/', '_').replace(chr(0), '_')}.tif" for text in texts])
    for one, other in itertools.combinations(names, 2):
        assert outputs(one).isdisjoint(outputs(other))


def test_frames_that_are_files_keep_their_names() -> None:
    assert result_names(["A01_t000.tif", "A01_t001.tif"]) == ["A01_t000", "A01_t001"]
