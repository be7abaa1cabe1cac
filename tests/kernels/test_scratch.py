import numpy as np

from spheroseg.kernels.scratch import IN_MEMORY_BYTES, allocate, release


def test_small_arrays_are_plain_and_zero():
    array = allocate((3, 4), np.uint16)
    assert type(array) is np.ndarray
    assert array.dtype == np.uint16
    assert not array.any()


def test_an_array_of_the_stated_size_lies_in_a_file():
    small, large = (
        allocate((10, 10), np.uint8, spill_from_bytes=101),
        allocate((2, 30, 40), np.uint16, spill_from_bytes=4_800),
    )
    assert type(small) is np.ndarray
    assert isinstance(large, np.memmap)
    large[...] = 7
    assert large.shape == (2, 30, 40)
    assert int(large.sum()) == 7 * 2_400


def test_what_was_written_to_a_large_array_survives_the_release_of_its_pages():
    array = allocate((IN_MEMORY_BYTES + 1,), np.uint8)
    assert isinstance(array, np.memmap)
    array[12345] = 7
    release(array[100:])
    assert array[12345] == 7
    assert array[12346] == 0


def test_a_copy_on_write_map_keeps_what_its_owner_wrote(tmp_path):
    path = tmp_path / "plane.raw"
    path.write_bytes(bytes(100))
    owned = np.memmap(path, dtype=np.uint8, mode="c")
    owned[5] = 9
    release(owned)
    release(owned[2:])
    assert owned[5] == 9


def test_plain_arrays_are_left_alone():
    array = np.arange(10)
    release(array)
    assert array.tolist() == list(range(10))
