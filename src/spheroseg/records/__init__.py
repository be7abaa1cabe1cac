"""The values that travel between rooms, processes, the database and files, each with one type and no array in it.

Only pydantic is needed to read them: the web service imports this room without the libraries that make the numbers.
"""

from spheroseg.records.conditions import CONDITION_COLUMNS
from spheroseg.records.pixel_size import PixelSize, check_pixel_size
from spheroseg.records.result_formats import RESULT_FORMATS, RESULT_PATHS, ResultFormat
from spheroseg.records.run_card import FrameSource, InputIdentity, ModelIdentity, RunCard, ScaleRecord

__all__ = [
    "CONDITION_COLUMNS",
    "RESULT_FORMATS",
    "RESULT_PATHS",
    "FrameSource",
    "InputIdentity",
    "ModelIdentity",
    "PixelSize",
    "ResultFormat",
    "RunCard",
    "ScaleRecord",
    "check_pixel_size",
]
