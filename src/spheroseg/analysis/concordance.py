"""Lin's concordance: how well two methods give the same number, not only a related one. Beside Bland–Altman."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Concordance:
    """Lin 1989, with the interval by Fisher's z as corrected in 2000.

    Attributes:
        coefficient: ρc = 2·s_xy/(s_x² + s_y² + (x̄ − ȳ)²), moments divided by n.
        low: of the 95 % interval; NaN with fewer than three pairs.
        high: of the 95 % interval.
        precision: Pearson's r.
        accuracy: ρc/r, 1 where neither place nor scale is shifted.
        n: pairs.
    """

    coefficient: float
    low: float
    high: float
    precision: float
    accuracy: float
    n: int


def concordance(reference: NDArray[Any], predicted: NDArray[Any]) -> Concordance:
    """Compare two values of the same objects.

    Raises:
        ParameterError: the lengths differ, fewer than two pairs, a value is not finite, or all values are the same.
    """
    x, y = np.asarray(reference, np.float64), np.asarray(predicted, np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise ParameterError(f"two lists of one length are compared; got {x.shape} and {y.shape}")
    n = len(x)
    if n < 2:
        raise ParameterError("at least two pairs are needed")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ParameterError("values without a number cannot be compared; leave these objects out first")
    variance_x, variance_y, shift = float(x.var()), float(y.var()), float(x.mean() - y.mean())
    if variance_x == 0 or variance_y == 0:
        raise ParameterError("all values of one list are the same")
    covariance = float(((x - x.mean()) * (y - y.mean())).mean())
    rho = 2 * covariance / (variance_x + variance_y + shift**2)
    r = covariance / float(np.sqrt(variance_x * variance_y))
    low = high = float("nan")
    if n > 2 and 0 < abs(r) < 1 and abs(rho) < 1:
        u2 = shift**2 / float(np.sqrt(variance_x * variance_y))
        variance = (
            (1 - r**2) * rho**2 / ((1 - rho**2) * r**2)
            + 2 * rho**3 * (1 - rho) * u2 / (r * (1 - rho**2) ** 2)
            - rho**4 * u2**2 / (2 * r**2 * (1 - rho**2) ** 2)
        ) / (n - 2)
        half = 1.959963984540054 * float(np.sqrt(max(variance, 0.0)))
        low, high = (float(np.tanh(np.arctanh(rho) + sign * half)) for sign in (-1, 1))
    elif abs(rho) == 1:
        low = high = rho
    return Concordance(rho, low, high, r, rho / r if r else float("nan"), n)
