"""What a report says, in order, without saying how it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from spheroseg.analysis.dose_response import FLAGS
from spheroseg.analysis.experiment import Experiment
from spheroseg.analysis.growth import REASONS as GROWTH_REASONS
from spheroseg.analysis.layout import named
from spheroseg.analysis.plots import Plot
from spheroseg.version import __version__

_MOST_ROWS = 400
_MOST_DETAILS = 8
_NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True)
class Heading:
    """A section begins."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain text."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of text under a header."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """An image with a caption that says what is seen, also to those who do not see it.

    Attributes:
        content: PNG bytes.
    """

    caption: str
    content: bytes


Block = Heading | Paragraph | Table | Picture


@dataclass(frozen=True, slots=True)
class About:
    """What no image says; the head follows MISpheroID (Peirsman et al. 2021).

    Attributes:
        title: of the report.
        stated: what the person states: species, medium, formation method, passage…, by name.
        run_card: how the outlines were made.
        montage: (caption, PNG) of images with their outlines.
    """

    title: str = "Plate report"
    stated: Mapping[str, str] = field(default_factory=dict)
    run_card: Mapping[str, Any] = field(default_factory=dict)
    montage: tuple[str, bytes] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A report.

    Attributes:
        title: of the report.
        blocks: in order.
    """

    title: str
    blocks: Sequence[Block]


def document(experiment: Experiment, about: About, drawn: Sequence[Plot]) -> Document:
    """The report of an experiment with its plots."""
    blocks: list[Block] = [*_head(experiment, about), *_methods(experiment, about)]
    if about.montage is not None:
        blocks += [Heading("Images and outlines"), Picture(*about.montage)]
    pictures: dict[str, list[Block]] = {"plate": [], "growth": [], "dose_response": []}
    for plot in drawn:
        pictures[plot.section].append(Picture(plot.caption, plot.png))
    blocks += [
        Heading("Plates"),
        *pictures["plate"],
        *_growth(experiment, pictures["growth"]),
        *_doses(experiment, pictures["dose_response"]),
        *_comparison(experiment),
        *_quality(experiment),
    ]
    if about.run_card:
        blocks += [Heading("Run card"), Table("How the outlines were made", ("what", "value"), _flat(about.run_card))]
    return Document(about.title, blocks)


def _head(experiment: Experiment, about: About) -> list[Block]:
    wells, observations = experiment.wells.table, experiment.observations
    first = experiment.series[experiment.series["time_h"] == experiment.series["time_h"].min()]
    sizes = first["size"].to_numpy(np.float64)
    stated = {key.lower(): value for key, value in about.stated.items()}
    rows = [
        ("Cell lines", ", ".join(sorted(set(wells["cell_line"]) - {""})) or stated.pop("cell line", _NOT_STATED)),
        *(
            (name, stated.pop(name.lower(), _NOT_STATED))
            for name in ("Species", "Culture medium", "Formation method", "Seeding density", "Plate")
        ),
        (
            "Size at the first time",
            f"{observations.size} {_number(float(np.median(sizes)))} {observations.unit} (median of {len(sizes)} wells)",
        ),
        *((key.capitalize(), value) for key, value in stated.items()),
        ("Compounds", ", ".join(sorted(set(experiment.dose_response.get("compound", [])))) or "none"),
        ("Wells", f"{len(wells)}, of which {int((experiment.plate['status'] == 'used').sum())} count"),
        (
            "Times",
            f"{len(observations.times_h)}: {_number(observations.times_h[0])} to {_number(observations.times_h[-1])} h",
        ),
    ]
    return [
        Heading("Experiment"),
        Table("Head after MISpheroID; what nobody stated is said so", ("what", "value"), rows),
    ]


def _methods(experiment: Experiment, about: About) -> list[Block]:
    options, observations = experiment.options, experiment.observations
    model = about.run_card.get("model", {})
    outlines = ""
    if isinstance(model, Mapping) and model.get("name"):
        outlines = (
            f"Outlines were made with SpheroSeg's model {model['name']} (SHA-256 {str(model.get('sha256', ''))[:12]}). "
        )
    text = (
        f"{outlines}Sizes: {observations.statement}. Several objects of a well were taken together as their {options.per_well}. "
        "The well is the unit of observation. "
        "Specific growth rates are slopes of ln size on time by least squares with 95 % intervals by Student's t (n − 2 degrees of "
        "freedom); no doubling time is given where the interval includes 0; exponential, logistic and Gompertz growth were compared by AICc. "
        f"The response was the {experiment.response_name}. Dose–response curves of four parameters (five where AICc is lower by 2) were "
        "fitted to the wells' values by least squares with untreated wells at dose 0; 95 % intervals are profile likelihoods with the "
        "F quantile of the residual degrees of freedom. The relative IC50 is half-way between the fitted plateaus, the absolute IC50 where "
        "half of the fitted untreated response is left. AUC is the mean relative response over the tested decades of dose by trapezoids, "
        "Emax the relative effect at the largest dose. GR values follow Hafner et al. 2016. Groups were compared with the untreated wells "
        "by Welch's t test with Holm's correction. "
        f"SpheroSeg {__version__}, numpy {version('numpy')}, scipy {version('scipy')}, pandas {version('pandas')}."
    )
    return [Heading("Methods"), Paragraph(text), *(Paragraph(f"Note: {note}.") for note in experiment.notes)]


def _growth(experiment: Experiment, pictures: Sequence[Block]) -> list[Block]:
    if len(experiment.observations.times_h) < 2:
        return []
    blocks: list[Block] = [Heading("Growth"), *pictures]
    columns = {
        "well": "well", "condition": "condition", "window": "window", "n_times": "times", "growth_rate_per_day": "rate (1/day)",
        "growth_rate_per_day_low": "low", "growth_rate_per_day_high": "high", "r_squared": "R²", "doubling_time_h": "doubling time (h)",
        "model": "law", "reasons": "remarks",
    }  # fmt: skip
    blocks.append(
        _table(
            experiment.growth,
            columns,
            f"Growth rates of {experiment.observations.size}; of area they are ⅔, of diameter ⅓ of that of volume",
        )
    )
    blocks.append(
        Paragraph(
            "; ".join(
                f"{key}: {text}"
                for key, text in GROWTH_REASONS.items()
                if experiment.growth["reasons"].str.contains(key).any()
            )
        )
    )
    return [block for block in blocks if not (isinstance(block, Paragraph) and not block.text)]


def _doses(experiment: Experiment, pictures: Sequence[Block]) -> list[Block]:
    if experiment.dose_response.empty:
        return [Heading("Dose–response"), Paragraph("No well that counts has a compound with a dose above 0.")]
    blocks: list[Block] = [Heading("Dose–response"), *pictures]
    rows = [
        (
            ", ".join(part for part in (row["compound"], row["cell_line"], row["plate"]) if part), str(row["model"]),
            f"{fit.ic50_relative} {row['dose_unit']}", f"{fit.ic50_absolute} {row['dose_unit']}", str(fit.hill), str(fit.auc), str(fit.emax),
            _ratio(row["gr50"], row["gr50_relation"], row["dose_unit"]), f"{row['n_wells']} ({row['n_controls']})", str(row["flags"]).replace(";", ", "),
        )
        for row, fit in zip(experiment.dose_response.to_dict("records"), experiment.fits.values(), strict=True)
    ]  # fmt: skip
    header = (
        "compound",
        "curve",
        "relative IC50",
        "absolute IC50",
        "Hill",
        "AUC",
        "Emax",
        "GR50",
        "wells (controls)",
        "flags",
    )
    blocks.append(Table("Estimates with 95 % intervals", header, rows))
    flags = sorted({flag for fit in experiment.fits.values() for flag in fit.flags})
    blocks += [Paragraph(f"{flag}: {FLAGS[flag]}.") for flag in flags]
    for row in experiment.dose_response.to_dict("records"):
        if np.isfinite(row["ic50_outline_factor"]):
            further = (
                ""
                if row["review_can_change"] is not False
                else " Looking at the outlines again cannot change it noticeably."
            )
            blocks.append(
                Paragraph(
                    f"{row['compound']}: the outlines alone leave the IC50 open by a factor of {row['ic50_outline_factor']:.3g}.{further}"
                )
            )
    if len(experiment.combinations):
        columns = {
            name: name.replace("_", " ")
            for name in experiment.combinations.columns
            if name not in {"plate", "cell_line"}
        }
        blocks.append(
            _table(
                experiment.combinations, columns, "Combinations: observed effect and its excess over four expectations"
            )
        )
    return blocks


def _first(details: list[str]) -> list[str]:
    """The first few, and how many more there are: each failed image has words of its own."""
    more = len(details) - _MOST_DETAILS
    return [*details[:_MOST_DETAILS], f"and {more} more, in left_out.csv"] if more > 0 else details


def _ratio(value: float, relation: str, unit: str) -> str:
    return f"{'' if relation == '=' else relation + ' '}{_number(value)} {unit}" if np.isfinite(value) else "NA"


def _comparison(experiment: Experiment) -> list[Block]:
    if experiment.comparison.empty:
        return []
    columns = {
        "group": "condition", "n": "wells", "mean": "mean", "ratio": "ratio", "difference": "difference", "difference_low": "low",
        "difference_high": "high", "hedges_g": "Hedges' g", "p": "p", "p_holm": "p (Holm)", "reason": "remarks",
    }  # fmt: skip
    return [
        Heading("Against the untreated wells"),
        _table(experiment.comparison, columns, f"{experiment.response_name}; Welch's t test over wells"),
    ]


def _quality(experiment: Experiment) -> list[Block]:
    blocks: list[Block] = [Heading("Quality")]
    columns = {
        "plate": "plate", "cell_line": "cell line", "z_prime": "Z′", "robust_z_prime": "robust Z′", "n_negative": "untreated", "n_positive": "killing",
        "z_reason": "remark", "edge_ratio": "edge/inner", "edge_low": "low", "edge_high": "high", "edge_reason": "remark",
    }  # fmt: skip
    if len(experiment.quality):
        blocks.append(_table(experiment.quality, columns, "Assay quality; n is wells"))
    left_out = experiment.observations.exclusions
    if len(left_out):
        rows = []
        for reason in left_out["reason"].drop_duplicates():
            these = left_out[left_out["reason"] == reason]
            details = "; ".join(_first(list(dict.fromkeys(these["detail"].astype(str)))))
            wells = named([well or "no well" for well in sorted(set(these["well"].astype(str)))])
            rows.append((str(reason), details, str(len(these)), wells))
        blocks.append(Table("Left out, and why", ("reason", "what it means", "n", "wells"), rows))
    else:
        blocks.append(Paragraph("Nothing was left out."))
    if len(experiment.influence):
        columns = {
            "compound": "compound",
            "well": "well",
            "time_h": "time (h)",
            "image": "image",
            "ic50_factor": "IC50 × or ÷",
            "reviewed": "accepted",
        }
        blocks.append(
            _table(
                experiment.influence.head(15),
                columns,
                "Images whose outlines can move an IC50 most; look at these first",
            )
        )
    return blocks


def _table(table: pd.DataFrame, columns: Mapping[str, str], caption: str) -> Table:
    head = table.head(_MOST_ROWS)
    if len(table) > _MOST_ROWS:
        caption += f" (the first {_MOST_ROWS} of {len(table)} rows; all are in the tables beside this report)"
    rows = [[_cell(value) for value in row] for row in head[list(columns)].itertuples(index=False)]
    return Table(caption, list(columns.values()), rows)


def _cell(value: Any) -> str:  # noqa: ANN401 -- a cell of any table
    if isinstance(value, float | np.floating):
        return _number(float(value))
    return "" if value is None or value is pd.NA else str(value)


def _number(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else "NA"


def _flat(card: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in card.items():
        name = f"{prefix}{key}"
        rows += _flat(value, f"{name}.") if isinstance(value, Mapping) else [(name, str(value))]
    return rows
