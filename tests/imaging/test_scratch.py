import numpy as np
import tifffile

from spheroseg.imaging import read_image, scratch


def test_small_arrays_lie_in_memory_and_large_ones_in_a_file(monkeypatch):
    monkeypatch.setattr(scratch, "SCRATCH_FROM_BYTES", 1_000)
    small, large = scratch.empty((10, 10), np.uint8), scratch.empty((2, 30, 40), np.uint16)
    assert not isinstance(small, np.memmap)
    assert isinstance(large, np.memmap)
    large[...] = 7
    assert large.shape == (2, 30, 40)
    assert int(large.sum()) == 7 * 2_400


def test_a_compressed_file_is_decoded_into_scratch_room(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch, "SCRATCH_FROM_BYTES", 1_000)
    values = np.random.default_rng(0).integers(0, 60_000, (3, 37, 53)).astype(np.uint16)
    for compression in ("lzw", None):
        tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack", compression=compression, byteorder=">")
        image = read_image(tmp_path / "a.tif")
        assert image.data.dtype.isnative
        assert np.array_equal(image.data[:, 0, 0], values)
