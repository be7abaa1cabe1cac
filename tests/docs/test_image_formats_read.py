"""Every row of the table of image formats on files that the test writes: what is promised is read, what is not is not there."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pillow_heif
import pytest
import tifffile
from numpy.typing import NDArray
from tests.docs.test_image_formats import table
from tests.fixtures.cellsens_vsi import write_vsi
from tests.fixtures.deltavision_dv import write_dv
from tests.fixtures.fluoview_oir import write_oir
from tests.fixtures.leica_lif import write_lif, write_xlef
from tests.fixtures.nikon_nd2 import write_nd2
from tests.fixtures.olympus_oif import write_oib, write_oif
from tests.fixtures.ome_zarr import write_plate
from tests.fixtures.zeiss_czi import Block, write_czi

from spheroseg.imaging import IMAGE_KINDS, Image, images_below, read_image
from spheroseg.imaging.identity import identity_of
from spheroseg.imaging.kinds import OME_ZARR
from spheroseg.imaging.scale import SOURCES

ZEN = """<ImageMetadata><Scaling><Items>
<Distance Id="X"><Value>6.5e-7</Value></Distance><Distance Id="Y"><Value>6.5e-7</Value></Distance>
</Items></Scaling></ImageMetadata>"""


def values(*shape: int) -> NDArray[Any]:
    return np.random.default_rng(3).integers(0, 4095, shape, dtype=np.uint16)


def _photo(path: Path) -> None:
    colours = (values(20, 30, 3) >> 4).astype(np.uint8)
    if path.suffix == ".heic":
        pillow_heif.from_bytes("RGB", (30, 20), colours.tobytes()).save(path, quality=-1)
    else:
        PIL.Image.fromarray(colours).save(path)


def _tiff(path: Path) -> None:
    metadata = {
        "axes": "TCZYX",
        "PhysicalSizeX": 0.65,
        "PhysicalSizeY": 0.65,
        "PhysicalSizeZ": 2.0,
        "TimeIncrement": 60.0,
    }
    with tifffile.TiffWriter(path, ome=True) as writer:
        for _ in range(2):
            writer.write(
                values(2, 2, 3, 20, 30),
                photometric="minisblack",
                metadata={**metadata, "Channel": {"Name": ["BF", "GFP"]}},
            )


def _nd2(path: Path) -> None:
    write_nd2(path, values(2, 2, 3, 2, 20, 30), position_names=("B02", "C05"))


def _czi(path: Path) -> None:
    scenes = "".join(
        f'<Scene Index="{s}" Name="P{s}"><Shape Name="{well}"><RowIndex>{row}</RowIndex>'
        f"<ColumnIndex>{column}</ColumnIndex></Shape></Scene>"
        for s, (well, row, column) in enumerate([("B2", 2, 2), ("C5", 3, 5)])
    )
    sizes = "".join(
        f'<Distance Id="{axis}"><Value>{value}</Value></Distance>'
        for axis, value in {"X": 6.5e-7, "Y": 6.5e-7, "Z": 2e-6}.items()
    )
    write_czi(
        path,
        [
            Block(values(20, 30), {"S": s, "T": t, "C": c, "Z": z})
            for s in range(2)
            for t in range(2)
            for c in range(2)
            for z in range(3)
        ],
        xml=f"<ImageDocument><Metadata><Scaling><Items>{sizes}</Items></Scaling><Information><Image><Dimensions>"
        f"<S><Scenes>{scenes}</Scenes></S><T><Positions><Interval><Increment>60</Increment></Interval></Positions></T>"
        '<Channels><Channel Name="BF"/><Channel Name="GFP"/></Channels></Dimensions></Image></Information></Metadata>'
        "</ImageDocument>",
    )


def _lif(path: Path) -> None:
    write_lif(path, {"B02": values(2, 2, 3, 20, 30), "C05": values(2, 2, 3, 20, 30)})


def _xlef(path: Path) -> None:
    write_xlef(path.parent, {"B02": values(2, 20, 30), "C05": values(2, 20, 30)}).rename(path)


def _olympus(path: Path) -> None:
    write = write_oif if path.suffix == ".oif" else write_oib
    write(path, values(2, 2, 3, 20, 30), pixel_size_um=0.25, z_step_nm=1500, time_step_ms=30_000)


def _vsi(path: Path) -> None:
    write_vsi(path, values(2, 2, 3, 20, 30), names=("BF", "GFP"), image_name="B02 10x")


def _dv(path: Path) -> None:
    write_dv(path, values(2, 2, 3, 20, 30), pixel_size_um=0.1, z_step_um=0.2, times_s=(3.0, 10.5), waves_nm=(525, 605))


WRITERS: dict[str, Callable[[Path], Any]] = {
    **dict.fromkeys(("PNG", "JPEG", "BMP", "HEIC"), _photo),
    "TIFF": _tiff,
    "ND2": _nd2,
    "CZI": _czi,
    "LIF": _lif,
    "XLEF": _xlef,
    "OIB": _olympus,
    "OIF": _olympus,
    "OIR": lambda path: write_oir(path, values(2, 2, 3, 20, 30)),
    "VSI": _vsi,
    "DV": _dv,
    "OME-Zarr": lambda path: write_plate(path, "0.5"),
}
"""Each writes a file with all that its format can say; two images where it can hold several, the first of well B02."""
NOT_WRITTEN = {"XLEF": {"times", "z step"}}
"""Columns of which our writer of a format knows nothing."""


def _has(image: Image, column: str) -> bool:
    """Whether an image has what a column of the table is about."""
    return {
        "pixel size": image.pixel_size_um is not None and image.pixel_size_source in SOURCES,
        "times": image.n_frames > 1 and image.frames_are == "time" and image.time_of_frame_s(1) is not None,
        "z step": image.n_slices > 1 and image.z_step_um is not None,
        "channels": image.is_rgb
        or (image.n_channels > 1 and not any(name.startswith("channel ") for name in image.channel_names)),
    }[column]


@pytest.mark.parametrize("kind", [kind.name for kind in (*IMAGE_KINDS, OME_ZARR)])
def test_a_row_is_true(tmp_path: Path, kind: str) -> None:
    head, *rows = table()
    promised = next(dict(zip(head, row, strict=True)) for row in rows if row[0] == kind)
    path = tmp_path / f"B02.{promised['endings'].split(', ')[0]}"
    WRITERS[kind](path)
    if kind == "OIR" and sys.version_info < (3, 12):
        pytest.skip("the library that reads OIR needs Python 3.12")
    image = read_image(path)
    for column in ("times", "z step", "channels"):
        if column not in NOT_WRITTEN.get(kind, ()):
            assert _has(image, column) == (promised[column] != "–"), column
    if promised["channels"] == "colours":
        assert image.channel_names == ("red", "green", "blue")
    if promised["pixel size"] == "files beside it":
        assert not _has(image, "pixel size")
        (tmp_path / "B02_metadata.xml").write_text(ZEN)
        assert read_image(path).pixel_size_um == (0.65, 0.65)
    else:
        assert _has(image, "pixel size")
    has_several = promised["several images (`series`)"] != "no"
    assert (image.n_series > 1) == has_several
    wells = {identity_of(read_image(path, series=series)).well for series in range(image.n_series)}
    says_well = {"ND2", "CZI", "LIF", "XLEF", "OME-Zarr"}  # the others' wells are those of names or of plate folders
    assert ("B02" in wells) == (kind in says_well or not has_several)
    assert len(wells) == (2 if kind in says_well else 1)
    has_files = promised["sets of files"] not in {"–", "plate folders", "the folder"} and kind != "TIFF"
    (source,) = images_below(tmp_path).sources
    assert (source.n_files > 1) == has_files


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp", "heic", "tif"])
def test_plate_folders_of_any_picture(tmp_path: Path, ending: str) -> None:
    head, *rows = table()
    row = next(dict(zip(head, row, strict=True)) for row in rows if ending in row[1].split(", "))
    for wave in (1, 2):
        path = tmp_path / f"P_B02_s1_w{wave}.{ending}"
        tifffile.imwrite(path, values(20, 30)) if ending == "tif" else _photo(path)
    plates = images_below(tmp_path).plates
    assert bool(plates) == ("plate folders" in row["sets of files"])
