"""What is in each well: the layout of a plate, checked.

A well that the layout does not name has no condition and is never a control.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spheroseg.analysis import doses
from spheroseg.analysis.plate import is_well, standard_well
from spheroseg.errors import ParameterError
from spheroseg.records import CONDITION_COLUMNS

COLUMNS = ("plate", "well", *CONDITION_COLUMNS, "excluded")
"""Columns of a layout. `dose_unit` of µM and nM may be mixed: doses are converted, and it is said."""

_ALIASES = {
    "well_id": "well", "well_name": "well", "wellid": "well", "drug": "compound", "treatment": "compound",
    "compound_name": "compound", "concentration": "dose", "conc": "dose", "concentration_unit": "dose_unit",
    "conc_unit": "dose_unit", "unit": "dose_unit", "units": "dose_unit", "concentration_units": "dose_unit",
    "cell": "cell_line", "cells": "cell_line", "cell_type": "cell_line", "line": "cell_line", "rep": "replicate",
    "control_type": "control", "plate_id": "plate", "plate_name": "plate", "barcode": "plate",
    "drug_2": "compound_2", "concentration_2": "dose_2", "treatment_h": "treatment_time_h", "exclude": "excluded",
}  # fmt: skip
_CONTROLS = {
    "negative": {"negative", "neg", "nc", "vehicle", "untreated", "dmso", "solvent", "control", "ctrl", "yes", "true", "1", "y", "x"},
    "positive": {"positive", "pos", "pc", "killing", "kill", "dead", "max"},
    "blank": {"blank", "empty", "medium", "media", "background"},
    "": {"", "0", "no", "false", "none", "n", "sample", "na", "-"},
}  # fmt: skip
_NAMED_WELLS = 8
_LEAST_DOSE, _MOST_DOSE = 1e-30, 1e30


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The conditions of the wells of one or more plates.

    Attributes:
        wells: one row a well, the columns of `COLUMNS`: text columns are "" where nothing is said, `dose` and
            `treatment_time_h` NaN; `well` as "A01"; `control` "negative" (untreated or vehicle), "positive" (killing),
            "blank" (no spheroid) or ""; one unit of dose a compound.
        notes: what a person should know: units that were converted, doses that look like a slip.
    """

    wells: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def compounds(self) -> list[str]:
        """Names of the compounds that are given at a dose above 0."""
        doses_given = self.wells[(self.wells["dose"] > 0) & (self.wells["control"] == "")]
        return sorted(set(doses_given["compound"]) - {""})


def named(wells: Sequence[str]) -> str:
    """The wells in a sentence; of many the first few."""
    wells = list(dict.fromkeys(wells))
    more = f" and {len(wells) - _NAMED_WELLS} more" if len(wells) > _NAMED_WELLS else ""
    return ", ".join(wells[:_NAMED_WELLS]) + more


def check_layout(table: pd.DataFrame) -> Layout:
    """Make a layout of a table with a row a well; other names of the columns that mean the same are understood.

    Args:
        table: at least the column `well` (or `row` and `column`); see `COLUMNS`.

    Raises:
        ParameterError: one sentence that names the wells: missing, doubled or no wells at all, a dose that is text,
            negative or without its unit, units that cannot be converted, a control that is not known.
    """
    rows = _standard_columns(table)
    rows = rows[~(rows.astype(str).apply(lambda column: column.str.strip()) == "").all(axis=1)]
    if rows.empty:
        raise ParameterError("the layout has no wells")
    rows["well"] = _standard_wells(rows["well"])
    rows["plate"] = rows["plate"].str.strip()
    doubled = rows[rows.duplicated(["plate", "well"], keep=False)]
    if not doubled.empty:
        raise ParameterError(f"the layout names these wells more than once: {named(doubled['well'].tolist())}")
    notes: list[str] = []
    for suffix in ("", "_2"):
        _check_doses(rows, suffix, notes)
    twice = rows[(rows["compound"] != "") & (rows["compound"] == rows["compound_2"])]
    if not twice.empty:
        raise ParameterError(f"these wells have one compound twice: {named(twice['well'].tolist())}")
    notes += [note for name in ("compound", "cell_line") for note in _look_alikes(rows[name])]
    rows["control"] = _controls(rows)
    rows["treatment_time_h"] = _numbers(rows, "treatment_time_h")
    rows["excluded"] = _excluded(rows)
    contradiction = rows[
        rows["control"].isin(["negative", "blank"])
        & (rows["dose"] > 0)
        & rows["compound"].isin(rows.loc[(rows["control"] == "") & (rows["dose"] > 0), "compound"])
    ]
    if not contradiction.empty:
        raise ParameterError(
            f"these wells are called a control and have a dose of a tested compound: {named(contradiction['well'].tolist())}"
        )
    return Layout(rows[list(COLUMNS)].reset_index(drop=True), tuple(notes))


def is_head(cells: Sequence[str]) -> bool:
    """Whether these are the names of a layout's columns: one is that of the well, or two are row and column."""
    names = {_standard_column(cell)[0] for cell in cells}
    return "well" in names or {"row", "column"} <= names


def _standard_column(name: str) -> tuple[str, str]:
    """The column that a name means and the unit of dose in it: ("dose", "nm") of "Concentration (nM)"."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.strip().lower().replace("µ", "u").replace("μ", "u")).strip("_")
    unit = re.fullmatch(r"(dose|conc|concentration)_(pm|nm|um|mm|m|gy|percent|ng_ml|ug_ml|mg_ml)", plain)
    return ("dose", unit[2]) if unit is not None else (_ALIASES.get(plain, plain), "")


def _standard_columns(table: pd.DataFrame) -> pd.DataFrame:
    rows = pd.DataFrame(index=table.index)
    for at, name in enumerate(table.columns):
        plain, unit = _standard_column(str(name))
        if plain in rows.columns:
            raise ParameterError(f"the layout has the column {plain} twice ({str(name).strip()!r} is the second)")
        rows[plain] = table.iloc[:, at]
        if unit and "dose_unit" not in rows.columns:
            rows["dose_unit"] = {"mm": "mM", "m": "M", "pm": "pM", "nm": "nM", "um": "µM"}.get(
                unit, unit.replace("_", "/")
            )
        elif unit:
            raise ParameterError(f"the layout says the unit of dose twice: dose_unit, and {str(name).strip()!r}")
    if "well" not in rows.columns:
        if not {"row", "column"} <= set(rows.columns):
            if len(table.columns) == 1 and re.search(r"[|:^~]", str(table.columns[0])):
                raise ParameterError(
                    f"the layout has one column only, {str(table.columns[0])[:60]!r}; its cells are parted by comma, semicolon or tab"
                )
            raise ParameterError(
                "the layout has no column 'well'; it needs well, compound, dose, dose_unit, cell_line, replicate, control"
            )
        rows["well"] = rows["row"].astype(str).str.strip() + rows["column"].astype(str).str.strip()
    for name in COLUMNS:
        if name not in rows.columns:
            rows[name] = ""
    rows = rows[list(COLUMNS)].astype(object)
    return rows.where(rows.notna(), "").map(lambda value: " ".join(str(value).split()))


def _standard_wells(wells: pd.Series[str]) -> pd.Series[str]:
    missing = int((wells == "").sum())
    if missing:
        raise ParameterError(f"{missing} rows of the layout name no well")
    wrong = [well for well in wells if not is_well(well)]
    if wrong:
        raise ParameterError(f"the layout names what is no well (A1…AF48): {named(wrong)}")
    return wells.map(standard_well)


def _numbers(table: pd.DataFrame, column: str) -> pd.Series[float]:
    values = pd.to_numeric(table[column].where(table[column] != ""), errors="coerce").astype(float)
    text = table[(table[column] != "") & ~np.isfinite(values)]
    if not text.empty:
        examples = [f"{well}: {value!r}" for well, value in zip(text["well"], text[column], strict=True)]
        hint = "; write the unit into dose_unit" if text[column].str.match(r"-?[\d.,]+\s*[^\d\s.,]").any() else ""
        if text[column].str.contains(",").any():
            hint += "; the decimal sign is a point"
        raise ParameterError(f"{column} is no number in {named(examples)}{hint}")
    return values


def _check_doses(table: pd.DataFrame, suffix: str, notes: list[str]) -> None:
    """Turn the dose columns into numbers of one unit a compound, in place."""
    compound, dose, unit = f"compound{suffix}", f"dose{suffix}", f"dose_unit{suffix}"
    table[dose] = _numbers(table, dose)
    negative = table[table[dose] < 0]
    if not negative.empty:
        raise ParameterError(f"{dose} is negative in {named(negative['well'].tolist())}")
    beyond = table[(table[dose] > 0) & ~table[dose].between(_LEAST_DOSE, _MOST_DOSE)]
    if not beyond.empty:
        examples = [f"{well}: {value:g}" for well, value in zip(beyond["well"], beyond[dose], strict=True)]
        raise ParameterError(f"{dose} is beyond anything that can be given in {named(examples)}")
    table[unit] = table[unit].map(doses.standard_unit)
    nameless = table[(table[dose] > 0) & (table[compound] == "")]
    if not nameless.empty:
        raise ParameterError(f"these wells have a {dose} but no {compound}: {named(nameless['well'].tolist())}")
    undosed = table[(table[compound] != "") & table[dose].isna() & (table["control"] == "")]
    if not undosed.empty:
        notes.append(
            f"no {dose} is given for {named(undosed['well'].tolist())}, which have a {compound}: in no dose–response"
        )
    for name, wells in table[table[dose] > 0].groupby(compound):
        units = wells[unit].unique().tolist()
        if "" in units and len(units) > 1:
            missing = wells.loc[wells[unit] == "", "well"].tolist()
            raise ParameterError(
                f"{name}: the dose has no unit in {named(missing)}, elsewhere {' and '.join(filter(None, units))}"
            )
        if units == [""]:
            notes.append(f"{name}: the layout gives no unit of dose")
        for given in filter(None, units):
            notes += doses.doubts(str(name), given, wells[wells[unit] == given], dose)
        common = wells[unit].value_counts().index[0]
        of_compound = table[compound] == name
        for other in units:
            if other != common:
                try:
                    scale = doses.factor(other, common)
                except ParameterError as error:
                    raise ParameterError(f"{name}: doses are in {' and '.join(units)}; {error}") from error
                these = of_compound & (table[unit] == other)
                table.loc[these, dose] *= scale
                notes.append(
                    f"{name}: doses in {other} ({named(table.loc[these, 'well'].tolist())}) were converted to {common}"
                )
        table.loc[of_compound, unit] = common
        notes += doses.shifts(str(name), table[of_compound & (table[dose] > 0)], dose)
        levels = np.unique(table.loc[of_compound & (table[dose] > 0), dose].astype(float))
        ratios = levels[1:] / levels[:-1]
        # a series made by dilution has one step; ten times the usual one between two levels is worth a look
        slips: Sequence[int] = (
            np.flatnonzero(ratios > max(100.0, 10 * float(np.median(ratios)))).tolist() if len(ratios) > 1 else []
        )
        notes += [
            f"{name}: no dose between {levels[at]:g} and {levels[at + 1]:g} {common}; are some written in another unit?"
            for at in slips
        ]


def _look_alikes(names: pd.Series[str]) -> list[str]:
    """Names that only their capitals tell apart are two names, which somebody should know."""
    by_letters: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        by_letters.setdefault(name.casefold(), []).append(name)
    return [
        f"{' and '.join(alike)} are taken for different ones (column {names.name})"
        for alike in by_letters.values()
        if len(alike) > 1
    ]


def _controls(table: pd.DataFrame) -> pd.Series[str]:
    meanings = {word: meaning for meaning, words in _CONTROLS.items() for word in words}
    known = (
        table["control"]
        .str.lower()
        .str.replace(r"[\s_]*(control|ctrl)$", "", regex=True)
        .where(~table["control"].str.lower().isin(meanings), table["control"].str.lower())
    )
    wrong = table[~known.isin(meanings)]
    if not wrong.empty:
        raise ParameterError(
            f"control is {wrong['control'].iloc[0]!r} in {named(wrong['well'].tolist())}; "
            "write negative, positive, blank or nothing"
        )
    return known.map(meanings)


def _excluded(table: pd.DataFrame) -> pd.Series[str]:
    """The reason, "" for a well that counts; a bare yes is a reason too."""
    no = {"", "0", "no", "false", "none", "n"}
    yes = {"1", "yes", "true", "y", "x"}
    return table["excluded"].map(lambda text: "" if text.lower() in no else "excluded" if text.lower() in yes else text)
