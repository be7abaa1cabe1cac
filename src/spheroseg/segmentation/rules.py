"""Which of the found objects count: one value for the library, the command line and the service.

A rule leaves out or joins what was found; it never changes the maps, so another rule is applied to the same prediction
at any time (`apply_rules`), and what was left out is counted by the rule that did it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError

Split = Literal["touching", "never", "always"]


@dataclass(frozen=True, slots=True)
class ObjectRules:
    """What is left out of the objects, and where one object ends; `ObjectRules()` keeps everything that was found.

    Attributes:
        split: "touching" parts objects that touch, as the model was tuned to; "never" keeps whatever hangs together as one
            object (bodies with buds or a waist); "always" parts at every waist.
        min_diameter_um: objects of a smaller equivalent diameter are left out; needs a pixel size.
        min_diameter_px: the same in px of the geometric mean pixel size.
        leave_out_border: objects that the frame cuts are left out.
        in_focus_only: objects flagged `out_of_focus` are left out.
        keep_largest: of what is left only so many of the largest objects are kept; None keeps all.
        by_content: where all but one of the objects are flagged `debris`, are less than CRUMB_DIAMETER_FRACTION of it across and hold
            less than CRUMBS_SHARE of the area, the one is kept alone, as one spheroid a well would; everywhere else this leaves
            nothing out.
    """

    split: Split = "touching"
    min_diameter_um: float | None = None
    min_diameter_px: float | None = None
    leave_out_border: bool = False
    in_focus_only: bool = False
    keep_largest: int | None = None
    by_content: bool = False

    def __post_init__(self) -> None:
        if self.split not in get_args(Split):
            raise ParameterError(f"objects are split 'touching', 'never' or 'always', not {self.split!r}")
        if self.min_diameter_um is not None and self.min_diameter_px is not None:
            raise ParameterError("give the smallest diameter in µm or in px, not both")
        for name in ("min_diameter_um", "min_diameter_px"):
            length = getattr(self, name)
            if length is not None and not 0 < length < np.inf:
                raise ParameterError(f"{name} must be a positive length, not {length:g}")
        if self.keep_largest is not None and self.keep_largest < 1:
            raise ParameterError(f"at least one object is kept, not {self.keep_largest}")

    @classmethod
    def of(cls, value: ObjectRules | Mapping[str, Any] | str | None) -> ObjectRules:
        """Rules from themselves, from a preset's name, from their fields by name, or (None) those that keep everything.

        Raises:
            ParameterError: no such preset or field, or a value that makes no sense.
        """
        if value is None:
            return cls()
        if isinstance(value, ObjectRules):
            return value
        if isinstance(value, str):
            if value not in PRESETS:
                raise ParameterError(f"there is no preset {value!r}; there are {', '.join(PRESETS)}")
            return PRESETS[value]
        unknown = sorted(set(value) - {field.name for field in fields(cls)})
        if unknown:
            raise ParameterError(f"rules for objects have no {', '.join(map(repr, unknown))}")
        return cls(**value)

    def smallest_px(self, pixel_size_um: tuple[float, float] | None) -> float | None:
        """The smallest diameter in px of the geometric mean pixel size.

        Raises:
            ParameterError: it is given in µm and the pixel size is not known.
        """
        if self.min_diameter_um is None:
            return self.min_diameter_px
        if pixel_size_um is None:
            raise ParameterError("a smallest diameter in µm needs the pixel size; give it, or the diameter in px")
        return self.min_diameter_um / float(np.sqrt(pixel_size_um[0] * pixel_size_um[1]))

    def judge(
        self,
        areas_px: NDArray[np.int64],
        flags: tuple[tuple[str, ...], ...],
        pixel_size_um: tuple[float, float] | None,
    ) -> tuple[NDArray[np.bool_], dict[str, int]]:
        """Which objects stay.

        Args:
            areas_px: (n,) pixels of object i + 1.
            flags: reason codes of object i + 1.
            pixel_size_um: (y, x), for a smallest diameter in µm.

        Returns:
            (n,) whether object i + 1 stays; how many each rule left out, by its field's name, in the order applied.
        """
        keep = np.ones(len(areas_px), bool)
        left_out: dict[str, int] = {}

        def leave(name: str, out: NDArray[np.bool_]) -> None:
            left_out[name] = int((keep & out).sum())
            keep[out] = False

        smallest = self.smallest_px(pixel_size_um)
        if smallest is not None:
            name = "min_diameter_px" if self.min_diameter_um is None else "min_diameter_um"
            leave(name, np.asarray(2.0 * np.sqrt(areas_px / np.pi) < smallest))
        if self.by_content:
            leave("by_content", _crumbs(areas_px, flags))
        for name, code, is_on in (
            ("leave_out_border", "touches_border", self.leave_out_border),
            ("in_focus_only", "out_of_focus", self.in_focus_only),
        ):
            if is_on:
                leave(name, np.array([code in codes for codes in flags], bool))
        if self.keep_largest is not None:
            others = np.ones(len(areas_px), bool)
            # the largest first; of equals the one that comes first in the picture
            others[np.lexsort((np.arange(len(areas_px)), -areas_px * keep))[: self.keep_largest]] = False
            leave("keep_largest", others)
        return keep, left_out


CRUMBS_SHARE = 0.1
"""Of the outlined area: what lies beside the one body of an image is left out `by_content` if it holds less."""

CRUMB_DIAMETER_FRACTION = 0.2
"""Of the one body's diameter: each thing left out `by_content` is smaller; real bodies of 0.23 lie beside a larger one in training images."""


def _crumbs(areas_px: NDArray[np.int64], flags: tuple[tuple[str, ...], ...]) -> NDArray[np.bool_]:
    """(n,) whether object i + 1 is a crumb beside the one body of the image."""
    debris = np.array(["debris" in codes for codes in flags], bool)
    nothing = np.zeros(len(areas_px), bool)
    if int((~debris).sum()) != 1:
        return nothing
    are_tiny = bool(np.all(areas_px[debris] < CRUMB_DIAMETER_FRACTION**2 * areas_px[~debris]))
    return debris if are_tiny and areas_px[debris].sum() < CRUMBS_SHARE * areas_px.sum() else nothing


PRESETS: dict[str, ObjectRules] = {
    "by_content": ObjectRules(by_content=True),
    "everything": ObjectRules(),
    "one_spheroid_a_well": ObjectRules(split="never", keep_largest=1),
    "many_organoids": ObjectRules(in_focus_only=True),
    "invasion": ObjectRules(split="never", keep_largest=1),
    "cells": ObjectRules(),
}
"""Rules by what an experiment shows, the default first; *invasion* is meant to be measured with the cores outlined."""
DEFAULT_RULES = "by_content"
