"""Units of dose, and what may be converted into what."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pandas as pd

from spheroseg.analysis.plate import standard_well
from spheroseg.errors import ParameterError

_MOLAR = {"M": 1.0, "mM": 1e-3, "µM": 1e-6, "nM": 1e-9, "pM": 1e-12, "fM": 1e-15}
_MASS = {"g/mL": 1.0, "mg/mL": 1e-3, "µg/mL": 1e-6, "ng/mL": 1e-9, "pg/mL": 1e-12}
_GRAY = {"Gy": 1.0, "cGy": 1e-2, "mGy": 1e-3}
_SHARE = {"fraction": 1.0, "%": 1e-2}
KINDS = (_MOLAR, _MASS, _GRAY, _SHARE)
_SLIPS = (100.0, 1e3, 1e6, 1e9)
"""Between a share and its percentage, and between molar units or those of mass."""
_MOST_MOLAR, _LEAST_MOLAR = 1e-2, 1e-10
"""mol/L: what series of doses end between; nM written down as µM mostly ends above, µM of nM below."""
_FEW_DOSES = 3
_ALIKE = 0.02
_SPELLINGS = {
    "percent": "%", "gray": "Gy", "mg/l": "µg/mL", "µg/l": "ng/mL", "g/l": "mg/mL", "ng/l": "pg/mL", "nmol/l": "nM",
    "µmol/l": "µM", "mmol/l": "mM", "mol/l": "M", "pmol/l": "pM",
}  # fmt: skip
_LOWER = {unit.lower(): unit for kind in KINDS for unit in kind if unit not in {"M", "mM"}}


def standard_unit(text: str) -> str:
    """The unit as this project writes it: "µM" of "uM", "μM", "micromolar"; a unit that is not known stays as it is.

    "mM" and "M" keep their letters' case, which is all that tells them from "mm" and "m".
    """
    plain = re.sub(r"\s+", "", text.strip()).replace("μ", "µ")
    if plain in _MOLAR or plain in _MASS:
        return plain
    plain = re.sub(r"^u(?=[MmgG])", "µ", plain)
    named = re.sub(r"molar$", "M", re.sub(r"^micro", "µ", re.sub(r"^nano", "n", re.sub(r"^pico", "p", plain))))
    named = re.sub(r"^milli", "m", named)
    for spelling in (plain, named):
        if spelling in _MOLAR or spelling in _MASS or spelling in _GRAY:
            return spelling
        lower = spelling.lower()
        if lower in _SPELLINGS or lower in _LOWER:
            return _SPELLINGS.get(lower) or _LOWER[lower]
    return plain


def factor(unit: str, to: str) -> float:
    """What a dose in `unit` is multiplied with to be one in `to`.

    Raises:
        ParameterError: the two are no units of one kind (mass and molar units differ by the molar mass).
    """
    if unit == to:
        return 1.0
    for kind in KINDS:
        if unit in kind and to in kind:
            return float(f"{kind[unit] / kind[to]:.12g}")
    raise ParameterError(f"{unit or 'no unit'} cannot be converted to {to or 'no unit'}")


def doubts(compound: str, unit: str, wells: pd.DataFrame, dose: str) -> list[str]:
    """What a person should know about the doses of a compound in one unit; `wells` has `well` and the column `dose`."""
    if not any(unit in kind for kind in KINDS):
        return [f"{compound}: {unit} is no unit that is known here; doses are taken as they are written"]
    whole = {"fraction": 1, "%": 100}.get(unit)
    if unit == "%" and (wells[dose] <= 1).all():
        return [f"{compound}: no dose is above 1 %; are they fractions?"]
    above = wells.loc[wells[dose] > whole, "well"].tolist() if whole else []
    if above:
        return [
            f"{compound}: more than the whole ({whole} {unit}) in {', '.join(above[:8])}; is it a percentage, or in another unit?"
        ]
    largest = float(wells[dose].max())
    if unit in _MOLAR and not _LEAST_MOLAR <= largest * _MOLAR[unit] < _MOST_MOLAR:
        return [f"{compound}: the largest dose is {largest:g} {unit}; is it in another unit?"]
    return []


def shifts(compound: str, wells: pd.DataFrame, dose: str) -> list[str]:
    """Replicates of a compound whose doses are those of another one times 100 or a power of 1,000: written in another unit?

    Args:
        compound: its name.
        wells: those with a dose of it above 0: `well`, `replicate` and the column `dose`, in one unit.
        dose: the column.
    """
    letters = wells["well"].map(lambda well: re.sub(r"[0-9]", "", standard_well(well)))
    for name, places in (("replicate", wells["replicate"]), ("row", letters)):
        levels = {
            str(place): np.unique(own[dose].to_numpy(np.float64))
            for place, own in wells.groupby(places, sort=True)
            if place
        }
        alike = [pair for pair in combinations(levels, 2) if len(levels[pair[0]]) == len(levels[pair[1]]) >= _FEW_DOSES]
        for one, other in alike:
            ratios = levels[other] / levels[one]
            factor = max(float(np.median(ratios)), 1 / float(np.median(ratios)))
            if np.allclose(ratios, ratios[0], rtol=_ALIKE) and np.isclose(_SLIPS, factor, rtol=_ALIKE).any():
                more, less = (other, one) if ratios[0] > 1 else (one, other)
                return [
                    f"{compound}: the doses of {name} {more} are {factor:.4g} times those of {name} {less}; are some in another unit?"
                ]
    return []
