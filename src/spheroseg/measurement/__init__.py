"""Outlines or labels → numbers: shape, intensity, core and invasion, and what each number means."""

from spheroseg.measurement.definitions import DEFINITIONS, NA_REASONS, Definition
from spheroseg.measurement.invasion import measure_core
from spheroseg.measurement.measure import measure

__all__ = ["DEFINITIONS", "NA_REASONS", "Definition", "measure", "measure_core"]
