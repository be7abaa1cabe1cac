"""One list of image kinds: what the readers open, the command line looks for, the service takes and the page offers."""

import json
from pathlib import Path

import pytest

from spheroseg.imaging import IMAGE_KINDS, is_image_path
from spheroseg.imaging.kinds import HEAD_BYTES, IMAGE_SUFFIXES, OME_ZARR, kind_of, suffix_of
from spheroseg.imaging.read import _READERS

PAGE = Path(__file__).parents[2] / "web/src/images/image_suffixes.json"


@pytest.mark.parametrize("suffix", [".stk", ".lsm", ".btf", ".tf8", ".jpe", ".dib", ".TIFF", ".Png"])
def test_every_ending_counts_in_any_case(suffix):
    assert is_image_path(f"plate 1/A01{suffix}")


@pytest.mark.parametrize("name", ["A01.txt", "A01", ".png", "tif"])
def test_other_names_do_not(name):
    assert not is_image_path(name)


def test_each_kind_is_told_by_its_first_bytes_and_has_a_reader():
    for kind in IMAGE_KINDS:
        for signature in kind.signatures:
            assert kind_of((bytes(kind.offset) + signature).ljust(HEAD_BYTES, b"\0")) == kind
        if not kind.signatures:
            assert kind_of(b"II*\0", f"a{kind.suffixes[0].upper()}") == kind
        assert suffix_of(kind.media_type) == kind.suffixes[0]
    assert set(_READERS) == {kind.name for kind in (*IMAGE_KINDS, OME_ZARR)}
    assert kind_of(b"%PDF-1.7".ljust(HEAD_BYTES)) is None


def test_the_page_offers_the_same_kinds():
    assert set(json.loads(PAGE.read_text())) == IMAGE_SUFFIXES - {".zarr"}, "run web/build.sh types"
