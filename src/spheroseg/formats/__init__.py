"""Results ↔ files: one file a format. `FORMATS` lists them; `convert` goes from one to another."""

from spheroseg.formats.conversion import convert
from spheroseg.formats.dataset import AnnotatedImage, Annotations, Note, ObjectKey, Report
from spheroseg.formats.parts.image_folder import ImageFolder
from spheroseg.formats.registry import FORMATS, Format

__all__ = [
    "FORMATS",
    "AnnotatedImage",
    "Annotations",
    "Format",
    "ImageFolder",
    "Note",
    "ObjectKey",
    "Report",
    "convert",
]
