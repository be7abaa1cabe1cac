"""How the wells' scatter depends on their response: the same everywhere, or a power of it.

Wells of a large response often scatter more (growth multiplies errors). Least squares still finds the curve, but an interval
that takes the scatter to be the same everywhere is too wide at one end of the curve and too narrow at the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

_POWERS = np.linspace(0.0, 1.5, 16)
_CHI_SQUARE = float(stats.chi2.ppf(0.95, 1))
_FLOOR = 0.02  # of the largest response; below it a response is not taken to be measured ever more exactly


def relative_variances(fitted: Floats, residuals: Floats) -> Floats:
    """(n,) variance of each well's error over the mean one.

    The error's standard deviation is |response|^p with the p of the largest likelihood between 0 and 1.5; all are 1 where a
    likelihood-ratio test (5 %) does not tell p from 0 (Carroll and Ruppert 1988, chapter 3).

    Args:
        fitted: (n,) responses of the curve.
        residuals: (n,) what was measured, less that.
    """
    largest = float(np.abs(fitted).max(initial=0.0))
    if largest == 0 or not np.any(residuals):
        return np.ones(len(fitted))
    size = np.log(np.maximum(np.abs(fitted), _FLOOR * largest) / largest)
    sd = np.exp(np.outer(_POWERS, size))
    with np.errstate(over="ignore"):
        log_likelihood = -len(fitted) / 2 * np.log(np.mean((residuals / sd) ** 2, axis=1)) - _POWERS * size.sum()
    best = int(log_likelihood.argmax())
    if 2 * (log_likelihood[best] - log_likelihood[0]) < _CHI_SQUARE:
        return np.ones(len(fitted))
    variances = sd[best] ** 2
    return np.asarray(variances / variances.mean())


def variance_ratio(jacobian: Floats, index: int, variances: Floats) -> float:
    """By how much the variance of one parameter differs from what equal scatter would give it.

    (JᵀJ)⁻¹ JᵀVJ (JᵀJ)⁻¹ over s²(JᵀJ)⁻¹, with V scaled so that both expect the same residual sum of squares.

    Args:
        jacobian: (n, k) of the response in the parameters.
        index: of the parameter.
        variances: (n,) as `relative_variances` gives them.
    """
    if (variances == variances[0]).all():
        return 1.0
    scale = np.maximum(np.linalg.norm(jacobian, axis=0), 1e-300)
    scaled = jacobian / scale
    normal = scaled.T @ scaled
    if not np.isfinite(normal).all() or np.linalg.eigvalsh(normal).min() < 1e-12:
        return 1.0
    inverse = np.linalg.inv(normal)
    leverage = np.einsum("ij,jk,ik->i", scaled, inverse, scaled)
    expected = float(variances @ (1 - leverage)) / (len(variances) - jacobian.shape[1])
    weights = scaled @ inverse[index]
    return float(weights**2 @ variances / expected / inverse[index, index])
