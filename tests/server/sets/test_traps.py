"""A folder with everything that was once wrong without a word, through the API: what its images say of themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from tests.fixtures.nikon_nd2 import write_nd2
from tests.server.sets.test_sets import files_below, images_of, send, set_of

from spheroseg.imaging.sources import PARTS_OF_SETS

GREY = np.random.default_rng(0).integers(0, 4096, (40, 64)).astype(np.uint16)
OME = '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"'


def write(path: Path, values: Any, **tags: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, values, **({"metadata": None} | tags))


def a_set_with_a_companion(folder: Path) -> None:
    """Two times of two channels, a file each; the last one did not come, and each says 10,000 px/cm."""
    places = [(t, c, f"x_t{t}_c{c}.ome.tif") for t in range(2) for c in range(2)]
    pages = "".join(
        f'<TiffData FirstT="{t}" FirstC="{c}" FirstZ="0" IFD="0" PlaneCount="1"><UUID FileName="{name}">urn:uuid:{name}</UUID>'
        "</TiffData>"
        for t, c, name in places
    )
    folder.mkdir(parents=True)
    (folder / "x.companion.ome").write_text(
        f'{OME}><Image ID="Image:0" Name="C04"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="64" SizeY="40" '
        f'SizeC="2" SizeZ="1" SizeT="2" PhysicalSizeX="0.65" PhysicalSizeY="0.65" TimeIncrement="4" TimeIncrementUnit="h">'
        f'<Channel ID="Channel:0:0" Name="BF"/><Channel ID="Channel:0:1" Name="GFP"/>{pages}</Pixels></Image></OME>'
    )
    pointer = f'{OME}><BinaryOnly MetadataFile="x.companion.ome" UUID="urn:uuid:0"/></OME>'
    for t, c, name in places[:-1]:
        write(
            folder / name,
            GREY + 10 * t + c,
            description=pointer,
            resolution=(10_000, 10_000),
            resolutionunit="CENTIMETER",
        )


async def test_what_is_doubtful_is_seen_before_and_after_it_is_added(lab: Any, tmp_path: Path) -> None:
    root = tmp_path / "day 1"
    write(root / "images" / "B02.tif", GREY, resolution=(300, 300), resolutionunit="INCH")
    write(root / "masks" / "B02_masks.tif", (GREY > 9_999).astype(np.uint8))
    write(root / "ix" / "P7_D05_s1_w1.tif", GREY)
    write(root / "ix" / "P7_D05_s1_w2.tif", GREY)
    write(root / "ix" / "P7_D05_s1_w1_thumb.tif", GREY[::4, ::4])
    a_set_with_a_companion(root / "set")
    write_nd2(root / "estradiol_E2.nd2", np.zeros((2, 1, 1, 1, 24, 32), np.uint16), position_names=("A06", "A07"))
    alice = await lab.person()
    project_id = await lab.project(alice)
    set_id = await send(alice, project_id, files_below(tmp_path))
    await lab.work()
    seen = (await set_of(alice, set_id))["found"]
    assert {entry["name"].rpartition("/")[2]: entry["reason"] for entry in seen["left_out"]} == {
        **dict.fromkeys(("x_t0_c1.ome.tif", "x_t1_c0.ome.tif"), PARTS_OF_SETS),
        "B02_masks.tif": "label masks beside their images",
        "P7_D05_s1_w1_thumb.tif": "thumbnails",
    }
    scales = {(image["well"], image["name"]): image["pixel_size_um"] for image in seen["images"]}
    assert scales == {
        ("B02", ""): None,
        ("C04", "C04"): [0.65, 0.65],
        ("D05", "D05_f1"): None,
        ("A06", "A06"): [0.65, 0.65],
        ("A07", "A07"): [0.65, 0.65],
    }
    printed = next(image for image in seen["images"] if image["well"] == "B02")
    assert "300 dots per inch" in " ".join(printed["doubts"])

    await alice.post(f"/api/v1/upload-sets/{set_id}/add")
    await lab.work()
    await lab.work()  # what was added is prepared
    images = {image["well"]: image for image in await images_of(alice, project_id)}
    assert set(images) == {"A06", "A07", "B02", "C04", "D05"}
    assert {image["state"] for image in images.values()} == {"ready"}
    assert images["B02"]["pixel_size_um"] is None
    assert "300 dots per inch" in str(images["B02"])
    stack = images["C04"]
    assert (stack["n_frames"], stack["n_channels"], stack["n_slices"]) == (2, 2, 1)
    assert (stack["pixel_size_um"]["x"], stack["pixel_size_source"]) == (0.65, "ome")
    assert "x_t1_c1.ome.tif is not here" in " ".join(stack["notes"]), (
        "why a plane is missing is not lost in the OME-TIFF"
    )
    assert (stack["channel"], stack["time_index"]) == ("", None), "those are of the first of its files"
    frames = (await alice.get(f"/api/v1/images/{stack['id']}/frames")).json()
    assert [frame["time_s"] for frame in frames] == [0, 14_400]
    assert images["D05"]["n_channels"] == 2
