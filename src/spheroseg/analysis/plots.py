"""Which plots an experiment has; the report shows them and the results folder holds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from matplotlib.figure import Figure

from spheroseg.analysis import figures
from spheroseg.analysis.experiment import Experiment

Section = Literal["plate", "growth", "dose_response"]
_LONGEST_NAME = 60
"""Letters of a file's name, which may have 255 bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """One plot.

    Attributes:
        section: of the report.
        name: of the file, without suffix.
        caption: what is seen.
        png: 150 dpi.
        svg: the same as vectors.
    """

    section: Section
    name: str
    caption: str
    png: bytes
    svg: bytes


def plots(experiment: Experiment) -> Iterator[Plot]:
    """All plots, in the order of the report; no two have one name, also where capitals are not told apart."""
    taken: set[str] = set()
    for section, wanted, caption, figure in _figures(experiment):
        names = [wanted, *(f"{wanted}_{n}" for n in range(2, len(taken) + 3))]
        name = next(each for each in names if each.casefold() not in taken)
        taken.add(name.casefold())
        yield Plot(section, name, caption, *figures.pictures(figure))


def _figures(experiment: Experiment) -> Iterator[tuple[Section, str, str, Figure]]:
    """Section, name of the file, caption, figure."""
    unit = f" ({experiment.response_unit})" if experiment.response_unit else ""
    for key, plate in experiment.plate.groupby("plate", sort=True):
        name = str(key)
        where = f", plate {name}" if name else ""
        figure = figures.plate_map(plate, "response", experiment.response_name, experiment.response_unit)
        yield (
            "plate",
            _file_name("plate", name),
            f"Heat map of {experiment.response_name}{where}; struck wells do not count",
            figure,
        )
        if len(experiment.observations.times_h) > 1:
            yield from _growth(experiment, name, plate)
    factor = experiment.options.regrowth_factor
    if len(experiment.regrowth) and factor is not None:
        yield (
            "growth",
            "spheroid_control",
            f"Spheroid control (Kaplan–Meier): share below {factor:g} × the size at treatment, by condition",
            figures.control_plot(experiment.regrowth, factor),
        )
    dose_units = experiment.dose_response["dose_unit"].tolist() if experiment.fits else []
    for (place, fit), dose_unit in zip(experiment.fits.items(), dose_units, strict=True):
        plate_name, line, compound = place
        title = ", ".join(part for part in (compound, line, plate_name) if part)
        yield (
            "dose_response",
            _file_name("dose_response", compound, line, plate_name),
            f"{title}: wells, {fit.model or 'no'} curve, IC50 with 95 % interval, and residuals",
            figures.dose_plot(fit, title, str(dose_unit), experiment.response_name + unit),
        )


def _growth(experiment: Experiment, name: str, plate: pd.DataFrame) -> Iterator[tuple[Section, str, str, Figure]]:
    """One plot a measure and compound, with the untreated wells in each."""
    curves = experiment.curves[experiment.curves["plate"] == name]
    where = f", plate {name}" if name else ""
    labels = {"relative_size": f"relative {experiment.observations.size}"}
    for measure in curves["measure"].unique():
        if measure == "size":
            continue
        label = labels.get(measure, str(measure).replace("_", " "))
        for compound in sorted(set(plate.loc[plate["dose"] > 0, "compound"])) or [""]:
            yield (
                "growth",
                _file_name("growth" if measure == "relative_size" else str(measure), compound, name),
                f"Mean {label} over time{f', {compound}' if compound else ''}{where}; bands are 95 % intervals over wells",
                figures.growth_plot(curves, str(measure), label, _conditions(plate, compound)),
            )


def _conditions(plate: pd.DataFrame, compound: str) -> list[str]:
    """Conditions of a compound by dose, the controls first."""
    chosen = plate[(plate["condition"] != "") & ((plate["control"] != "") | (plate["compound"] == compound))]
    ordered = chosen.assign(treated=chosen["control"] == "", at=chosen["dose"].fillna(0.0)).sort_values(
        ["treated", "at"]
    )
    return list(dict.fromkeys(ordered["condition"]))


def _file_name(*parts: str) -> str:
    plain = "_".join(
        "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in part) for part in parts if part
    )
    return plain[:_LONGEST_NAME]
