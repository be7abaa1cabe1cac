"""The tables of an experiment, as files and answers have them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from spheroseg.analysis.experiment import Experiment
from spheroseg.analysis.layout import COLUMNS
from spheroseg.records.csv_text import as_cell


def write_table(table: pd.DataFrame, path: Path) -> None:
    """A table as CSV, as all of the analysis are written; no spreadsheet runs the name of a compound as a formula."""
    texts = [
        name for name in table.columns if table[name].dtype == object or isinstance(table[name].dtype, pd.StringDtype)
    ]
    table.assign(**{name: table[name].map(as_cell) for name in texts}).to_csv(
        path, index=False, lineterminator="\n", float_format="%.10g"
    )


def tables(experiment: Experiment, names: Collection[str] | None = None) -> dict[str, pd.DataFrame]:
    """Every table by its file's name; growth, dose_response and plate always, others where they hold rows.

    Args:
        experiment: the conclusions.
        names: only these; None: all.
    """
    first = [name for name in ("plate", "well", "row", "column", "condition") if name in experiment.plate.columns]
    conditions = [name for name in COLUMNS if name not in first and name in experiment.plate.columns]
    rest = [name for name in experiment.plate.columns if name not in {*first, *conditions}]
    always = {
        "growth": experiment.growth,
        "dose_response": experiment.dose_response,
        "plate": experiment.plate[[*first, *conditions, *rest]],
    }
    sometimes = {
        "series": experiment.series, "quality": experiment.quality, "comparison": experiment.comparison,
        "review_order": experiment.influence, "combinations": experiment.combinations, "spheroid_control": experiment.regrowth,
        "left_out": experiment.observations.exclusions,
    }  # fmt: skip
    if names is None or "curves" in names:  # which are made when somebody asks for them
        sometimes["curves"] = experiment.curves
    found = always | {name: table for name, table in sometimes.items() if len(table)}
    return {name: table for name, table in found.items() if names is None or name in names}
