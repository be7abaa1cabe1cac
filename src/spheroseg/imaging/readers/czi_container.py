"""The container of CZI files (ZISRAW): segments, the directory of sub-blocks, their pixels.

Sources: "ZISRAW (CZI) File Format Design Specification", release 1.2.2 (Carl Zeiss), and the description of the
compressions in libCZI's documentation. Written here because the reader package of the field needs a newer Python
than SpheroSeg, and its last release for older ones neither knows Zstandard nor tells scenes apart.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError

_SEGMENT = struct.Struct("<16sqq")  # id, allocated bytes, used bytes
_FILE_HEADER = struct.Struct("<iiii16s16siqqiq")
_DIRECTORY_HEADER_BYTES = 128
_ENTRY = struct.Struct("<2siqiiBB4si")  # schema, pixel type, position, part, compression, pyramid, spare, spare, axes
_DIMENSION = struct.Struct("<4siifi")  # axis, start, size, start coordinate, stored size
_SUB_BLOCK = struct.Struct("<iiq")  # bytes of metadata, of attachment, of data
_SUB_BLOCK_HEADER_BYTES = 256  # at least; more where the entry has more than 11 axes
_METADATA_HEADER_BYTES = 256
_ATTACHMENT = struct.Struct("<2s10sqi16s8s80s")  # schema, spare, position, part, id, kind of file, name
_ATTACHMENTS_AT = 256
_ATTACHMENT_DATA_AT = 256

# pixel type → (dtype, samples); the complex types have no meaning as an image
_PIXELS: dict[int, tuple[np.dtype[Any], int]] = {
    0: (np.dtype("<u1"), 1),
    1: (np.dtype("<u2"), 1),
    2: (np.dtype("<f4"), 1),
    3: (np.dtype("<u1"), 3),
    4: (np.dtype("<u2"), 3),
    8: (np.dtype("<f4"), 3),
    9: (np.dtype("<u1"), 4),
    12: (np.dtype("<i4"), 1),
}
_UNCOMPRESSED, _JPEG, _LZW, _JPEG_XR, _ZSTD, _ZSTD_WITH_HEADER = 0, 1, 2, 4, 5, 6
_STORED_AS_BGR = {_UNCOMPRESSED, _LZW, _ZSTD, _ZSTD_WITH_HEADER}


@dataclass(frozen=True, slots=True)
class SubBlock:
    """One rectangle of pixels of one plane.

    Attributes:
        start: first index on each axis, by its letter (X and Y in pixels of the whole, T, C, Z, S, M …).
        height: stored rows.
        width: stored columns.
        is_full_resolution: False for the reduced copies of a pyramid.
        dtype: of a value.
        samples: 1, 3 or 4 values a pixel.
        compression: the file's number for it.
        position: of the segment in the file.
    """

    start: dict[str, int]
    height: int
    width: int
    is_full_resolution: bool
    dtype: np.dtype[Any]
    samples: int
    compression: int
    position: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds.

    Attributes:
        blocks: all sub-blocks.
        xml: the text of its metadata, "" where there is none.
        notes: what a person should know.
        cut_off: see `Image.cut_off`.
    """

    blocks: list[SubBlock]
    xml: str
    notes: list[str]
    cut_off: str


def directory(stream: BinaryIO, path: Path) -> Contents:
    """What is in a file; where it ends before its directory, or was never finished, its segments are walked through.

    Raises:
        ImageReadError: the file is spread over several files, or so damaged that no image is found.
    """
    header = _FILE_HEADER.unpack(_segment(stream, path, 0, b"ZISRAWFILE", _FILE_HEADER.size))
    file_part, directory_position, metadata_position = header[6:9]
    if file_part != 0:
        raise ImageReadError(path, "it is part of a CZI of several files, which is not supported")
    notes: list[str] = []
    cut_off = ""
    content = _whole_segment(stream, path, directory_position, b"ZISRAWDIRECTORY")
    if content is not None:
        blocks = _entries(content, path)
    else:
        blocks = _walked(stream, path)
        if not blocks:
            raise ImageReadError(path, "the CZI file is truncated: it has neither a directory nor an image")
        cut_off = (
            "the file is cut off or was never finished: it has no directory of its planes, and those that are there are "
            "read; what came after them is not known"
        )
    xml = ""
    if metadata_position > 0:
        try:
            content = _segment(stream, path, metadata_position, b"ZISRAWMETADATA")
        except ImageReadError as error:
            notes.append(f"the metadata (sizes, times, names) cannot be read: {error.reason}")
        else:
            n_bytes = int.from_bytes(content[:4], "little")
            xml = content[_METADATA_HEADER_BYTES : _METADATA_HEADER_BYTES + n_bytes].decode("utf-8", errors="replace")
    return Contents(blocks, xml, notes, cut_off)


def _whole_segment(stream: BinaryIO, path: Path, position: int, name: bytes) -> bytes | None:
    """Content of a segment, None where the file ends before its end."""
    file_bytes = path.stat().st_size
    if position <= 0 or position + _SEGMENT.size > file_bytes:
        return None
    stream.seek(position)
    _, allocated, used = _SEGMENT.unpack(stream.read(_SEGMENT.size))
    if (used or allocated) > file_bytes - position - _SEGMENT.size:
        return None
    return _segment(stream, path, position, name)


def _walked(stream: BinaryIO, path: Path) -> list[SubBlock]:
    """The sub-blocks that are found by going from segment to segment; also the last one where its pixels are cut off."""
    blocks: list[SubBlock] = []
    position, file_bytes = 0, path.stat().st_size
    while position + _SEGMENT.size <= file_bytes:
        stream.seek(position)
        sid, allocated, used = _SEGMENT.unpack(stream.read(_SEGMENT.size))
        if not sid.startswith(b"ZISRAW") or max(allocated, used) <= 0:
            break
        if sid.rstrip(b"\0") == b"ZISRAWSUBBLOCK":
            entry = stream.read(_SUB_BLOCK.size + _ENTRY.size + 64 * _DIMENSION.size)[_SUB_BLOCK.size :]
            if len(entry) < _ENTRY.size:
                break
            count = (1).to_bytes(4, "little").ljust(_DIRECTORY_HEADER_BYTES, b"\0")
            blocks += [replace(block, position=position) for block in _entries(count + entry, path)]
        position += _SEGMENT.size + max(allocated, used)
    return blocks


def time_stamps(stream: BinaryIO, path: Path) -> tuple[float, ...]:
    """Seconds of each time point, from the attachment "TimeStamps"; () where there is none that can be read."""
    header = _FILE_HEADER.unpack(_segment(stream, path, 0, b"ZISRAWFILE", _FILE_HEADER.size))
    position = header[10]
    if position <= 0:
        return ()
    try:
        content = _segment(stream, path, position, b"ZISRAWATTDIR")
        for start in range(_ATTACHMENTS_AT, len(content) - _ATTACHMENT.size + 1, _ATTACHMENT.size):
            _, _, at, _, _, _, name = _ATTACHMENT.unpack_from(content, start)
            if name.rstrip(b"\0") != b"TimeStamps":
                continue
            data = _segment(stream, path, at, b"ZISRAWATTACH")[_ATTACHMENT_DATA_AT:]
            n = int.from_bytes(data[4:8], "little")
            return tuple(np.frombuffer(data, "<f8", count=n, offset=8).tolist())
    except (ImageReadError, ValueError):
        return ()  # damaged times leave the pixels readable
    return ()


def _segment(stream: BinaryIO, path: Path, position: int, name: bytes, n_bytes: int | None = None) -> bytes:
    """Content of a segment, as a whole or its first bytes."""
    stream.seek(position)
    head = stream.read(_SEGMENT.size)
    if len(head) < _SEGMENT.size:
        raise ImageReadError(path, f"the CZI file is truncated: no {name.decode()} segment where one is announced")
    sid, allocated, used = _SEGMENT.unpack(head)
    if sid.rstrip(b"\0") != name:
        raise ImageReadError(path, f"the CZI file is damaged: no {name.decode()} segment where one is announced")
    wanted = (used or allocated) if n_bytes is None else n_bytes
    file_bytes = path.stat().st_size
    if not 0 <= wanted <= file_bytes - position - _SEGMENT.size:
        raise ImageReadError(path, f"the CZI file is truncated within its {name.decode()} segment")
    return stream.read(wanted)


def _entries(content: bytes, path: Path) -> list[SubBlock]:
    n_entries = int.from_bytes(content[:4], "little", signed=True)
    blocks = []
    offset = _DIRECTORY_HEADER_BYTES
    for _ in range(n_entries):
        if offset + _ENTRY.size > len(content):
            raise ImageReadError(path, "the CZI file is damaged: its directory ends too early")
        schema, pixel_type, position, part, compression, _, _, _, n_axes = _ENTRY.unpack_from(content, offset)
        offset += _ENTRY.size
        if schema != b"DV" or not 0 <= n_axes <= 64 or offset + n_axes * _DIMENSION.size > len(content):
            raise ImageReadError(path, "the CZI file is damaged: an entry of its directory is none")
        axes: dict[str, tuple[int, int, int]] = {}
        for _ in range(n_axes):
            letter, start, size, _, stored = _DIMENSION.unpack_from(content, offset)
            axes[letter.rstrip(b"\0").decode("latin-1")] = (start, size, stored or size)
            offset += _DIMENSION.size
        if part != 0:
            raise ImageReadError(path, "its images lie in several files, which is not supported")
        if "X" not in axes or "Y" not in axes:
            continue
        if pixel_type not in _PIXELS:
            raise ImageReadError(path, f"pixels of CZI type {pixel_type} are not supported")
        if any(size > 1 for letter, (_, size, _) in axes.items() if letter not in "XY"):
            raise ImageReadError(path, "a sub-block of several planes is not supported")
        dtype, samples = _PIXELS[pixel_type]
        blocks.append(
            SubBlock(
                start={letter: start for letter, (start, _, _) in axes.items()},
                height=axes["Y"][2],
                width=axes["X"][2],
                is_full_resolution=axes["Y"][1] == axes["Y"][2] and axes["X"][1] == axes["X"][2],
                dtype=dtype,
                samples=samples,
                compression=compression,
                position=position,
            )
        )
    return blocks


def pixels(stream: BinaryIO, path: Path, block: SubBlock) -> NDArray[Any]:
    """Decodes one sub-block.

    Returns:
        (height, width, samples) of the block's dtype; colours as red, green, blue.

    Raises:
        ImageReadError: the pixels are missing, compressed in an unknown way, or of another size than announced.
    """
    head = _segment(stream, path, block.position, b"ZISRAWSUBBLOCK", _SUB_BLOCK.size + _ENTRY.size)
    metadata_bytes, _, data_bytes = _SUB_BLOCK.unpack_from(head)
    n_axes = _ENTRY.unpack_from(head, _SUB_BLOCK.size)[-1]
    header_bytes = max(_SUB_BLOCK_HEADER_BYTES, _SUB_BLOCK.size + _ENTRY.size + n_axes * _DIMENSION.size)
    offset = block.position + _SEGMENT.size + header_bytes + metadata_bytes
    if metadata_bytes < 0 or data_bytes < 0 or offset + data_bytes > path.stat().st_size:
        raise ImageReadError(path, "the CZI file is truncated: pixels lie beyond its end")
    stream.seek(offset)
    data = stream.read(data_bytes)
    shape = (block.height, block.width, block.samples)
    n_bytes = block.height * block.width * block.samples * block.dtype.itemsize
    if block.compression not in _DECODERS:
        raise ImageReadError(path, f"CZI compression {block.compression} is not supported")
    values = _DECODERS[block.compression](data, n_bytes, block.dtype.itemsize)
    if values.dtype == np.uint8 and values.size % block.dtype.itemsize == 0:
        values = values.ravel().view(block.dtype)
    if values.dtype != block.dtype or values.nbytes != n_bytes:
        raise ImageReadError(path, "the CZI file is damaged: a sub-block has another size than announced")
    values = values.reshape(shape)
    if block.samples > 1 and block.compression in _STORED_AS_BGR:
        values = values[..., 2::-1]
    return values[..., :3]


def _bytes(decoded: bytes | bytearray) -> NDArray[Any]:
    return np.frombuffer(decoded, dtype=np.uint8)


def _zstd_with_header(data: bytes, n_bytes: int, item_bytes: int) -> NDArray[Any]:
    """Zstandard after a small header that may say that low and high bytes were stored apart."""
    header_bytes = data[0]
    is_packed = header_bytes == 3 and data[1] == 1 and data[2] & 1 == 1
    decoded = _bytes(imagecodecs.zstd_decode(data[header_bytes:], out=n_bytes))
    if not is_packed or item_bytes != 2 or decoded.size % 2:
        return decoded
    return np.ascontiguousarray(decoded.reshape(2, -1).T).ravel()


# (stored bytes, expected bytes, bytes a value) → values, or bytes that are values
_DECODERS: dict[int, Callable[[bytes, int, int], NDArray[Any]]] = {
    _UNCOMPRESSED: lambda data, n_bytes, _: _bytes(data[:n_bytes]),
    _JPEG: lambda data, *_: imagecodecs.jpeg8_decode(data),
    _LZW: lambda data, n_bytes, _: _bytes(imagecodecs.lzw_decode(data, out=n_bytes)),
    _JPEG_XR: lambda data, *_: imagecodecs.jpegxr_decode(data),
    _ZSTD: lambda data, n_bytes, _: _bytes(imagecodecs.zstd_decode(data, out=n_bytes)),
    _ZSTD_WITH_HEADER: _zstd_with_header,
}
