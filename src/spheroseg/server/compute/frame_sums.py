"""What the objects of a frame add up to, as it travels from the database to the child that analyses a plate: names only."""

from __future__ import annotations

KINDS = {"diameter": ("equivalent_diameter", ""), "area": ("area", "2"), "volume": ("volume_sphere", "3")}
"""Each size: its measure, and the power of the unit in the measure's name."""
POWER = {"diameter": 1, "area": 2, "volume": 3}
"""A relative error of the diameter counts this often in the size."""
OF_KIND = ("n_objects", "n_no_value", "n_border", "total", "variance", "largest", "largest_variance")
"""Sums of each size, as `spheroseg.analysis.image_sums` defines them."""
RATIOS = ("invasion_index", "disintegration_index", "dispersed_fraction")
OF_RATIO = tuple(f"{ratio}_{name}" for ratio in RATIOS for name in ("total", "n"))
SUMS = (*(f"{kind}_{name}" for kind in KINDS for name in OF_KIND), *OF_RATIO)
"""What a frame's sums are, in order."""
IDENTITY = ("plate", "well", "field", "name", "review", "review_reason", "reviewed_by", "time_h", "image", "unit")
"""What is said of a frame beside its sums."""


def columns_of(kind: str) -> dict[str, str]:
    """The sums that an analysis of one kind of size needs: name of the column, name among `SUMS`."""
    return {name: f"{kind}_{name}" for name in OF_KIND} | {name: name for name in OF_RATIO}
