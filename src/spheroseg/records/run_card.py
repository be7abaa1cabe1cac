"""How numbers came about: the card that travels with every result, from the library to the exports."""

from __future__ import annotations

import platform
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer, model_validator

from spheroseg.records.pixel_size import PixelSize
from spheroseg.version import __version__


class _Part(BaseModel):
    # a card of a newer version keeps what this one does not know: cards are read, stored and handed on
    model_config = ConfigDict(extra="allow", frozen=True)

    @model_serializer(mode="wrap")
    def _as_stated(self, handler: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]  # noqa: ANN202 -- with a type, the API's description would forget the fields
        """What the card states: a default that nobody stated is no statement."""
        return {name: value for name, value in handler(self).items() if name in self.model_fields_set}


class ModelIdentity(_Part):
    """Which model outlined: its name ("classical" and "manual" are no networks), version and SHA-256 ("" without a file)."""

    name: str
    version: str = ""
    sha256: str = ""


class InputIdentity(_Part):
    """The plane that was outlined.

    Attributes:
        file: its file's name, or None for an array.
        sha256: of its values; the same for equal values in another file format.
        shape: (height, width) in pixels.
        dtype: of its values.
    """

    file: str | None = None
    sha256: str = ""
    shape: tuple[int, int]
    dtype: str


class FrameSource(_Part):
    """Where in its file the plane lies.

    Attributes:
        series: index of the scene or position.
        t: index of the time point.
        z: index of the z plane, the projection's name, or None.
        channel: index of the channel; None is the brightness of a colour photograph, else the first channel.
    """

    series: int = 0
    t: int = 0
    z: int | str | None = None
    channel: int | None = None


class ScaleRecord(_Part):
    """How the plane was brought to the network's scale, see `segmentation.ScaleChoice`."""

    factor: tuple[float, float]
    diameter_px: float | None = None
    source: Literal["stated", "estimated", "none"]
    reason: str = ""
    is_uncertain: bool = False


class RunCard(_Part):
    """Everything that is needed to get the same numbers again.

    Made by `RunCard.now`, which states the versions; unknown entries of a card that was read are kept.

    Attributes:
        spheroseg: version that made the numbers.
        model: what outlined.
        parameters: what a person chose, the fields of `pipeline.Parameters` by name.
        engine: what the engine says of itself (runtime, precision, device, threads).
        scale: of the network.
        split: threshold and splitting rules in image pixels, the fields of `segmentation.SplitRule`.
        input: the plane.
        frame: where it lies in its file.
        pixel_size_um: (y, x) used for every number, or None: then numbers are in px.
        pixel_size_source: who stated it: "parameters", a kind of metadata ("ome", "imagej", …), "project" or None.
        region: what was measured of each object: "filled", "net" or "core".
        image_flags: reason codes of the plane, see `segmentation.IMAGE_FLAGS`.
        n_too_small: objects that were found and left out because of their size.
        left_out: objects that the chosen rules left out, by the rule (`segmentation.ObjectRules`).
        options: of a batch: region and file name pattern.
        copied_from: of outlines drawn by a person: the result that they were copied from.
        imported_from: of outlines made elsewhere: the file that they were read from.
        measured_at: ISO 8601 time, when all objects were measured anew with another pixel size or region.
        created: ISO 8601 time, of a batch.
        machine: system and processor, of a batch.
        python, numpy: versions.
    """

    spheroseg: str
    model: ModelIdentity
    parameters: dict[str, Any] = {}
    engine: dict[str, Any] = {}
    scale: ScaleRecord | None = None
    split: dict[str, int | float] | None = None
    input: InputIdentity | None = None
    frame: FrameSource | None = None
    pixel_size_um: PixelSize | None = None
    pixel_size_source: str | None = None
    region: Literal["filled", "net", "core"] | None = None
    image_flags: tuple[str, ...] = ()
    n_too_small: int = 0
    left_out: dict[str, int] = {}
    options: dict[str, Any] | None = None
    copied_from: str | None = None
    imported_from: str | None = None
    measured_at: str | None = None
    created: str | None = None
    machine: str | None = None
    python: str = ""
    numpy: str = ""

    @classmethod
    def now(cls, model: ModelIdentity, parameters: dict[str, Any], **entries: Any) -> RunCard:  # noqa: ANN401 -- its own fields
        """A card of this program at this moment.

        Args:
            model: what outlines.
            parameters: what a person chose.
            entries: the other attributes.
        """
        versions = {"spheroseg": __version__, "python": platform.python_version(), "numpy": np.__version__}
        return cls.model_validate({"model": model, "parameters": parameters, **entries, **versions})

    @property
    def target(self) -> str:
        """What was outlined: "whole" objects or the "core" of each."""
        return str(self.parameters.get("target", "whole"))

    def plain(self) -> dict[str, Any]:
        """As JSON values; what is not known is left out."""
        card = self.model_dump(mode="json")
        return {name: value for name, value in card.items() if value is not None}

    def stating(self, **entries: Any) -> RunCard:  # noqa: ANN401 -- its own fields
        """The same card with some entries stated anew."""
        return self.model_validate(self.plain() | entries)

    @model_validator(mode="before")
    @classmethod
    def _earlier(cls, card: Any) -> Any:  # noqa: ANN401 -- whatever is validated
        """A card of an earlier version calls the target "outline"."""
        if isinstance(card, dict) and "outline" in (parameters := card.get("parameters") or {}):
            renamed = {"target" if name == "outline" else name: value for name, value in parameters.items()}
            return card | {"parameters": renamed}
        return card
