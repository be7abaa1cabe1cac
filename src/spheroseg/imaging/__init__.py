from spheroseg.imaging.filename_patterns import FileNamePattern, compile_pattern
from spheroseg.imaging.filenames import FileFields, parse_well
from spheroseg.imaging.image import Image
from spheroseg.imaging.normalise import luminance, normalise, percentile_range
from spheroseg.imaging.read import FORMATS, describe, is_image_path, read_image
from spheroseg.imaging.render import (
    ChannelView,
    default_views,
    default_window,
    encode,
    n_levels,
    raw_tile,
    thumbnail,
    tile,
    to_display,
)

__all__ = [
    "FORMATS",
    "ChannelView",
    "FileFields",
    "FileNamePattern",
    "Image",
    "compile_pattern",
    "default_views",
    "default_window",
    "describe",
    "encode",
    "is_image_path",
    "luminance",
    "n_levels",
    "normalise",
    "parse_well",
    "percentile_range",
    "raw_tile",
    "read_image",
    "thumbnail",
    "tile",
    "to_display",
]
