"""What a model says about itself: `model.json`, beside its network files.

A model is a folder: `model.json` (the card) and the ONNX files that the card names, one a precision. The card
is the only place where preprocessing, scale and thresholds are written; training writes it, prediction reads it.
"""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from spheroseg.errors import ModelError

CARD_NAME = "model.json"

Precision = Literal["fp32", "int8"]
Output = Literal["foreground", "distance", "core"]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class NetworkFile(_Part):
    """One ONNX file of the model.

    Attributes:
        path: file name relative to the card, without folders.
        sha256: hex digest of the file.
        size_bytes: length of the file.
    """

    path: Annotated[str, Field(pattern=r"^[\w.\-]+\.onnx$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: Annotated[int, Field(gt=0)]


class Normalisation(_Part):
    """From luminance at network scale to the network's input.

    x = clip((v − p_low) / (p_high − p_low), clip) · gain + offset, with the two percentiles taken over the whole
    resampled plane. Training feeds its networks by `training.data.NORMALISATION`, export writes that value into the
    card, and prediction reads it there.
    """

    low_percentile: Annotated[float, Field(ge=0.0, lt=50.0)] = 0.1
    high_percentile: Annotated[float, Field(gt=50.0, le=100.0)] = 99.9
    clip: tuple[float, float] = (-1.0, 2.0)
    gain: float = 2.0
    offset: float = -1.0

    @property
    def percentiles(self) -> tuple[float, float]:
        """The two percentiles, 0…100."""
        return self.low_percentile, self.high_percentile

    def encode(self, share: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """The network's input from values of which the two percentiles are 0 and 1; any shape."""
        return np.asarray(np.clip(share, *self.clip) * self.gain + self.offset, dtype=np.float32)


class Splitting(_Part):
    """How touching objects are told apart on the distance output (0…1, 1 deep inside an object).

    Attributes:
        min_depth: two peaks are two objects if the lower one rises at least this far above the saddle.
        min_peak: a lower peak is never an object of its own.
        min_diameter_fraction: objects of less than this share of the expected diameter are left out (and counted).
        min_diameter_network_px: so are objects of fewer pixels across than this at network scale.
        smoothing_fraction: the distance is smoothed by a Gaussian of this share of the expected diameter before
            objects are told apart, so that texture inside an object is no valley.
        min_certainty: an object must somewhere rise this share of the way from the threshold to probability 1;
            fainter ones are left out (and counted).
    """

    min_depth: Fraction = 0.2
    min_peak: Fraction = 0.5
    min_diameter_fraction: Fraction = 0.2
    min_diameter_network_px: Annotated[float, Field(ge=0.0)] = 5.0
    smoothing_fraction: Fraction = 0.04
    min_certainty: Fraction = 0.7


class FinerScale(_Part):
    """A larger scale for planes that it leaves small: few, large objects, whose outlines profit.

    Attributes:
        diameter_px: object diameter at network scale.
        largest_frame_px: pixels of the plane at network scale up to which it is taken, fully or in part.
    """

    diameter_px: Positive
    largest_frame_px: Annotated[int, Field(gt=0)]


class Partner(_Part):
    """A second network that sees and answers the same; what the model says is the mean of both networks' logits.

    Attributes:
        files: its network file a precision, the same precisions as the model's.
        alone_from_frame_px: frames of so many pixels at network scale go through it alone: there objects are many, and the
            mean costs more than it is worth. None: never alone.
    """

    files: dict[Precision, NetworkFile]
    alone_from_frame_px: Annotated[int, Field(gt=0)] | None = None


class DataSource(_Part):
    """Images that the model was trained on, and what allows it."""

    name: str
    licence: str
    n_images: Annotated[int, Field(ge=0)]
    url: str = ""


class ModelCard(_Part):
    """`model.json`.

    Attributes:
        format: version of this description.
        name: what `load_model` calls it; also its folder's name.
        version: of the weights.
        description: two sentences for a biologist: what it outlines, what it was trained on.
        files: network file a precision; "fp32" is always there.
        partner: another network beside it; None: there is one network.
        outputs: the network's output channels in order; "foreground" and "distance" are always among them.
        classes: class name of the outlined objects, one.
        normalisation: from luminance to network input.
        target_diameter_px: object diameter at network scale that the model is best at.
        finer: a larger diameter, for planes that stay small at it; None: always the target.
        diameter_px_range: diameters at network scale that it was trained on.
        native_diameter_px_range: objects of this diameter in the image are not resampled at all.
        receptive_field_px: how far apart input and output pixels still matter (tiles overlap by half of it).
        size_multiple_px: the network's input height and width are multiples of it.
        threshold: foreground probability from which on a pixel belongs to an object.
        splitting: rules for touching and for tiny objects.
        confidence_calibration: (stability, share of such objects that were right) points, rising; empty when
            the confidence is the plain stability.
        familiar_from: sharpness of all outlines of a plane (area above the higher over area above the lower threshold)
            below which the plane is flagged `unfamiliar`; None flags none.
        diameter_interval: (stretch, floor): the interval's half width is stretch · (half the logarithm of the ratio of
            the diameters at the two thresholds + floor), in logarithms of the diameter; its upper end is counted from the
            object and the smaller ones that touch it. Chosen so that it holds the reference diameter of 9 in 10 objects of a
            laboratory never seen (`training.calibration`); None leaves it at the diameters at the two thresholds.
        data: training images and their licences.
        licence: of the weights.
        recipe: how it was trained (free form: steps, seed, loss, augmentation).
        scores: how well it does (free form: split → source → measure → value).
        created: ISO 8601 date or time.
    """

    format: Literal[1] = 1
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_\-]*$")]
    version: str
    description: str
    files: dict[Precision, NetworkFile]
    partner: Partner | None = None
    outputs: tuple[Output, ...]
    classes: Annotated[tuple[str, ...], Field(min_length=1)] = ("spheroid",)
    normalisation: Normalisation = Normalisation()
    target_diameter_px: Positive = 64.0
    finer: FinerScale | None = None
    diameter_px_range: tuple[Positive, Positive] = (12.0, 200.0)
    native_diameter_px_range: tuple[Positive, Positive] = (28.0, 110.0)
    receptive_field_px: Annotated[int, Field(gt=0)] = 256
    size_multiple_px: Annotated[int, Field(gt=0)] = 32
    threshold: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5
    splitting: Splitting = Splitting()
    confidence_calibration: tuple[tuple[Fraction, Fraction], ...] = ()
    familiar_from: Fraction | None = None
    diameter_interval: tuple[Positive, Positive] | None = None
    data: tuple[DataSource, ...] = ()
    licence: str = ""
    recipe: dict[str, Any] = {}
    scores: dict[str, Any] = {}
    created: str = ""

    @field_validator("diameter_px_range", "native_diameter_px_range")
    @classmethod
    def _rising(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] >= value[1]:
            raise ValueError(f"the first diameter must be smaller than the second, not {value}")
        return value

    @field_validator("confidence_calibration")
    @classmethod
    def _monotone(cls, points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        for before, after in pairwise(points):
            if after[0] <= before[0] or after[1] < before[1]:
                raise ValueError("calibration points must rise")
        return points

    @model_validator(mode="after")
    def _complete(self) -> ModelCard:
        if "fp32" not in self.files:
            raise ValueError("a model has an fp32 file, against which its other files are checked")
        if self.partner is not None and set(self.partner.files) != set(self.files):
            raise ValueError("a partner has a file for each precision that the network has")
        if "foreground" not in self.outputs or "distance" not in self.outputs:
            raise ValueError("a model has the outputs foreground and distance")
        if len(set(self.outputs)) != len(self.outputs):
            raise ValueError("an output is named twice")
        return self

    @property
    def sha256(self) -> str:
        """Which network this is: the digest of its fp32 file, or of the digests of both networks' files."""
        first = self.files["fp32"].sha256
        if self.partner is None:
            return first
        return hashlib.sha256(f"{first} {self.partner.files['fp32'].sha256}".encode()).hexdigest()

    def size_bytes(self, precision: Precision) -> int:
        """Bytes of all network files of a precision."""
        partner = 0 if self.partner is None else self.partner.files[precision].size_bytes
        return self.files[precision].size_bytes + partner

    def of_partner(self) -> ModelCard:
        """The card of the partner alone.

        Raises:
            ModelError: there is none.
        """
        if self.partner is None:
            raise ModelError(f"model {self.name} has one network")
        return self.model_copy(update={"files": self.partner.files, "partner": None})

    def file(self, folder: Path, precision: Precision) -> Path:
        """The checked network file of a precision.

        Raises:
            ModelError: the model has no such file, or it is missing or not the one that the card describes.
        """
        entry = self.files.get(precision)
        if entry is None:
            raise ModelError(f"model {self.name} has no {precision} file; it has {', '.join(self.files)}")
        path = folder / entry.path
        try:
            digest = file_sha256(path)
        except OSError as error:
            raise ModelError(
                f"{path}: the network file of model {self.name} cannot be read ({error.strerror})"
            ) from error
        if digest != entry.sha256:
            raise ModelError(
                f"{path}: the file is not the one that its card describes "
                f"(sha256 {digest[:12]}…, expected {entry.sha256[:12]}…); it was damaged or replaced"
            )
        return path


def read_card(path: Path | str) -> ModelCard:
    """Read `model.json`.

    Args:
        path: the card, or the folder that holds it.

    Raises:
        ModelError: there is no card, or it is damaged; the message names the file and the first reason.
    """
    path = Path(path)
    if path.is_dir():
        path /= CARD_NAME
    try:
        return ModelCard.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path}: the model card cannot be read ({error.strerror})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ModelError(f"{path}: the model card is damaged: {where + ': ' if where else ''}{first['msg']}") from error


def write_card(card: ModelCard, folder: Path | str) -> Path:
    """Write `model.json` into a folder; returns its path."""
    path = Path(folder) / CARD_NAME
    path.write_text(json.dumps(card.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def describe_file(path: Path | str) -> NetworkFile:
    """The card's entry for a network file on disk."""
    path = Path(path)
    return NetworkFile(path=path.name, sha256=file_sha256(path), size_bytes=path.stat().st_size)


def file_sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
