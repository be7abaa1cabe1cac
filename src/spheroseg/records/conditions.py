"""What a plate's layout says of a well: the one list of the analysis, the service's tables and the page."""

from __future__ import annotations

CONDITION_COLUMNS = (
    "compound", "dose", "dose_unit", "compound_2", "dose_2", "dose_unit_2", "cell_line", "replicate", "control", "treatment_time_h",
)  # fmt: skip
"""Columns of a layout that become columns of tables."""
