"""A few arrays and a header in one object of the storage: what is kept of a model's answer.

"SSB1", uint32 little-endian length of the header, header (JSON: `about`, and name, dtype, shape and length of each
array), then each array's bytes (C order, little-endian) compressed with Zstandard.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from spheroseg.server.resources.json_object import JsonObject

MAGIC = b"SSB1"
_LEVEL = 1  # as fast as a disk writes


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


def unpack_about(data: bytes) -> JsonObject:
    """What a bundle says about its arrays, without unpacking them.

    Raises:
        BundleError: these are no bytes of `pack`.
    """
    about: JsonObject = _header(data)["about"]
    return about


def unpack(data: bytes) -> tuple[JsonObject, dict[str, NDArray[Any]]]:
    """Header and (read-only) arrays of a bundle.

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
    about: JsonObject = header["about"]
    return about, arrays


def _header_end(data: bytes) -> int:
    if data[:4] != MAGIC:
        raise BundleError("these bytes are no bundle")
    return 8 + int.from_bytes(data[4:8], "little")


def _header(data: bytes) -> JsonObject:
    header: JsonObject = json.loads(data[8 : _header_end(data)])
    return header
