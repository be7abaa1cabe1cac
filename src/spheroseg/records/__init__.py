"""The values that travel between rooms, processes, the database and files, each with one type and no array in it.

Only pydantic is needed to read them: the web service imports this room without the libraries that make the numbers.
"""

from spheroseg.records.measure_column import Measure, MeasureColumn, as_measures, as_row
from spheroseg.records.pixel_size import PixelSize, check_pixel_size
from spheroseg.records.run_card import FrameSource, InputIdentity, ModelIdentity, RunCard, ScaleRecord

__all__ = [
    "FrameSource",
    "InputIdentity",
    "Measure",
    "MeasureColumn",
    "ModelIdentity",
    "PixelSize",
    "RunCard",
    "ScaleRecord",
    "as_measures",
    "as_row",
    "check_pixel_size",
]
