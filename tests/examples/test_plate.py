"""The example plate's answer is known: from true dark pixels to the IC50 within a few per cent."""

import io

import numpy as np
import pandas as pd
import pytest
import tifffile

import spheroseg.analysis as sa
from spheroseg.examples import plate
from spheroseg.imaging import filenames


@pytest.fixture(scope="module")
def rendered() -> pd.DataFrame:
    """A row an image: well, time, and the area of what is dark."""
    rows = []
    for name, content in plate.files():
        _, well, hours = name.removesuffix("h.tif").split("_")
        with tifffile.TiffFile(io.BytesIO(content)) as file:
            pixels = file.asarray()
            assert file.imagej_metadata["unit"] == "um"
        area_um2 = float(np.count_nonzero(pixels < 0.55 * np.median(pixels[:8]))) * plate.PIXEL_SIZE_UM**2
        rows.append({"well": well, "time_h": float(hours.removeprefix("t")), "image": name, "area_um2": area_um2})
    return pd.DataFrame(rows)


def test_the_ic50_that_comes_out_is_the_one_that_went_in(rendered: pd.DataFrame) -> None:
    seen = sa.observe(rendered, sa.Reading(size="volume"))
    layout = sa.check_layout(pd.DataFrame(plate.layout()))
    found = sa.analyse(seen, layout, sa.Options(response="growth-rate")).dose_response.set_index("compound")
    for compound, known in plate.IC50_UM.items():
        row = found.loc[compound]
        assert row["ic50_relative"] == pytest.approx(known, rel=0.1)
        assert row["ic50_relative_low"] < known < row["ic50_relative_high"]


def test_the_same_pixels_every_time_and_a_row_at_a_time() -> None:
    once, again = dict(plate.files("A")), dict(plate.files("A"))
    assert once == again
    assert len(once) == 11 * len(plate.TIMES_H)


def test_wells_and_hours_stand_in_the_names() -> None:
    read = [filenames.parse(name) for name, _ in plate.files("B")]
    assert [(each.well, each.time, each.time_unit) for each in read[:2]] == [("B01", 0, "h"), ("B01", 24, "h")]
