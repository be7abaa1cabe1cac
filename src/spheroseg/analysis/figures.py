"""The plots of an experiment, as matplotlib figures without a display."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from spheroseg.analysis.dose_response import DoseResponse
from spheroseg.analysis.plate import row_name, smallest_plate
from spheroseg.analysis.survival import spheroid_control

# Okabe and Ito 2008: told apart by every kind of colour vision
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31")
_GREY = "#999999"
_LONGEST_NAME = 60


def new_figure(width: float = 6.4, height: float = 4.0) -> tuple[Figure, Axes]:
    """A figure that is global to nothing, safe in threads and workers."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _name(text: str) -> str:
    """What a person called something, as a plot writes it: dollars begin no formula, a long name leaves room for the plot."""
    short = text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"
    return short.replace("$", r"\$")


def pictures(figure: Figure) -> tuple[bytes, bytes]:
    """The figure as PNG (150 dpi) and as SVG, of one layout; afterwards the figure lays itself out no more."""
    layout = figure.get_layout_engine()
    if layout is not None:  # saving with one lays out and draws twice, each time
        layout.execute(figure)
        figure.set_layout_engine(None)
    png, svg = BytesIO(), BytesIO()
    figure.savefig(png, format="png", dpi=150)
    figure.savefig(svg, format="svg", metadata={"Date": None})
    return png.getvalue(), svg.getvalue()


def plate_map(plate: pd.DataFrame, values: str, title: str, unit: str = "") -> Figure:
    """A heat map of one plate: a disc a well, hollow where there is no value, crossed where it does not count."""
    kind = smallest_plate(plate["well"])
    figure, axes = new_figure(1.6 + 0.42 * min(kind.n_columns, 24), 1.3 + 0.42 * min(kind.n_rows, 16))
    numbers = plate[values].to_numpy(np.float64)
    known = numbers[np.isfinite(numbers)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    colours = colormaps["viridis"]
    for row, column, value, status in zip(plate["row"], plate["column"], numbers, plate["status"], strict=True):
        share = (value - low) / (high - low) if high > low else 0.5
        face: Any = colours(share) if np.isfinite(value) else "none"
        axes.add_patch(Circle((column, row), 0.42, facecolor=face, edgecolor=_GREY, linewidth=0.6))
        if status not in {"used", "no_condition"}:
            axes.plot([column - 0.25, column + 0.25], [row - 0.25, row + 0.25], color=_GREY, linewidth=0.8)
    axes.set_xlim(0.4, kind.n_columns + 0.6)
    axes.set_ylim(kind.n_rows + 0.6, 0.4)
    axes.set_aspect("equal")
    step = 1 if kind.n_columns <= 12 else 2 if kind.n_columns <= 24 else 4
    axes.set_xticks(range(1, kind.n_columns + 1, step))
    axes.set_yticks(range(1, kind.n_rows + 1, step), [row_name(n) for n in range(1, kind.n_rows + 1, step)])
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=7)
    axes.spines[:].set_visible(False)
    if len(known):
        bar = figure.colorbar(ScalarMappable(Normalize(low, high), colours), ax=axes, shrink=0.8)
        bar.set_label(f"{title}{f' ({unit})' if unit else ''}", fontsize=8)
        bar.ax.tick_params(labelsize=7)
    return figure


def growth_plot(curves: pd.DataFrame, measure: str, label: str, conditions: Sequence[str] | None = None) -> Figure:
    """Mean of each condition over time with its 95 % interval."""
    figure, axes = new_figure(7.2, 4.2)
    chosen = curves[curves["measure"] == measure]
    names = list(conditions) if conditions is not None else list(dict.fromkeys(chosen["condition"]))
    many = len(names) > len(COLOURS)
    for index, name in enumerate(names):
        line = chosen[chosen["condition"] == name].sort_values("time_h")
        colour: Any = colormaps["viridis"](index / max(len(names) - 1, 1)) if many else COLOURS[index]
        axes.plot(
            line["time_h"], line["mean"], color=colour, marker="o", markersize=3, linewidth=1.3, label=_name(name)
        )
        axes.fill_between(line["time_h"], line["low"], line["high"], color=colour, alpha=0.15, linewidth=0)
    axes.set_xlabel("time (h)")
    axes.set_ylabel(label)
    if len(names) <= 28 and axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=6 if many else 7, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5), ncols=1)
    return figure


def dose_plot(fit: DoseResponse, title: str, dose_unit: str, response: str) -> Figure:
    """Wells, curve, IC50 with its interval; residuals below."""
    figure = Figure(figsize=(5.4, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    treated = fit.doses > 0
    least, most = float(fit.doses[treated].min()), float(fit.doses.max())
    doses = np.where(treated, fit.doses, least / 5)  # a logarithmic axis has no 0: controls stand left of it
    upper.plot(
        doses[treated], fit.responses[treated], "o", color=COLOURS[0], markersize=4, markeredgewidth=0, alpha=0.8
    )
    upper.plot(
        doses[~treated],
        fit.responses[~treated],
        "s",
        color=_GREY,
        markersize=4,
        markeredgewidth=0,
        label="control (dose 0)",
    )
    if fit.curve is not None:
        at = np.geomspace(least / 2, most * 2, 300)
        upper.plot(at, fit.curve(at), color=COLOURS[0], linewidth=1.4)
        lower.plot(doses, fit.responses - fit.curve(fit.doses), "o", color=COLOURS[0], markersize=3, markeredgewidth=0)
        for name, estimate, colour in (
            ("relative", fit.ic50_relative, COLOURS[1]),
            ("absolute", fit.ic50_absolute, COLOURS[2]),
        ):
            if estimate.relation == "=":
                upper.axvline(
                    estimate.value, color=colour, linewidth=1, label=f"{name} IC50 {estimate} {_name(dose_unit)}"
                )
                if np.isfinite([estimate.low, estimate.high]).all():
                    upper.axvspan(estimate.low, estimate.high, color=colour, alpha=0.12, linewidth=0)
            elif estimate.relation:
                upper.plot([], [], color=colour, label=f"{name} IC50 {estimate} {_name(dose_unit)}")
    lower.axhline(0, color=_GREY, linewidth=0.8)
    upper.set_xscale("log")
    upper.set_ylabel(response, fontsize=8)
    lower.set_ylabel("residual", fontsize=8)
    lower.set_xlabel(f"dose ({_name(dose_unit)})" if dose_unit else "dose (unit not stated)")
    upper.set_title(_name(title), fontsize=10)
    if upper.get_legend_handles_labels()[0]:
        upper.legend(fontsize=7, frameon=False)
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=7)
    return figure


def control_plot(regrowth: pd.DataFrame, factor: float) -> Figure:
    """Kaplan–Meier curves of spheroid control by condition; ticks are wells seen no longer."""
    figure, axes = new_figure(7.2, 4.2)
    for index, (name, wells) in enumerate(regrowth.groupby("condition", sort=False)):
        colour = COLOURS[index % len(COLOURS)]
        curve = spheroid_control(wells["time_h"].to_numpy(np.float64), wells["regrown"].to_numpy(bool))
        end = float(wells["time_h"].max())
        times, shares = [*curve["time_h"], end], [*curve["controlled"], curve["controlled"].iloc[-1]]
        axes.step(
            times,
            shares,
            where="post",
            color=colour,
            linewidth=1.3,
            label=f"{_name(str(name)) or 'no condition'} (n = {len(wells)})",
        )
    axes.set_ylim(-0.03, 1.05)
    axes.set_xlabel("hours after treatment")
    axes.set_ylabel(f"share below {factor:g} × the size at treatment")
    axes.legend(fontsize=6, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure
