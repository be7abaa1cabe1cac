"""What every format reads into and writes from: outlined images, and a report of what could not be kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError
from spheroseg.geometry import rasterise
from spheroseg.geometry.polygons import Polygon, Polygons

if TYPE_CHECKING:  # loads slowly, and only tables need it
    import pandas as pd

#: info: worth knowing. repaired: the file was wrong and was put right. lost: the format cannot hold it.
#: refused: not taken over, the rest was.
Severity = Literal["info", "repaired", "lost", "refused"]

MAX_NOTES_A_REASON = 1_000


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that a person should know about a file that was read or written.

    Attributes:
        severity: "info", "repaired", "lost" or "refused".
        where: the image, object or line ("labels/a.txt line 3"); empty for the file as a whole.
        reason: what and why, one sentence without the place.
    """

    severity: Severity
    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.where + ': ' if self.where else ''}{self.reason}"


@dataclass(slots=True)
class Report:
    """What was read or written, and everything that was repaired, lost or refused on the way.

    Attributes:
        notes: at most 1,000 with one reason, so that a million objects with one fault stay readable; `n_unlisted`
            counts the others.
        n_images: images read or written.
        n_objects: objects read or written.
        n_unlisted: how many more there were, by (severity, reason).
    """

    notes: list[Note] = field(default_factory=list)
    n_images: int = 0
    n_objects: int = 0
    n_unlisted: Counter[tuple[Severity, str]] = field(default_factory=Counter)
    _n_listed: Counter[tuple[Severity, str]] = field(default_factory=Counter, repr=False)
    _listed: set[Note] = field(default_factory=set, repr=False)

    def add(self, severity: Severity, where: str, reason: str) -> None:
        """Add a note; the same note twice is kept once."""
        key = (severity, reason)
        note = Note(severity, where, reason)
        if note in self._listed:
            return
        if self._n_listed[key] >= MAX_NOTES_A_REASON:
            self.n_unlisted[key] += 1
            return
        self._n_listed[key] += 1
        self._listed.add(note)
        self.notes.append(note)

    def extend(self, other: Report) -> None:
        """Take over the notes of another report, not its counts of images and objects."""
        for note in other.notes:
            self.add(note.severity, note.where, note.reason)
        self.n_unlisted.update(other.n_unlisted)

    def of(self, severity: Severity) -> list[Note]:
        """The notes of one severity."""
        return [note for note in self.notes if note.severity == severity]

    @property
    def has_errors(self) -> bool:
        """Whether something was refused: it is in the source and not in the result."""
        return any(note.severity == "refused" for note in self.notes)

    def lines(self) -> list[str]:
        """The report as lines of text, first the counts."""
        lines = [f"{self.n_images} images, {self.n_objects} objects"]
        lines += [str(note) for note in self.notes]
        lines += [f"{severity}: {count} more: {reason}" for (severity, reason), count in self.n_unlisted.items()]
        return lines


@dataclass(frozen=True, slots=True)
class ObjectKey:
    """What tells two objects of one image apart: a core may have the label of its spheroid."""

    label: int
    class_name: str


@dataclass(frozen=True, slots=True, eq=False)
class AnnotatedImage:
    """The outlined objects of one image.

    Attributes:
        name: the image's file name with suffix, relative to its folder, with forward slashes: "plate1/A01.tif".
        width: in pixels.
        height: in pixels.
        polygons: outlines on pixel edges. All polygons of one label and class are one object.
        pixel_size_um: (y, x) in µm per pixel, or None where nobody knows.
        measurements: one row an object, with the columns `label` and `class_name` and one column a measure, or None.
        metadata: what else is known of the image (well, time, flags), plain values.
        file: where `name` is that of one frame or series: the image file, like `name`; else empty. `metadata` then holds
            `series` and `frame`.
    """

    name: str
    width: int
    height: int
    polygons: Polygons
    pixel_size_um: tuple[float, float] | None = None
    measurements: pd.DataFrame | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            raise ParameterError("an annotated image needs a name")
        if self.width < 1 or self.height < 1:
            raise ParameterError(f"{self.name}: an image of {self.width} × {self.height} pixels cannot be")

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.height, self.width

    @property
    def image_file(self) -> str:
        """The image file that exists, relative to its folder."""
        return self.file or self.name

    @property
    def place_in_file(self) -> dict[str, int]:
        """Series and frame within the image file, where it holds several."""
        return {name: int(self.metadata[name]) for name in ("series", "frame") if self.file and name in self.metadata}

    def objects(self) -> Iterator[tuple[ObjectKey, list[Polygon]]]:
        """Each object with its polygons, in order of first appearance."""
        parts: dict[ObjectKey, list[Polygon]] = {}
        for polygon in self.polygons:
            parts.setdefault(ObjectKey(polygon.label, polygon.class_name), []).append(polygon)
        yield from parts.items()

    def labels(self, class_name: str | None = None) -> NDArray[np.uint32]:
        """Rasterise to a (height, width) label image, 0 background; later polygons win where they overlap.

        Args:
            class_name: only the objects of this class; None for all.
        """
        polygons = self.polygons
        if class_name is not None:
            polygons = Polygons.from_list(polygon for polygon in polygons if polygon.class_name == class_name)
        labels: NDArray[np.uint32] = rasterise(polygons, self.shape, dtype=np.uint32)
        return labels


@dataclass(frozen=True, slots=True, eq=False)
class Annotations:
    """Many outlined images.

    Attributes:
        images: read formats give a tuple; a writer takes any iterable and goes through it once, so a generator keeps
            memory bounded and can move a progress bar.
        run_card: how the outlines came about (model, parameters, versions), plain values.
    """

    images: Iterable[AnnotatedImage]
    run_card: Mapping[str, Any] = field(default_factory=dict)
