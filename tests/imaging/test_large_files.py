import numpy as np
import tifffile

from spheroseg.imaging import limits, read_image


def test_a_compressed_file_is_decoded_into_scratch_room(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "SCRATCH_FROM_BYTES", 1_000)
    values = np.random.default_rng(0).integers(0, 60_000, (3, 37, 53)).astype(np.uint16)
    for compression in ("lzw", None):
        tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack", compression=compression, byteorder=">")
        image = read_image(tmp_path / "a.tif")
        assert isinstance(image.data, np.memmap)
        assert image.data.dtype.isnative
        assert np.array_equal(image.data[:, 0, 0], values)
