"""SpheroSeg: outlines and measures spheroids and cells in microscope images.

    import spheroseg as sg

    image = sg.read_image("A01_t003.tif")
    result = sg.segment(image)          # outlines every object
    table = result.measure()            # one row an object, in µm where the pixel size is known

Everything is loaded at first use, so that `import spheroseg` costs milliseconds.
"""

from __future__ import annotations

import os

import lazy_loader  # type: ignore[import-untyped]  # ships no types

from spheroseg.version import __version__

TYPE_CHECKING = (
    False  # as `typing` has it, without loading that: until the command line hears Ctrl-C it is most of the time
)
if TYPE_CHECKING:
    from spheroseg.geometry import rasterise, trace
    from spheroseg.imaging import read_image, read_plate
    from spheroseg.measurement import measure
    from spheroseg.pipeline import Segmentation, segment

# read when ONNX Runtime is loaded, by whomever: else it keeps an id of this machine and tells its makers what is used
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__all__ = ["Segmentation", "__version__", "measure", "rasterise", "read_image", "read_plate", "segment", "trace"]

__getattr__, _, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "geometry": ["rasterise", "trace"],
        "imaging": ["read_image", "read_plate"],
        "measurement": ["measure"],
        "pipeline": ["Segmentation", "segment"],
    },
)


def __dir__() -> list[str]:
    return __all__
