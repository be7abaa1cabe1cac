"""Outlines as few bytes: what the database keeps and the browser reads.

One object (`polygons` of a row):

    byte      scale exponent e: coordinates are integers in units of 2^-e pixels (0 for traced outlines, 8 for drawn)
    varint    number of parts; for each part
      varint    number of rings (the outer ring, then its holes); for each ring
        varint    number of vertices; for each vertex
          varint    zigzag of x − previous x, then zigzag of y − previous y

The previous vertex of an object's first vertex is (0, 0); it goes on over rings and parts. A varint is little-endian,
7 bits a byte, the top bit set on all but its last byte (as in Protocol Buffers). Coordinates are pixel edges (x, y).

Traced outlines (integers) come back exactly; drawn ones are rounded to 1/256 px.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.server.resources.json_object import JsonObject

if TYPE_CHECKING:  # the API uses this module too and need not load the geometry room
    from spheroseg.geometry.polygons import Polygons

DRAWN_EXPONENT = 8

Ring = NDArray[np.float64]
Part = Sequence[Ring]


class OutlineError(ValueError):
    """Bytes that are no outline."""


def encode(parts: Sequence[Part]) -> bytes:
    """The bytes of one object.

    Args:
        parts: its separate parts, each an outer ring and its holes; rings are (n, 2) vertices (x, y).
    """
    rings = [np.asarray(ring, dtype=np.float64) for part in parts for ring in part]
    vertices = np.concatenate(rings) if rings else np.empty((0, 2))
    exponent = 0 if np.array_equal(vertices, np.rint(vertices)) else DRAWN_EXPONENT
    units = np.rint(vertices * (1 << exponent)).astype(np.int64)
    steps = np.diff(units, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    zigzag = ((steps << 1) ^ (steps >> 63)).ravel()
    numbers: list[NDArray[np.int64]] = [np.array([len(parts)])]
    first = 0
    for part in parts:
        numbers.append(np.array([len(part)]))
        for ring in part:
            numbers.append(np.array([len(ring)]))
            numbers.append(zigzag[2 * first : 2 * (first + len(ring))])
            first += len(ring)
    return bytes([exponent]) + varints(np.concatenate(numbers))


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """All objects of a frame, by label.

    Attributes:
        labels: (n,) int64, rising.
        class_names: one an object.
        polygons: bytes of each, as `encode` gives them.
        boxes: (n, 4) float64 x_min, y_min, x_max, y_max.
    """

    labels: NDArray[np.int64]
    class_names: list[str]
    polygons: list[bytes]
    boxes: NDArray[np.float64]


def encode_all(traced: Polygons) -> Encoded:
    """The bytes of all objects of a traced frame at once, thirty times faster than one by one.

    Args:
        traced: outlines on whole pixel edges; those of one label are the parts of one object.
    """
    if len(traced) == 0:
        return Encoded(np.empty(0, dtype=np.int64), [], [], np.empty((0, 4)))
    order = np.argsort(traced.labels, kind="stable")
    labels = traced.labels[order]
    n_rings = np.diff(traced.ring_start)[order]
    rings = _runs(traced.ring_start[:-1][order], n_rings)
    n_vertices = np.diff(traced.vertex_start)[rings]
    vertices = traced.vertices[_runs(traced.vertex_start[:-1][rings], n_vertices)].astype(np.int64)

    is_new = np.concatenate(([True], labels[1:] != labels[:-1]))  # polygon begins an object
    first_polygon = np.flatnonzero(is_new)
    n_parts = np.diff(np.concatenate((first_polygon, [len(labels)])))
    first_ring = np.cumsum(n_rings) - n_rings  # of each polygon
    first_vertex = np.cumsum(n_vertices) - n_vertices  # of each ring
    object_vertex = first_vertex[first_ring[first_polygon]]

    steps = np.diff(vertices, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    steps[object_vertex] = vertices[object_vertex]
    # before a ring's vertices stands their number, before a polygon's rings theirs, before an object's polygons theirs
    n_before = np.ones(len(rings), dtype=np.int64)
    n_before[first_ring] += 1
    n_before[first_ring[first_polygon]] += 1
    begin = np.cumsum(n_before + 2 * n_vertices) - 2 * n_vertices  # of each ring's vertices among all numbers
    numbers = np.empty(int(begin[-1] + 2 * n_vertices[-1]), dtype=np.int64)
    numbers[_runs(begin, 2 * n_vertices)] = ((steps << 1) ^ (steps >> 63)).ravel()
    numbers[begin - 1] = n_vertices
    numbers[begin[first_ring] - 2] = n_rings
    numbers[begin[first_ring[first_polygon]] - 3] = n_parts
    data, ends = _varints(numbers)
    starts = np.concatenate(([0], ends))[begin[first_ring[first_polygon]] - 3]
    cuts = [*starts.tolist(), len(data)]
    low, high = np.minimum.reduceat(vertices, object_vertex), np.maximum.reduceat(vertices, object_vertex)
    return Encoded(
        labels=labels[first_polygon],
        class_names=[traced.class_names[i] for i in order[first_polygon].tolist()],
        polygons=[b"\0" + data[cuts[i] : cuts[i + 1]] for i in range(len(first_polygon))],
        boxes=np.concatenate([low, high], axis=1).astype(np.float64),
    )


def _runs(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """starts[0], starts[0] + 1, … lengths[0] numbers, then those of the next start."""
    ends = np.cumsum(lengths)
    return np.asarray(np.arange(int(ends[-1])) + np.repeat(starts - (ends - lengths), lengths), dtype=np.int64)


def decode(data: bytes) -> list[list[Ring]]:
    """The parts of one object.

    Raises:
        OutlineError: these are no bytes of `encode`.
    """
    if not data:
        raise OutlineError("an outline has at least one byte")
    scale = 1.0 / (1 << data[0])
    numbers = numbers_of(data[1:])
    values = numbers.tolist()
    position = 0

    def following() -> int:
        nonlocal position
        if position >= len(values):
            raise OutlineError("an outline ends too early")
        position += 1
        return int(values[position - 1])

    last = np.zeros(2, dtype=np.int64)
    parts: list[list[Ring]] = []
    for _ in range(following()):
        part: list[Ring] = []
        for _ in range(following()):
            n_vertices = following()
            raw = numbers[position : position + 2 * n_vertices]
            if len(raw) != 2 * n_vertices or n_vertices == 0:
                raise OutlineError("an outline ends too early")
            position += 2 * n_vertices
            steps = ((raw >> 1) ^ -(raw & 1)).reshape(-1, 2)
            units = last + np.cumsum(steps, axis=0)
            last = units[-1]
            part.append(np.asarray(units * scale, dtype=np.float64))
        parts.append(part)
    if position != len(values):
        raise OutlineError("an outline has bytes after its end")
    return parts


def varints(values: NDArray[np.int64]) -> bytes:
    """Numbers ≥ 0 as varints, one after the other."""
    return _varints(values)[0]


def _varints(values: NDArray[np.int64]) -> tuple[bytes, NDArray[np.int64]]:
    """The bytes, and where those of each number end."""
    unsigned = values.astype(np.uint64)
    lengths = np.ones(len(unsigned), dtype=np.int64)
    largest = int(unsigned.max(initial=0))
    for bits in range(7, max(8, largest.bit_length()), 7):
        lengths += unsigned >= np.uint64(1 << bits)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    out = np.zeros(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    for byte in range(int(lengths.max(initial=0))):
        has = lengths > byte
        piece = (unsigned[has] >> np.uint64(7 * byte)) & np.uint64(0x7F)
        more = (lengths[has] > byte + 1).astype(np.uint64) << np.uint64(7)
        out[starts[has] + byte] = (piece | more).astype(np.uint8)
    return out.tobytes(), ends


def numbers_of(data: bytes) -> NDArray[np.int64]:
    """Varints back to numbers.

    Raises:
        OutlineError: the last one has no end, or one is longer than 63 bits.
    """
    raw = np.frombuffer(data, dtype=np.uint8)
    if len(raw) == 0:
        return np.empty(0, dtype=np.int64)
    ends = np.flatnonzero(raw < 0x80)
    if len(ends) == 0 or ends[-1] != len(raw) - 1:
        raise OutlineError("an outline ends in the middle of a number")
    starts = np.concatenate(([0], ends[:-1] + 1))
    if int((ends - starts).max()) > 8:
        raise OutlineError("an outline has a number that is too long")
    place = np.arange(len(raw)) - np.repeat(starts, ends - starts + 1)
    pieces = (raw & 0x7F).astype(np.int64) << (7 * place)
    return np.add.reduceat(pieces, starts)


MAGIC = b"SSO1"
MEDIA_TYPE = "application/vnd.spheroseg.outlines"
_CONFIDENCE_STEPS = 200  # half per cents; 255 is "nobody knows"


@dataclass(frozen=True, slots=True)
class Outline:
    """One object as a browser reads it.

    Attributes:
        number: of the object in its image, ≥ 1.
        class_name: "spheroid", "cell", …
        confidence: 0…1 or None.
        flags: reason codes.
        is_drawn: whether a person made or changed it.
        polygons: its parts, see `encode`.
    """

    number: int
    class_name: str
    confidence: float | None
    flags: Sequence[str]
    is_drawn: bool
    polygons: bytes


def frame_bytes(outlines: Sequence[Outline], about: Mapping[str, Any]) -> bytes:
    """All outlines of a frame in one answer.

        "SSO1", uint32 little-endian length of the header, header (JSON), then the columns of the header in its order:
        number, class, confidence, flags, drawn, length: one varint an object each; then the objects' polygons.

    The header has `n`, `classes` and `flags` (what the numbers of those columns and the bits of flags stand for),
    `columns` ([name, bytes] each) and what `about` adds. Confidence is in half per cents, 255 where unknown.
    """
    classes = sorted({outline.class_name for outline in outlines})
    flags = sorted({flag for outline in outlines for flag in outline.flags})
    place = {name: i for i, name in enumerate(classes)}
    bit = {name: 1 << i for i, name in enumerate(flags)}
    columns = {
        "number": [outline.number for outline in outlines],
        "class": [place[outline.class_name] for outline in outlines],
        "confidence": [
            255 if outline.confidence is None else round(outline.confidence * _CONFIDENCE_STEPS) for outline in outlines
        ],
        "flags": [sum(bit[flag] for flag in outline.flags) for outline in outlines],
        "drawn": [int(outline.is_drawn) for outline in outlines],
        "length": [len(outline.polygons) for outline in outlines],
    }
    packed = {name: varints(np.array(values, dtype=np.int64)) for name, values in columns.items()}
    header = {
        **about,
        "n": len(outlines),
        "classes": classes,
        "flags": flags,
        "columns": [[name, len(data)] for name, data in packed.items()],
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    parts = [
        MAGIC,
        len(text).to_bytes(4, "little"),
        text,
        *packed.values(),
        *(outline.polygons for outline in outlines),
    ]
    return b"".join(parts)


def read_frame(data: bytes) -> tuple[JsonObject, list[Outline]]:
    """Header and outlines of `frame_bytes`.

    Raises:
        OutlineError: these are no bytes of `frame_bytes`.
    """
    if data[:4] != MAGIC:
        raise OutlineError("these are no outlines")
    end = 8 + int.from_bytes(data[4:8], "little")
    header = json.loads(data[8:end])
    columns: dict[str, list[int]] = {}
    for name, n_bytes in header["columns"]:
        columns[name] = numbers_of(data[end : end + n_bytes]).tolist()
        end += n_bytes
    outlines = []
    for i in range(header["n"]):
        confidence = columns["confidence"][i]
        length = columns["length"][i]
        outlines.append(
            Outline(
                number=columns["number"][i],
                class_name=header["classes"][columns["class"][i]],
                confidence=None if confidence == 255 else confidence / _CONFIDENCE_STEPS,
                flags=tuple(flag for b, flag in enumerate(header["flags"]) if columns["flags"][i] >> b & 1),
                is_drawn=bool(columns["drawn"][i]),
                polygons=data[end : end + length],
            )
        )
        end += length
    return header, outlines
