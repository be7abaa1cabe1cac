"""The sigmoid curve as a model of wells: its values and differences, and the descent to its least squares; see `sigmoid`."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spheroseg.kernels.compilation import compiled

Floats = NDArray[np.float64]

HILL_RANGE = (0.1, 20.0)
ASYMMETRY_RANGE = (0.05, 20.0)
_LN_10, _LN_2 = float(np.log(10)), float(np.log(2))
_SHAPES = tuple((float(np.log(low)), float(np.log(high))) for low, high in (HILL_RANGE, ASYMMETRY_RANGE))
_ANY = (-np.inf, np.inf)
_DECADES_BEYOND = 2.0
_MOST_STEPS, _MOST_DAMPING = 200, 1e8


def unit_curve(
    doses: Floats, log10_ic50: Floats | float, hill: Floats | float, asymmetry: Floats | float = 1.0
) -> Floats:
    """u(x) of `sigmoid`, 1 at dose 0; the arguments broadcast."""
    with np.errstate(divide="ignore", over="ignore"):
        log_ratio = np.log(doses) - np.log(10) * np.asarray(log10_ic50)
        steep = np.exp(np.clip(np.asarray(hill) * log_ratio, -700, 700))  # exp stays finite; u is 0 or 1 there anyway
        return np.asarray(
            np.exp(-np.asarray(asymmetry) * np.log1p(np.expm1(np.log(2) / np.asarray(asymmetry)) * steep))
        )


class Model:
    """Responses of θ = (log10 dose, ln h, ln s, Top, Bottom); the dose is R ("relative") or where half of Top is left."""

    def __init__(self, doses: Floats, responses: Floats, kind: Literal["relative", "absolute"]) -> None:
        self._wells = Wells(doses, responses)
        with np.errstate(divide="ignore"):
            self._means = np.stack([np.log(self._wells.doses), np.sqrt(self._wells.counts), self._wells.means])
        self._is_absolute = kind == "absolute"
        self._ends = np.array([(low, high) for low, high in (searched(doses), *_SHAPES, _ANY, _ANY)]).T.copy()
        size = 1e-5 * (float(np.ptp(responses)) or 1.0)
        self.steps = np.array([1e-4, 1e-4, 1e-4, size, size])

    def residuals(self, theta: Floats) -> Floats:
        """(m,) of the doses' means, weighted; NaN where no half of Top is on the curve."""
        return _look(self._means, self._is_absolute, theta)[0]

    def jacobian(self, theta: Floats) -> Floats:
        """(m, 5), weighted."""
        return _look(self._means, self._is_absolute, theta)[1]

    def jacobian_of_wells(self, theta: Floats) -> Floats:
        """(n, 5)."""
        return np.asarray((self.jacobian(theta) / self._means[1, :, None])[self._wells.places])

    def descend(self, theta: Floats, free: NDArray[np.bool_]) -> tuple[Floats, float]:
        """From θ down to the least residual sum of squares of the wells over the free parameters: (θ, that sum)."""
        return _descend(self._means, self._wells.within, self._is_absolute, theta, free, self._ends)


def searched(doses: Floats) -> tuple[float, float]:
    """log10 of the doses between which the half-way dose is looked for: two decades beyond those that were given."""
    given = np.log10(doses[doses > 0])
    return float(given.min() - _DECADES_BEYOND), float(given.max() + _DECADES_BEYOND)


class Wells:
    """Wells of one dose lie on one point of a curve: least squares need their mean, their number and how they scatter about it.

    Attributes:
        doses: (m,) different doses, ascending.
        places: (n,) of each well's dose among them.
        counts: (m,) wells.
        means: (m,) of their responses.
        within: sum of squares about the means.
    """

    def __init__(self, doses: Floats, responses: Floats) -> None:
        self.doses, self.places = np.unique(doses, return_inverse=True)
        self.counts = np.bincount(self.places)
        self.means = np.bincount(self.places, responses) / self.counts
        self.within = float(((responses - self.means[self.places]) ** 2).sum())


@compiled
def _look(means: Floats, is_absolute: bool, theta: Floats) -> tuple[Floats, Floats]:
    """Residuals (m,) of `means`, (3, m): ln dose, weight, mean response; and the responses' derivatives (m, 5), weighted too."""
    hill, s, top, bottom = np.exp(theta[1]), np.exp(theta[2]), theta[3], theta[4]
    growth = 2 ** (1 / s)
    scale = np.expm1(_LN_2 / s)
    residuals, jacobian = np.full(means.shape[1], np.nan), np.full((means.shape[1], 5), np.nan)
    of_half = np.zeros(5)  # derivatives of log10 R
    of_half[0] = 1.0
    log10_half = theta[0]
    if is_absolute:
        share = (0.5 * top - bottom) / (top - bottom)
        if not 0 < share < 1:
            return residuals, jacobian
        power = share ** (-1 / s)
        beyond = np.log10((power - 1) / scale) / hill
        log10_half -= beyond
        of_half[1] = beyond
        of_half[2] = -(power / (power - 1) * np.log(share) + _LN_2 * growth / scale) / (s * hill * _LN_10)
        of_share = power / ((power - 1) * share * s * hill * _LN_10)
        of_half[3] = of_share * 0.5 * bottom / (top - bottom) ** 2
        of_half[4] = -of_share * 0.5 * top / (top - bottom) ** 2
    for at in range(means.shape[1]):
        exponent = min(max(hill * (means[0, at] - _LN_10 * log10_half), -700.0), 700.0)  # of dose 0 too
        steep = np.exp(exponent)
        drop = np.log1p(scale * steep)
        taken = scale * steep / (1 + scale * steep)
        u, weight = np.exp(-s * drop), means[1, at]
        height = weight * (top - bottom) * u * s
        residuals[at] = weight * (means[2, at] - bottom - (top - bottom) * u)
        jacobian[at] = height * hill * _LN_10 * taken * of_half
        jacobian[at, 1] -= height * taken * exponent
        jacobian[at, 2] += height * (_LN_2 * growth * taken / (scale * s) - drop)
        jacobian[at, 3] += weight * u
        jacobian[at, 4] += weight * (1 - u)
    return residuals, jacobian


@compiled
def _descend(
    means: Floats, within: float, is_absolute: bool, theta: Floats, free: NDArray[np.bool_], ends: Floats
) -> tuple[Floats, float]:  # fmt: skip
    """Levenberg and Marquardt's descent; a parameter that would leave its range (of `ends`, (2, 5)) is held at the range's end."""
    residuals, jacobian = _look(means, is_absolute, theta)
    rss = np.sum(residuals**2) + within
    if not np.isfinite(rss):
        return theta, np.inf
    damping = 1e-3
    # derivatives by a dose or a shape are as large as the responses, those by a plateau are not: parameters are weighed
    # in their own units, or the fit would depend on the unit of the response
    height = np.max(means[2]) - np.min(means[2])
    units = np.array([height, height, height, 1.0, 1.0]) if height > 0 else np.ones(5)
    for _ in range(_MOST_STEPS):
        slopes = jacobian.T @ residuals
        moves = np.flatnonzero(free & ~((theta <= ends[0]) & (slopes < 0)) & ~((theta >= ends[1]) & (slopes > 0)))
        if not len(moves) or not np.isfinite(jacobian).all():
            break
        seen = np.ascontiguousarray(jacobian[:, moves]) / units[moves]
        squares = np.sum(seen**2, axis=0)
        lengths = np.sqrt(np.maximum(squares, 1e-12 * max(squares.max(), 1e-300)))
        seen = seen / lengths
        normal, downwards = seen.T @ seen, seen.T @ residuals
        weights = units[moves] * lengths
        gain = -1.0
        while damping < _MOST_DAMPING:
            trial = theta.copy()
            trial[moves] += np.linalg.solve(normal + damping * np.eye(len(moves)), downwards) / weights
            trial = np.minimum(np.maximum(trial, ends[0]), ends[1])
            trial_residuals, trial_jacobian = _look(means, is_absolute, trial)
            trial_rss = np.sum(trial_residuals**2) + within
            if np.isfinite(trial_rss) and trial_rss <= rss:
                gain = rss - trial_rss
                theta, residuals, jacobian, rss = trial, trial_residuals, trial_jacobian, trial_rss
                damping = max(damping / 5, 1e-9)
                break
            damping *= 4
        # a short step gains little wherever it is made; a long one that does has arrived
        if gain < 0 or (gain <= 1e-12 * rss and damping < 1e-3):
            break
    return theta, rss
