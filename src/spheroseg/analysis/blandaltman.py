"""Bland–Altman: how far two methods of measuring the same objects lie apart, as numbers and as a plot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import stats

from spheroseg.errors import ParameterError

Floats = NDArray[np.float64]

# blue, vermillion, grey of Okabe and Ito 2008: told apart by every kind of colour vision
POINT, LINE, ZERO = "#0072B2", "#D55E00", "#777777"


@dataclass(frozen=True, slots=True, eq=False)
class BlandAltman:
    """Bias and 95 % limits of agreement (Bland and Altman 1986).

    Attributes:
        means: (n,) mean of the two values of each object.
        differences: (n,) predicted − reference; in percent of the mean where `relative`.
        relative: differences are percent of the mean of the two values.
        bias: mean difference.
        bias_interval: its 95 % confidence interval (t distribution); NaN with one object.
        standard_deviation: of the differences (n − 1); NaN with one object.
        limits: bias ± 1.96 standard deviations.
        limit_half_width: half width of the 95 % confidence interval of each limit, t · √(3/n) · standard deviation.
    """

    means: Floats
    differences: Floats
    relative: bool
    bias: float
    bias_interval: tuple[float, float]
    standard_deviation: float
    limits: tuple[float, float]
    limit_half_width: float


def bland_altman(reference: NDArray[Any], predicted: NDArray[Any], *, relative: bool = False) -> BlandAltman:
    """Compare two values of the same objects.

    Args:
        reference: (n,) values, one an object.
        predicted: (n,) values of the same objects in the same order.
        relative: give differences as percent of the mean; right where the spread grows with the size.

    Raises:
        ParameterError: the lengths differ, nothing is left, or a value is not finite (or not positive, if relative).
    """
    reference, predicted = np.asarray(reference, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    if reference.ndim != 1 or reference.shape != predicted.shape:
        raise ParameterError(f"two lists of one length are compared; got {reference.shape} and {predicted.shape}")
    n = len(reference)
    if n == 0:
        raise ParameterError("there is no pair to compare")
    if not (np.isfinite(reference).all() and np.isfinite(predicted).all()):
        raise ParameterError("values without a number cannot be compared; leave these objects out first")
    if relative and (min(reference.min(), predicted.min()) <= 0):
        raise ParameterError("relative differences need positive values")
    means = (reference + predicted) / 2
    differences = predicted - reference
    if relative:
        differences = 100 * differences / means
    bias = float(differences.mean())
    deviation = float(differences.std(ddof=1)) if n > 1 else float("nan")
    t = float(stats.t.ppf(0.975, n - 1)) if n > 1 else float("nan")
    half = t * deviation / n**0.5
    return BlandAltman(
        means=means,
        differences=differences,
        relative=relative,
        bias=bias,
        bias_interval=(bias - half, bias + half),
        standard_deviation=deviation,
        limits=(bias - 1.96 * deviation, bias + 1.96 * deviation),
        limit_half_width=half * 3**0.5,
    )


def plot_bland_altman(result: BlandAltman, path: Path | str, *, quantity: str, unit: str = "") -> Path:
    """Draw the plot and write it as PNG (200 dpi) or SVG, by the suffix.

    Args:
        result: what `bland_altman` gave.
        path: ends in .png or .svg.
        quantity: what was measured ("diameter").
        unit: its unit ("µm"); empty for none.

    Returns:
        The path written.

    Raises:
        ParameterError: another suffix.
    """
    path = Path(path)
    if path.suffix.lower() not in {".png", ".svg"}:
        raise ParameterError(f"a plot is written as .png or .svg, not {path.suffix or 'without a suffix'}")
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    FigureCanvasAgg(figure)  # no pyplot: nothing global, safe in threads and workers
    axes = figure.add_subplot()
    n = len(result.means)
    axes.plot(
        result.means,
        result.differences,
        linestyle="",
        marker="o",
        markersize=4 if n <= 500 else 2,
        markeredgewidth=0,
        alpha=0.7 if n <= 500 else 0.3,
        color=POINT,
        rasterized=n > 5_000,
        zorder=3,  # above the lines: with few objects they lie on them
    )
    axes.axhline(0, color=ZERO, linewidth=0.8)
    difference_unit = "%" if result.relative else unit
    bias_half_width = (result.bias_interval[1] - result.bias_interval[0]) / 2
    for name, value, half_width, style, anchor in (
        ("−1.96 SD", result.limits[0], result.limit_half_width, "--", "top"),
        ("bias", result.bias, bias_half_width, "-", "center"),
        ("+1.96 SD", result.limits[1], result.limit_half_width, "--", "bottom"),
    ):
        if not np.isfinite(value):  # one object has no spread
            continue
        axes.axhline(value, color=LINE, linewidth=1.2, linestyle=style)
        if np.isfinite(half_width):
            axes.axhspan(value - half_width, value + half_width, color=LINE, alpha=0.12, linewidth=0)
        # anchored away from each other, so that they stay apart where the limits are close
        label = f"{name}: {value:+.3g}{' ' + difference_unit if difference_unit else ''}".replace("-", "−")
        axes.annotate(label, (1.01, value), xycoords=("axes fraction", "data"), va=anchor, fontsize=8)
    axes.set_xlabel(f"mean of reference and predicted {quantity}{f' ({unit})' if unit else ''}")
    axes.set_ylabel(f"predicted − reference{f' ({difference_unit})' if difference_unit else ''}")
    axes.set_title(f"Bland–Altman, {quantity}, n = {n}", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=200)
    return path
