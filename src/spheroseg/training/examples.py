"""Renders the example images that come with the package: `python -m spheroseg.training.examples`.

They are rendered, not photographed, so that the package carries nobody's data; they show what the program does
and are no evidence of how well it does it.
"""

from __future__ import annotations

from pathlib import Path

import tifffile

import spheroseg
from spheroseg.training.synthetic import render_example

SHIPPED_FOLDER = Path(spheroseg.__file__).parent / "examples"
SIZE_PX = (600, 800)
# file name as an instrument would write it, kind of scene, seed chosen by eye
SCENES = (
    ("example_compact_A01.tif", "compact", 3),
    ("example_loose_A02.tif", "loose", 1),
    ("example_several_A03.tif", "several", 3),
    ("example_touching_B01.tif", "touching", 1),
    ("example_disintegrating_B02.tif", "disintegrating", 3),
    ("example_invading_B03.tif", "invading", 2),
    ("example_cysts_C01.tif", "cysts", 0),
    ("example_nuclei_C02.tif", "nuclei", 3),
)


def render_shipped(folder: Path = SHIPPED_FOLDER) -> list[Path]:
    """Write the example images as compressed TIFFs with their pixel size; the same bytes of pixels every time."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, kind, seed in SCENES:
        image, _, pixel_size_um = render_example(seed, kind, SIZE_PX)
        path = folder / name
        tifffile.imwrite(
            path,
            image,
            imagej=True,
            compression="zlib",
            resolution=(1 / pixel_size_um, 1 / pixel_size_um),
            metadata={"unit": "um", "axes": "YX"},
        )
        paths.append(path)
    return paths


if __name__ == "__main__":
    render_shipped()
