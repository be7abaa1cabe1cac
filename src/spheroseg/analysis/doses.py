"""Units of dose, and what may be converted into what."""

from __future__ import annotations

import re

import pandas as pd

from spheroseg.errors import ParameterError

_MOLAR = {"M": 1.0, "mM": 1e-3, "µM": 1e-6, "nM": 1e-9, "pM": 1e-12, "fM": 1e-15}
_MASS = {"g/mL": 1.0, "mg/mL": 1e-3, "µg/mL": 1e-6, "ng/mL": 1e-9, "pg/mL": 1e-12}
_GRAY = {"Gy": 1.0, "cGy": 1e-2, "mGy": 1e-3}
_SHARE = {"fraction": 1.0, "%": 1e-2}
KINDS = (_MOLAR, _MASS, _GRAY, _SHARE)
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
    above = wells.loc[wells[dose] > whole, "well"].tolist() if whole else []
    if above:
        return [
            f"{compound}: more than the whole ({whole} {unit}) in {', '.join(above[:8])}; is it a percentage, or in another unit?"
        ]
    return []
