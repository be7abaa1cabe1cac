"""Sigmoid dose–response curves of four and five parameters, their least squares and profile-likelihood intervals.

    f(x) = Bottom + (Top − Bottom)·u(x),   u(x) = (1 + (2^(1/s) − 1)·(x/R)^h)^(−s)

R is the dose half-way between the plateaus (the relative IC50) for every s; s = 1 is the four-parameter logistic curve
Bottom + (Top − Bottom)/(1 + (x/R)^h). u(0) = 1, so that a dose of 0 lies at Top. Bottom and Top are linear in the model
and solved for exactly; what is searched is R, h and s only, on a grid that covers all of them, then refined: the
smallest sum of squares is found without a starting guess.

An interval holds the values θ with RSS(θ) ≤ RSS_min·(1 + F₁,ₙ₋ₚ(0.95)/(n − p)), the others being fitted again for each
θ (Bates and Watts 1988, chapter 6): the profile likelihood with the small-sample quantile in place of χ². Where the
wells' scatter grows with their response, F is multiplied by the ratio of the parameter's variance to that under equal
scatter (`spread`; Kent 1982): the estimate stays that of least squares, its interval has the width it should have.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from spheroseg.analysis import spread
from spheroseg.analysis.sigmoid_model import ASYMMETRY_RANGE, HILL_RANGE, Model, Wells, searched, unit_curve

Floats = NDArray[np.float64]

_N_DOSES, _N_HILLS, _N_ASYMMETRIES = 81, 41, 13
_FLAT = 1e-7  # of a curve over the wells: shorter is rounding


@dataclass(frozen=True, slots=True, eq=False)
class Sigmoid:
    """A fitted curve.

    Attributes:
        log10_ic50: log10 of the half-way dose R.
        hill: h, above 0.
        asymmetry: s; 1 for the four-parameter curve.
        top: response at dose 0.
        bottom: response far above R.
        rss: residual sum of squares.
        n: observations.
        n_parameters: 4 or 5, less what was held fixed.
    """

    log10_ic50: float
    hill: float
    asymmetry: float
    top: float
    bottom: float
    rss: float
    n: int
    n_parameters: int

    def __call__(self, doses: Floats) -> Floats:
        """Response at the doses."""
        return self.bottom + (self.top - self.bottom) * unit_curve(doses, self.log10_ic50, self.hill, self.asymmetry)

    @property
    def aicc(self) -> float:
        """Akaike's criterion with the small-sample term; the error's variance counts as a parameter."""
        k = self.n_parameters + 1
        if self.n - k - 1 <= 0:
            return float("inf")
        return float(self.n * np.log(max(self.rss, 1e-300) / self.n) + 2 * k + 2 * k * (k + 1) / (self.n - k - 1))

    @property
    def residual_sd(self) -> float:
        """√(RSS/(n − p)); NaN where no degree of freedom is left."""
        free = self.n - self.n_parameters
        return float(np.sqrt(self.rss / free)) if free > 0 else float("nan")

    def absolute_log10_ic50(self, level: float = 0.5) -> float:
        """log10 of the dose where the response is `level` · Top; NaN where the curve never gets there."""
        share = (level * self.top - self.bottom) / (self.top - self.bottom) if self.top != self.bottom else np.nan
        if not 0 < share < 1:
            return float("nan")
        scale = np.expm1(np.log(2) / self.asymmetry)
        return float(self.log10_ic50 + np.log10((share ** (-1 / self.asymmetry) - 1) / scale) / self.hill)


def fit(doses: Floats, responses: Floats, *, asymmetric: bool = False, top: float | None = None) -> Sigmoid:
    """The curve of least squares.

    Args:
        doses: (n,) ≥ 0, at least one above 0.
        responses: (n,) finite.
        asymmetric: fit s too.
        top: hold the response at dose 0 at this value.
    """
    wells = Wells(doses, responses)
    start = _start(wells, asymmetric=asymmetric, top=top)
    bottom, fitted_top = _plateaus(wells, top, start)
    free = [True, True, asymmetric, top is None, True]
    theta = np.array([start[0], np.log(start[1]), np.log(start[2]), fitted_top, bottom])
    theta, rss = Model(doses, responses, "relative").descend(theta, np.array(free))
    return Sigmoid(
        float(theta[0]), float(np.exp(theta[1])), float(np.exp(theta[2])) if asymmetric else 1.0, float(theta[3]),
        float(theta[4]), rss, len(responses), sum(free),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """A 95 % interval by profile likelihood.

    Attributes:
        low: NaN where the data set no lower end.
        high: NaN where the data set no upper end.
    """

    low: float
    high: float


Parameter = Literal["log10_ic50", "log10_absolute", "hill"]


def profile(
    curve: Sigmoid, doses: Floats, responses: Floats, parameter: Parameter, *, top_is_fixed: bool = False
) -> Profile:
    """The 95 % interval of a parameter.

    Args:
        curve: fitted to these doses and responses.
        doses: (n,) as given to `fit`.
        responses: (n,) as given to `fit`.
        parameter: "log10_absolute" is log10 of the dose where the response is half of Top.
        top_is_fixed: Top was held in the fit.
    """
    degrees = curve.n - curve.n_parameters
    theta = np.array([curve.log10_ic50, np.log(curve.hill), np.log(curve.asymmetry), curve.top, curve.bottom])
    if parameter == "log10_absolute":
        theta[0] = curve.absolute_log10_ic50()
    if degrees <= 0 or not np.isfinite(theta).all():
        return Profile(np.nan, np.nan)
    index = 1 if parameter == "hill" else 0
    free = np.array([True, True, curve.asymmetry != 1, not top_is_fixed, True])
    free[index] = False
    model = Model(doses, responses, "absolute" if parameter == "log10_absolute" else "relative")
    ratio = spread.variance_ratio(
        *_seen_by(model.jacobian_of_wells(theta), free, index),
        spread.relative_variances(curve(doses), responses - curve(doses)),
    )
    threshold = curve.rss * (1 + ratio * _f_quantile(degrees) / degrees)
    reach = searched(doses) if index == 0 else (float(np.log(HILL_RANGE[0])), float(np.log(HILL_RANGE[1])))
    step = 0.04 if index == 0 else 0.1
    low, high = (
        _crossing(model, theta, free, index, between=(curve.rss, threshold), step=direction * step, limit=limit)
        for direction, limit in ((-1, reach[0]), (1, reach[1]))
    )
    return Profile(float(np.exp(low)), float(np.exp(high))) if parameter == "hill" else Profile(low, high)


@lru_cache(maxsize=1024)  # SciPy takes longer for it than the profile's first step
def _f_quantile(degrees: int) -> float:
    return float(stats.f.ppf(0.95, 1, degrees))


def _seen_by(jacobian: Floats, others: NDArray[np.bool_], index: int) -> tuple[Floats, int]:
    """The columns of a parameter and of those that are fitted with it, and the parameter's place among them."""
    columns = np.flatnonzero(others | (np.arange(len(others)) == index))
    return jacobian[:, columns], int(np.flatnonzero(columns == index)[0])


def sensitivity(curve: Sigmoid, doses: Floats, responses: Floats) -> Floats:
    """(n,) by how much log10 IC50 moves for one unit of each response, by the implicit function of the least squares."""
    model = Model(doses, responses, "relative")
    theta = np.array([curve.log10_ic50, np.log(curve.hill), np.log(curve.asymmetry), curve.top, curve.bottom])
    free = np.flatnonzero([True, True, curve.asymmetry != 1, True, True])
    jacobian = model.jacobian_of_wells(theta)[:, free]
    hessian = np.empty((len(free), len(free)))
    steps = model.steps
    for column, index in enumerate(free):
        moved = np.zeros(5)
        moved[index] = steps[index]
        gradients = [
            -(model.jacobian(theta + sign * moved)[:, free].T @ model.residuals(theta + sign * moved))
            for sign in (1, -1)
        ]
        hessian[:, column] = (gradients[0] - gradients[1]) / (2 * steps[index])
    hessian = (hessian + hessian.T) / 2
    scale = np.sqrt(np.maximum(np.diag(jacobian.T @ jacobian), 1e-300))
    if np.linalg.eigvalsh(hessian / np.outer(scale, scale)).min() <= 1e-10:
        return np.full(len(doses), np.nan)  # flat in some direction: the estimate does not follow from the data
    return np.asarray(np.linalg.solve(hessian, jacobian.T)[0])


def standard_error(curve: Sigmoid, doses: Floats, responses: Floats, parameter: Literal["top", "bottom"]) -> float:
    """Of a plateau, by the linearised model; NaN where the data do not set it."""
    theta = np.array([curve.log10_ic50, np.log(curve.hill), np.log(curve.asymmetry), curve.top, curve.bottom])
    free = np.flatnonzero([True, True, curve.asymmetry != 1, True, True])
    jacobian = Model(doses, responses, "relative").jacobian_of_wells(theta)[:, free]
    scale = np.maximum(np.linalg.norm(jacobian, axis=0), 1e-300)
    scaled = jacobian / scale
    normal = scaled.T @ scaled
    if np.linalg.eigvalsh(normal).min() < 1e-12:
        return float("nan")
    at = -2 if parameter == "top" else -1
    ratio = spread.variance_ratio(
        jacobian, len(free) + at, spread.relative_variances(curve(doses), responses - curve(doses))
    )
    return float(curve.residual_sd * np.sqrt(ratio * np.linalg.inv(normal)[at, at]) / scale[at])


def _crossing(
    model: Model, theta: Floats, free: NDArray[np.bool_], index: int, *, between: tuple[float, float], step: float, limit: float
) -> float:  # fmt: skip
    """Where the profile of one parameter rises from its foot to the threshold; NaN where it does not before the limit."""
    foot, threshold = between
    inside, known = float(theta[index]), theta
    if threshold <= 0:
        return inside

    def least(at: float, start: Floats) -> tuple[Floats, float]:
        held = start.copy()
        held[index] = at
        return model.descend(held, free)

    while True:
        outside = inside + step
        if (limit - outside) * step <= 0:
            outside = limit
        found, rss = least(outside, known)
        if rss > threshold:
            break
        if outside == limit:
            return float("nan")
        inside, known, step = outside, found, step * 1.5
    seen = {inside: least(inside, known)[1], outside: rss}
    if seen[inside] >= threshold:  # the estimate itself lies at the threshold: a perfect fit
        return inside

    def height(at: float) -> float:
        """The root of what the profile rises, which is nearly straight: a few steps find where it crosses."""
        rss = seen[at] if at in seen else least(at, known)[1]
        return float(np.sqrt(max(rss - foot, 0.0)) - np.sqrt(threshold - foot))

    return float(optimize.brentq(height, inside, outside, xtol=1e-5))


def _start(wells: Wells, *, asymmetric: bool, top: float | None) -> tuple[float, float, float]:
    """(log10 R, h, s) of the least squares on a grid, Bottom and Top being solved for."""
    places, directions = _grid(
        wells.doses.tobytes(), wells.counts.tobytes(), asymmetric=asymmetric, top_is_fixed=top is not None
    )
    about = float(wells.counts @ wells.means / wells.counts.sum()) if top is None else top
    explained = directions @ (wells.counts * (wells.means - about))
    best = places[int((explained**2).argmax())]
    return float(best[0]), float(best[1]), float(best[2])


# compounds of a plate have the same doses in as many wells: what is made here is 3 MB and most of a fit's time
@lru_cache(maxsize=8)
def _grid(doses: bytes, counts: bytes, *, asymmetric: bool, top_is_fixed: bool) -> tuple[Floats, Floats]:
    """(k, 3) of log10 R, h and s, and (k, m) along which each can explain responses: of length 1 in the space of the wells."""
    at, n = np.frombuffer(doses), np.frombuffer(counts, np.int64).astype(np.float64)
    shapes = np.geomspace(*ASYMMETRY_RANGE, _N_ASYMMETRIES) if asymmetric else np.ones(1)
    axes = (shapes, np.linspace(*searched(at), _N_DOSES), np.geomspace(*HILL_RANGE, _N_HILLS))
    s, log10_ic50, hill = (axis.ravel() for axis in np.meshgrid(*axes, indexing="ij"))
    places = np.stack([log10_ic50, hill, s], axis=1)
    u = unit_curve(at, *(column[:, None] for column in places.T))
    directions = 1 - u if top_is_fixed else u - (u @ n / n.sum())[:, None]
    length = np.sqrt(directions**2 @ n)[:, None]
    return places, np.divide(directions, length, out=np.zeros_like(directions), where=length > _FLAT)


def _plateaus(wells: Wells, top: float | None, start: tuple[float, float, float]) -> tuple[float, float]:
    """(Bottom, Top) of the least squares."""
    u, counts = unit_curve(wells.doses, *start), wells.counts
    if top is not None:
        drop, weighted = 1 - u, counts * (1 - u)
        return top - float(weighted @ (top - wells.means) / max(float(drop @ weighted), 1e-300)), top
    mean, middle = float(counts @ wells.means / counts.sum()), float(counts @ u / counts.sum())
    centred = u - middle
    square = float(centred**2 @ counts)
    slope = float(centred @ (counts * (wells.means - mean))) / square if square > _FLAT**2 else 0.0
    bottom = mean - slope * middle
    return bottom, bottom + slope
