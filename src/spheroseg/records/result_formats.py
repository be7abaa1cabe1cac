"""Which formats results are written in: the one list of commands, batches, exports and the client.

How each is read and written is in `spheroseg.formats`; this list needs none of its libraries.
"""

from __future__ import annotations

from typing import Literal, get_args

ResultFormat = Literal["csv", "xlsx", "parquet", "masks", "coco", "yolo", "geojson", "imagej"]
"""Names as in `formats.FORMATS`."""

RESULT_FORMATS: tuple[ResultFormat, ...] = get_args(ResultFormat)

RESULT_PATHS: dict[ResultFormat, str] = {
    "csv": "objects.csv",
    "xlsx": "objects.xlsx",
    "parquet": "objects.parquet",
    "masks": "masks",
    "coco": "coco.json",
    "yolo": "yolo",
    "geojson": "geojson",
    "imagej": "rois",
}
"""The file or folder of each in a folder of results."""
