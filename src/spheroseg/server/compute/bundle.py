"""A few arrays and a header in one object of the storage: what is stored of a model's answer.

"SSB1", uint32 little-endian length of the header, header (JSON: `about`, and name, dtype, shape and length of each
array), then each array's bytes (C order, little-endian) compressed with Zstandard.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypedDict

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from spheroseg.server.resources.json_object import JsonObject
from spheroseg.server.tables.json_columns import Columns, MeasureColumn

MAGIC = b"SSB1"
_LEVEL = 1  # as fast as a disk writes


class ObjectsAbout(TypedDict):
    """What is said of the objects of a model's answer, one entry an object where it is a list of the same length.

    Its arrays: `number`, `length` of each object's bytes in `polygons`, `box`, `confidence`, `measures`.
    """

    class_names: list[str]
    flags: list[list[str]]
    columns: list[MeasureColumn]
    run_card: JsonObject
    image_flags: list[str]
    n_too_small: int


class ExportedFrame(TypedDict):
    """What an export says of a frame and its objects; its arrays are those of `ObjectsAbout` but for `box`.

    Attributes:
        name: of the frame, with folders.
        pixel_size_um: [y, x].
        identity: where it is from.
        conditions: of its well.
        metadata: for formats that have no tables.
        run_card: how its outlines came about.
        sources: "model", "person" or "imported".
        excluded: why the project leaves an object out; None where it leaves none out.
    """

    name: str
    width: int
    height: int
    pixel_size_um: tuple[float, float] | None
    identity: Columns
    conditions: Columns
    metadata: Columns
    run_card: JsonObject
    columns: list[MeasureColumn]
    class_names: list[str]
    flags: list[list[str]]
    sources: list[str]
    excluded: list[str] | None


class _Header(TypedDict):
    about: Any
    arrays: list[tuple[str, str, list[int], int]]


class BundleError(ValueError):
    """Bytes that are no bundle."""


def pack(about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The bytes of a bundle.

    Args:
        about: plain JSON.
        arrays: of numbers, by name.
    """
    described = []
    packed = []
    for name, array in arrays.items():
        plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        data = bytes(imagecodecs.zstd_encode(plain.tobytes(), level=_LEVEL))
        described.append([name, plain.dtype.str, list(plain.shape), len(data)])
        packed.append(data)
    header = json.dumps({"about": dict(about), "arrays": described}, separators=(",", ":")).encode()
    return b"".join([MAGIC, len(header).to_bytes(4, "little"), header, *packed])


def unpack_about(data: bytes) -> Any:  # noqa: ANN401 -- the caller knows whose bundle it is
    """What a bundle says about its arrays, without unpacking them.

    Raises:
        BundleError: these are no bytes of `pack`.
    """
    return _header(data)["about"]


def unpack(data: bytes) -> tuple[Any, dict[str, NDArray[Any]]]:
    """What it is about (the caller knows whose bundle it is), and (read-only) arrays of a bundle.

    Raises:
        BundleError: these are no bytes of `pack`.
    """
    header = _header(data)
    end = _header_end(data)
    arrays: dict[str, NDArray[Any]] = {}
    for name, dtype, shape, n_bytes in header["arrays"]:
        raw = bytes(imagecodecs.zstd_decode(data[end : end + n_bytes])) if n_bytes else b""
        arrays[name] = np.frombuffer(raw, dtype=dtype).reshape(shape)
        end += n_bytes
    return header["about"], arrays


def _header_end(data: bytes) -> int:
    if data[:4] != MAGIC:
        raise BundleError("these bytes are no bundle")
    return 8 + int.from_bytes(data[4:8], "little")


def _header(data: bytes) -> _Header:
    header: _Header = json.loads(data[8 : _header_end(data)])
    return header
