"""The sigmoid curve as a model of wells: its values and differences, and the descent to its least squares; see `sigmoid`."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HILL_RANGE = (0.1, 20.0)
ASYMMETRY_RANGE = (0.05, 20.0)


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
        self.kind = kind
        self._wells = Wells(doses, responses)
        self._weights = np.sqrt(self._wells.counts)
        size = 1e-6 * (float(np.ptp(responses)) or 1.0)
        self.steps = np.array([1e-5, 1e-5, 1e-5, size, size])
        self._moves = np.concatenate([np.diag(self.steps), -np.diag(self.steps)])

    def __call__(self, theta: Floats) -> Floats:
        """(m,) at the doses of (5,), or (k, m) of (k, 5); NaN where no half of Top is on the curve."""
        log10_dose, log_h, log_s, top, bottom = (theta[..., index, None] for index in range(5))
        hill, s = np.exp(log_h), np.exp(log_s)
        if self.kind == "absolute":
            with np.errstate(invalid="ignore", divide="ignore"):
                share = (0.5 * top - bottom) / (top - bottom)
                share = np.where((share > 0) & (share < 1), share, np.nan)
                log10_dose = log10_dose - np.log10((share ** (-1 / s) - 1) / np.expm1(np.log(2) / s)) / hill
        return np.asarray(bottom + (top - bottom) * unit_curve(self._wells.doses, log10_dose, hill, s))

    def residuals(self, theta: Floats) -> Floats:
        """(m,) of the doses' means, weighted."""
        return np.asarray(self._weights * (self._wells.means - self(theta)))

    def rss(self, residuals: Floats) -> float:
        """Residual sum of squares of the wells."""
        return float(residuals @ residuals) + self._wells.within

    def jacobian(self, theta: Floats) -> Floats:
        """(m, 5), weighted."""
        return np.asarray(self._weights[:, None] * self._differences(theta))

    def jacobian_of_wells(self, theta: Floats) -> Floats:
        """(n, 5)."""
        return np.asarray(self._differences(theta)[self._wells.places])

    def _differences(self, theta: Floats) -> Floats:
        values = self(theta + self._moves)
        return np.asarray((values[:5] - values[5:]).T / (2 * self.steps))


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


_BOUNDS = np.array(
    [[-np.inf, np.log(HILL_RANGE[0]), np.log(ASYMMETRY_RANGE[0]), -np.inf, -np.inf],
     [np.inf, np.log(HILL_RANGE[1]), np.log(ASYMMETRY_RANGE[1]), np.inf, np.inf]]
)  # fmt: skip


def descend(model: Model, theta: Floats, free: NDArray[np.bool_], most_steps: int = 60) -> tuple[Floats, float]:
    """Levenberg and Marquardt's descent over the free parameters: (θ, residual sum of squares)."""
    residuals = model.residuals(theta)
    rss = model.rss(residuals)
    if not np.isfinite(rss):
        return theta, float("inf")
    damping = 1e-3
    for _ in range(most_steps):
        jacobian = model.jacobian(theta)[:, free]
        if not np.isfinite(jacobian).all():
            break
        normal, gradient = jacobian.T @ jacobian, jacobian.T @ residuals
        scale = np.maximum(np.diag(normal), 1e-12 * max(float(np.diag(normal).max()), 1e-300))
        improved = False
        while damping < 1e8:
            move = np.linalg.solve(normal + damping * np.diag(scale), gradient)
            trial = theta.copy()
            trial[free] += move
            trial = np.clip(trial, *_BOUNDS)
            trial_residuals = model.residuals(trial)
            trial_rss = model.rss(trial_residuals)
            if np.isfinite(trial_rss) and trial_rss <= rss:
                improved = rss - trial_rss > 1e-10 * rss
                theta, residuals, rss = trial, trial_residuals, trial_rss
                damping = max(damping / 5, 1e-9)
                break
            damping *= 4
        if not improved:
            break
    return theta, rss
