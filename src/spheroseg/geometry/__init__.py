"""Labels ↔ polygons: trace, rasterize, simplify, smooth, edit, repair."""

from spheroseg.geometry.polygons import Polygon, Polygons
from spheroseg.geometry.rasterize import rasterize
from spheroseg.geometry.trace import trace

__all__ = ["Polygon", "Polygons", "rasterize", "trace"]
