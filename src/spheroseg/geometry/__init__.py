"""Labels ↔ polygons: trace, rasterize, simplify, smooth, edit, repair."""

from spheroseg.geometry import edit
from spheroseg.geometry.polygons import Polygon, Polygons
from spheroseg.geometry.rasterize import rasterize
from spheroseg.geometry.repair import repair
from spheroseg.geometry.simplify import simplify
from spheroseg.geometry.smooth import smooth
from spheroseg.geometry.trace import trace

__all__ = ["Polygon", "Polygons", "edit", "rasterize", "repair", "simplify", "smooth", "trace"]
