"""Objects that a project leaves out by what they are: they stay, are shown hatched, and out of tables and statistics until asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import Field, model_validator

from spheroseg.server.http.fields import Input

Length = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Flag = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


class ObjectExclusion(Input):
    """Which objects are left out. What is not known of an object leaves it in."""

    touches_border: bool = Field(default=False, description="Objects that the frame cuts")
    min_diameter_um: Length | None = Field(default=None, description="Smaller ones are left out: `too_small`")
    max_diameter_um: Length | None = Field(default=None, description="Larger ones are left out: `too_large`")
    min_circularity: Share | None = Field(default=None, description="Less round ones are left out: `not_round`")
    min_confidence: Share | None = Field(default=None, description="Less certain ones are left out: `unsure`")
    flags: Annotated[list[Flag], Field(max_length=20)] = Field(default=[], description="Objects with one of these")

    @model_validator(mode="after")
    def _some_size_is_left(self) -> ObjectExclusion:
        low, high = self.min_diameter_um, self.max_diameter_um
        if low is not None and high is not None and low >= high:
            raise ValueError("the largest diameter must be larger than the smallest one")
        return self

    def bounds(self) -> list[tuple[str, str, bool, float]]:
        """(reason, column, whether below the bound is left out, bound) of each bound that is set."""
        known = (
            ("too_small", "equivalent_diameter_um", True, self.min_diameter_um),
            ("too_large", "equivalent_diameter_um", False, self.max_diameter_um),
            ("not_round", "circularity", True, self.min_circularity),
            ("unsure", "confidence", True, self.min_confidence),
        )
        return [(reason, column, is_low, bound) for reason, column, is_low, bound in known if bound is not None]

    def left_out_flags(self) -> list[str]:
        """Flags that leave an object out; the flag is the reason."""
        return list(dict.fromkeys([*(["touches_border"] if self.touches_border else []), *self.flags]))

    def reasons(self, number: Callable[[str], float | None], flags: Sequence[str]) -> list[str]:
        """Why an object is left out; nothing when it is not.

        Args:
            number: a measure of the object, or its confidence, by column; None where it is not known.
            flags: of the object.
        """
        found = [flag for flag in self.left_out_flags() if flag in flags]
        for reason, column, is_low, bound in self.bounds():
            value = number(column)
            if value is not None and (value < bound if is_low else value > bound):
                found.append(reason)
        return found
