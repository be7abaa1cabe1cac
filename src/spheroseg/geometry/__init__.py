"""Labels ↔ polygons: trace, rasterise, simplify, smooth, edit, repair."""

from spheroseg.geometry import edit
from spheroseg.geometry.polygons import Polygon, Polygons
from spheroseg.geometry.rasterise import rasterise
from spheroseg.geometry.repair import repair
from spheroseg.geometry.simplify import simplify
from spheroseg.geometry.smooth import smooth
from spheroseg.geometry.trace import trace

__all__ = ["Polygon", "Polygons", "edit", "rasterise", "repair", "simplify", "smooth", "trace"]
