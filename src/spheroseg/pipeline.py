"""One image through all rooms: raw values → labels → outlines → measures, with a run card."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spheroseg.errors import ParameterError
from spheroseg.geometry import Polygons, trace
from spheroseg.imaging import Image, luminance, read_image
from spheroseg.imaging.focus import flatten_z
from spheroseg.measurement import measure, measure_core
from spheroseg.records import (
    FrameSource,
    InputIdentity,
    ModelIdentity,
    PixelSize,
    RunCard,
    ScaleRecord,
    check_pixel_size,
)
from spheroseg.segmentation import (
    CLASSICAL,
    DEFAULT_RULES,
    Model,
    ModelCard,
    ObjectRules,
    Prediction,
    apply_rules,
    classical,
    cores,
    find_model,
    load_model,
    predict,
)
from spheroseg.segmentation.quality import stain
from spheroseg.version import __version__

DEFAULT_MODEL = "spheroid"


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a person may choose about a segmentation; everything else is in the model's card.

    Attributes:
        model: a shipped model's name, the path of a model's folder, or "classical" (no network).
        pixel_size_um: (y, x) µm per pixel; overrides what the file says.
        diameter_um: typical diameter of the objects in µm; needs a pixel size.
        diameter_px: the same in pixels; without either the diameter is estimated from the image.
        threshold: probability (0…1) above which a pixel belongs to an object; None = the model's own.
        accurate: average over mirrored copies of the image: four times the work, slightly steadier outlines.
        channel: the channel to outline; None = the brightness of a colour photograph, else the first channel.
        z: index of the z plane, or "sharpest", "max", "mean" over the planes.
        target: what is outlined: "whole" objects, or the dense "core" of each where the model knows it.
        expected_objects: how many objects an image has at most, 1 for one spheroid a well; with more it is flagged
            `several_objects`. None: nothing is expected.
        rules: which of the found objects count (`ObjectRules`), or its fields by name, or a preset's name. The default, "by_content",
            leaves debris out beside the one body of an image and nothing anywhere else; `ObjectRules()` and "everything" keep all.
    """

    model: str = DEFAULT_MODEL
    pixel_size_um: PixelSize | None = None
    diameter_um: float | None = None
    diameter_px: float | None = None
    threshold: float | None = None
    accurate: bool = False
    channel: int | None = None
    z: int | str = "sharpest"
    target: str = "whole"
    expected_objects: int | None = None
    rules: ObjectRules | Mapping[str, Any] | str = DEFAULT_RULES

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", ObjectRules.of(self.rules))
        if self.threshold is not None and not 0 < self.threshold < 1:
            raise ParameterError(f"the threshold is a probability between 0 and 1, not {self.threshold:g}")
        if self.diameter_um is not None and self.diameter_px is not None:
            raise ParameterError("give the diameter in µm or in pixels, not both")
        lengths = {"diameter_um": self.diameter_um, "diameter_px": self.diameter_px}
        for name, length in lengths.items():
            if length is not None and not 0 < length < np.inf:
                raise ParameterError(f"{name} must be a positive length, not {length:g}")
        check_pixel_size(self.pixel_size_um)
        if isinstance(self.z, str) and self.z not in {"sharpest", "max", "mean"}:
            raise ParameterError(f"z is the number of a plane, 'sharpest', 'max' or 'mean', not {self.z!r}")
        if self.target not in {"whole", "core"}:
            raise ParameterError(f"what is outlined is 'whole' or 'core', not {self.target!r}")
        if self.expected_objects is not None and self.expected_objects < 1:
            raise ParameterError(f"at least one object is expected in an image, not {self.expected_objects}")


@dataclass(frozen=True)
class Segmentation:
    """The outlined objects of one frame of one image.

    Attributes:
        image: the frame with all its channels; its raw values are what intensities are measured on.
        frame: series, time point t, z plane (or projection) and channel that were outlined.
        prediction: labels (y, x), probability (y, x), confidence and flags per object, scale.
        pixel_size_um: (y, x) µm per pixel used for every number, or None (then numbers are in px).
        run_card: everything needed to get the same numbers again.
        spheroids: where cores are outlined, (y, x) labels of the spheroids around them, each with its core's label.
    """

    image: Image
    frame: FrameSource
    prediction: Prediction
    pixel_size_um: PixelSize | None
    run_card: RunCard = field(repr=False)
    spheroids: NDArray[np.uint32] | None = field(default=None, repr=False)

    @property
    def labels(self) -> NDArray[np.uint32]:
        """(y, x) uint32, 0 is background, objects 1…n in reading order."""
        return self.prediction.labels

    @property
    def probability(self) -> NDArray[np.uint8]:
        """(y, x) uint8, 0…255 for a foreground probability of 0…1."""
        return self.prediction.probability

    @cached_property
    def polygons(self) -> Polygons:
        """The objects' outlines with holes, in pixel-edge coordinates (x, y)."""
        return trace(self.labels, class_name=self.prediction.class_name, confidences=self.prediction.confidences)

    def cores(self) -> Segmentation:
        """The dense cores of these spheroids, as objects of their own.

        Raises:
            ParameterError: the model knows no cores.
        """
        prediction, numbers = cores(self.prediction, luminance(self.image, c=self.frame.channel))
        core_of = np.zeros(len(self.prediction) + 1, dtype=np.uint32)
        core_of[numbers] = np.arange(1, len(numbers) + 1)
        return replace(self, prediction=prediction, spheroids=core_of[self.labels])

    def measure(self, *, region: str = "filled") -> pd.DataFrame:
        """One row an object: shape in µm (px without a pixel size), raw intensities, confidence and flags.

        Cores have columns for rim, invasion and scatter of their spheroid besides (`measure_core`).

        Args:
            region: "filled" measures the outer ring, "net" subtracts holes.
        """
        table = measure(
            self.labels,  # and not the outlines: of these a second label image would have to be drawn
            self.image,
            pixel_size_um=self.pixel_size_um,
            region=region,
            class_name=self.prediction.class_name,
            confidences=self.prediction.confidences,
        )
        if self.spheroids is not None:
            around = measure_core(self.spheroids, self.labels, pixel_size_um=self.pixel_size_um)
            table = _with_core_measures(table, around)
        return self.prediction.annotate(table, self.pixel_size_um)


def _with_core_measures(table: pd.DataFrame, around: pd.DataFrame) -> pd.DataFrame:
    """A table of cores with what `measure_core` says of their spheroids; both in the order of the labels."""
    joined = table.assign(
        **{name: around[name].to_numpy() for name in around.columns.difference(table.columns, sort=False)}
    )
    reasons = zip(table["na_reasons"], around["na_reasons"], strict=True)
    return joined.assign(na_reasons=[";".join(filter(None, pair)) for pair in reasons])


def segment(
    image: Image | NDArray[Any] | str | Path,
    parameters: Parameters | None = None,
    *,
    t: int = 0,
    opened: Model | None = None,
    **choices: Any,  # noqa: ANN401 -- fields of Parameters
) -> Segmentation:
    """Outline every object of one frame.

    Args:
        image: an `Image`, the path of a file, or an array: (y, x) grey or (y, x, 3) uint8 colour, of any integer or
            float dtype; raw values, nothing has to be rescaled.
        parameters: choices as a value, see `Parameters`; None takes the defaults.
        t: the frame of a time-lapse.
        opened: an open model instead of the one that `parameters.model` names, such as one that is being tried out.
        choices: fields of `Parameters` by name, over `parameters`: `segment(image, diameter_um=400)`.

    Returns:
        Labels, probability, outlines, confidences and flags, with `measure()` and a run card.

    Raises:
        ImageReadError: the file cannot be read.
        ParameterError: a choice makes no sense for this image.
        ModelError: the model is missing or damaged.
    """
    unknown = sorted(set(choices) - set(Parameters.__dataclass_fields__))
    if unknown:
        known = ", ".join(Parameters.__dataclass_fields__)
        raise ParameterError(f"segment() knows no {', '.join(map(repr, unknown))}; its choices are {known}")
    chosen = replace(parameters or Parameters(), **choices)
    if opened is not None:
        chosen = replace(chosen, model=opened.card.name)
    source = as_image(image)
    # the frame as an image of its own: outlines and intensities come from the same values
    frame, z = flatten_z(source, t, chosen.z)
    pixel_size_um = chosen.pixel_size_um or source.pixel_size_um
    if chosen.channel is not None and not 0 <= chosen.channel < source.n_channels:
        raise ParameterError(
            f"channel {chosen.channel} is outside this image, which has channels 0…{source.n_channels - 1}"
        )
    plane = luminance(frame, c=chosen.channel)
    names = ("diameter_um", "diameter_px", "threshold", "expected_objects")
    stated: dict[str, Any] = {name: getattr(chosen, name) for name in names}
    if chosen.model == CLASSICAL:
        identity = model_identity(CLASSICAL)
        prediction = classical(plane, pixel_size_um=pixel_size_um, **stated)
    else:
        model = opened or open_model(chosen.model)
        identity = model_identity(chosen.model) if opened is None else _identity(opened.card)
        if frame.is_rgb and chosen.channel is None and stain.is_stained(*(frame.plane(c=c) for c in range(3))):
            model = _for_a_stranger(model)
        prediction = predict(plane, model, pixel_size_um=pixel_size_um, accurate=chosen.accurate, **stated)
    if chosen.rules != ObjectRules():
        prediction = apply_rules(prediction, plane, ObjectRules.of(chosen.rules), pixel_size_um)
    used = FrameSource(series=source.series, t=t, z=z, channel=chosen.channel)
    card = RunCard.now(
        identity,
        asdict(chosen),
        engine=prediction.engine,
        scale=ScaleRecord(**asdict(prediction.scale)),
        split=asdict(prediction.rule),
        input=InputIdentity(
            file=source.path.name if source.path else None,
            sha256=plane_digest(plane),
            shape=plane.shape,
            dtype=str(plane.dtype),
        ),
        frame=used,
        pixel_size_um=pixel_size_um,
        pixel_size_source="parameters" if chosen.pixel_size_um else source.pixel_size_source if pixel_size_um else None,
        image_flags=prediction.image_flags,
        n_too_small=prediction.n_too_small,
        left_out=prediction.left_out,
    )
    made = Segmentation(frame, used, prediction, pixel_size_um, card)
    return made.cores() if chosen.target == "core" else made


def _for_a_stranger(model: Model) -> Model:
    """The model for a kind of plane that it does not know: no outlines are sharp enough to be familiar."""
    return replace(model, card=model.card.model_copy(update={"familiar_from": _NEVER_FAMILIAR}))


_NEVER_FAMILIAR = 2.0  # sharpness ends at 1


def as_image(image: Image | NDArray[Any] | str | Path) -> Image:
    """An `Image` from whatever a person has at hand.

    Raises:
        ImageReadError: the file cannot be read.
        ParameterError: the array is no (y, x) or (y, x, 3) image.
    """
    if isinstance(image, Image):
        return image
    if isinstance(image, str | Path):
        return read_image(image)
    array = np.asarray(image)
    if array.dtype == np.bool_ or array.dtype.kind not in "uif":
        raise ParameterError(f"an image holds integers or floats; this array holds {array.dtype}")
    bits = array.dtype.itemsize * 8
    if array.ndim == 2:
        return Image(data=array[None, None, None], significant_bits=bits)
    if array.ndim == 3 and array.shape[2] == 3:
        colours = np.moveaxis(array, 2, 0)[None, :, None]
        names = ("red", "green", "blue")
        return Image(data=colours, channel_names=names, is_rgb=True, significant_bits=bits)
    raise ParameterError(
        f"an array's axes must be (y, x) or (y, x, colour); this one's shape is {array.shape}. "
        "Make an spheroseg.imaging.Image for stacks and channels"
    )


def open_model(name: str, threads: int | None = None) -> Model:
    """A model, which stays open between images: opening one takes longer than using it.

    Raises:
        ModelError: there is no such model, or it is damaged.
    """
    with _opening:  # two threads that want a model want the same one
        return _opened(name, threads or _threads)


@lru_cache(maxsize=4)
def _opened(name: str, threads: int | None) -> Model:
    return load_model(name, threads=threads)


_opening = threading.Lock()
_threads: int | None = None


def set_threads(threads: int) -> None:
    """How many threads one inference of this process takes, from the next model on."""
    global _threads  # noqa: PLW0603 -- one process-wide choice, made once by a batch worker
    _threads = threads
    _opened.cache_clear()


@lru_cache(maxsize=4)
def model_identity(name: str) -> ModelIdentity:
    """Which model that is, for run cards; its network need not be open, only whole.

    Raises:
        ModelError: there is no such model, or it is damaged.
    """
    if name == CLASSICAL:
        return ModelIdentity(name=CLASSICAL, version=__version__)
    card, folder = find_model(name)
    card.file(folder, "fp32")
    return _identity(card)


def _identity(card: ModelCard) -> ModelIdentity:
    return ModelIdentity(name=card.name, version=card.version, sha256=card.sha256)


def plane_digest(plane: NDArray[Any]) -> str:
    """SHA-256 of a plane's values, row by row; equal values in another file format give the same digest."""
    digest = hashlib.sha256(f"{plane.shape} {plane.dtype.str}".encode())
    for row in range(0, len(plane), 256):
        digest.update(np.ascontiguousarray(plane[row : row + 256]).data)
    return digest.hexdigest()
