"""SpheroSeg: outlines and measures spheroids and cells in microscope images.

    import spheroseg as sg

    image = sg.read_image("A01_t003.tif")
    result = sg.segment(image)          # outlines every object
    table = result.measure()            # one row an object, in µm where the pixel size is known

Everything is loaded at first use, so that `import spheroseg` costs milliseconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from spheroseg.version import __version__

if TYPE_CHECKING:
    from spheroseg.geometry import rasterise, trace
    from spheroseg.imaging import read_image, read_plate
    from spheroseg.measurement import measure
    from spheroseg.pipeline import Segmentation, segment

__all__ = ["Segmentation", "__version__", "measure", "rasterise", "read_image", "read_plate", "segment", "trace"]

_HOMES = {
    "Segmentation": "spheroseg.pipeline",
    "measure": "spheroseg.measurement",
    "rasterise": "spheroseg.geometry",
    "read_image": "spheroseg.imaging",
    "read_plate": "spheroseg.imaging",
    "segment": "spheroseg.pipeline",
    "trace": "spheroseg.geometry",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 -- whatever the room offers under this name
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'spheroseg' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
