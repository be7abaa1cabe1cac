from spheroseg.imaging.filename_patterns import FileNamePattern, compile_pattern
from spheroseg.imaging.filenames import FileFields, parse_well
from spheroseg.imaging.identity import doubt_about, identity_of
from spheroseg.imaging.image import Image
from spheroseg.imaging.kinds import IMAGE_KINDS, ImageKind, is_image_path
from spheroseg.imaging.normalise import luminance, normalise, percentile_range
from spheroseg.imaging.plates.plate import Plate, PlateImage
from spheroseg.imaging.read import cached_structure, count_series, describe, read_image, with_interval
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
from spheroseg.imaging.scale import parse_pixel_size
from spheroseg.imaging.sources import ImageSource, LeftOut, Listing, images_among_files, images_below, read_plate
from spheroseg.imaging.units import parse_interval

__all__ = [
    "IMAGE_KINDS",
    "ChannelView",
    "FileFields",
    "FileNamePattern",
    "Image",
    "ImageKind",
    "ImageSource",
    "LeftOut",
    "Listing",
    "Plate",
    "PlateImage",
    "cached_structure",
    "compile_pattern",
    "count_series",
    "default_views",
    "default_window",
    "describe",
    "doubt_about",
    "encode",
    "identity_of",
    "images_among_files",
    "images_below",
    "is_image_path",
    "luminance",
    "n_levels",
    "normalise",
    "parse_interval",
    "parse_pixel_size",
    "parse_well",
    "percentile_range",
    "raw_tile",
    "read_image",
    "read_plate",
    "thumbnail",
    "tile",
    "to_display",
    "with_interval",
]
