import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco_mask

from spheroseg.errors import ParameterError
from spheroseg.formats.parts.rle import decode_mask, encode_mask, from_string, parse_counts, to_string

MASKS = arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12)))


def whole(mask, left, top, shape):
    full = np.zeros(shape, dtype=bool)
    full[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
    return full


@settings(deadline=None, max_examples=300)
@given(MASKS)
def test_the_string_is_pycocotools_own(mask):
    ours = to_string(encode_mask(mask, mask.shape))
    theirs = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
    assert ours == theirs
    assert (whole(*decode_mask(from_string(ours), mask.shape), mask.shape) == mask).all()


@settings(deadline=None, max_examples=200)
@given(MASKS, st.data())
def test_a_crop_is_encoded_as_the_whole_image(mask, data):
    height, width = mask.shape
    top = data.draw(st.integers(0, height - 1))
    left = data.draw(st.integers(0, width - 1))
    full = np.zeros(mask.shape, dtype=bool)
    full[top:, left:] = mask[top:, left:]
    assert encode_mask(mask[top:, left:], mask.shape, left, top).tolist() == encode_mask(full, mask.shape).tolist()


def test_long_runs_and_falling_counts_survive_the_string():
    counts = np.array([0, 2**31, 1, 40_000_000_000, 3, 2, 1, 0, 5], dtype=np.int64)
    assert from_string(to_string(counts)).tolist() == counts.tolist()


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(max_size=20), st.binary(max_size=20)))
def test_any_string_is_decoded_or_refused(text):
    try:
        counts = from_string(text)
    except ParameterError:
        return
    assert counts.dtype == np.int64


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([1, 2], "sum to 3"),
        ([-1, 10], "negative"),
        ([[1], [2]], "negative or no number"),
        ("", "empty"),
        ("a b", "cannot be in one"),
        ("o", "cut off"),
        ("oooooooooooooooo0", "beyond 60 bits"),
        ([None], "neither whole numbers nor a string"),
        (None, "neither whole numbers"),
        ([2**70], "neither whole numbers"),
    ],
)
def test_broken_counts_are_refused_with_the_reason(counts, reason):
    with pytest.raises(ParameterError, match=reason):
        decode_mask(parse_counts(counts), (3, 3))
