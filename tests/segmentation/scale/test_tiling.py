import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spheroseg.segmentation.scale.network_input import NetworkInput
from spheroseg.segmentation.scale.tiling import _ramp, network_maps, plan_axis


@given(st.integers(1, 30_000), st.sampled_from([32, 64, 128]), st.integers(13, 40))
@settings(max_examples=200, deadline=None)
def test_tiles_cover_an_axis_equally(length, overlap, thirty_twos):
    largest = 32 * thirty_twos
    axis = plan_axis(length, 32, overlap, largest)
    assert axis.tile % 32 == 0
    assert axis.tile <= largest
    assert axis.starts[0] == 0
    assert length <= axis.end < length + 32
    assert all(start % 32 == 0 for start in axis.starts)
    assert all(overlap <= axis.overlap(i) < axis.tile for i in range(1, len(axis.starts)))
    assert sum(axis.finished(i) for i in range(len(axis.starts))) == axis.end


@given(st.integers(500, 5_000), st.sampled_from([32, 96, 128]))
@settings(max_examples=50, deadline=None)
def test_the_weights_of_all_tiles_add_up_to_one(length, overlap):
    axis = plan_axis(length, 32, overlap, 416)
    total = np.zeros(axis.end)
    for i, start in enumerate(axis.starts):
        total[start : start + axis.tile] += _ramp(axis, i)
    np.testing.assert_allclose(total, 1.0, atol=1e-6)


def picture(shape):
    rng = np.random.default_rng(5)
    plane = rng.normal(100, 20, shape).astype(np.float32)
    plane[shape[0] // 3 : shape[0] // 2, 40:300] += 80
    return plane


def test_tiled_and_untiled_agree(model):
    plane = picture((430, 610))
    frame = NetworkInput(plane, plane.shape, model.card.normalisation)
    untiled = network_maps(frame, model).astype(int)
    tiled = network_maps(frame, model, largest_tile_px=192).astype(int)
    assert untiled.shape == (2, 430, 610)
    # the network sees 10 px far, the overlap is 32 px: what is left is rounding
    assert np.abs(tiled - untiled).max() <= 1


def test_averaging_over_mirror_images_makes_the_result_symmetric(model):
    half = picture((96, 80))
    plane = np.concatenate([half, half[:, ::-1]], axis=1)
    frame = NetworkInput(plane, plane.shape, model.card.normalisation)
    maps = network_maps(frame, model, accurate=True).astype(int)
    assert np.abs(maps - maps[:, :, ::-1]).max() <= 1
