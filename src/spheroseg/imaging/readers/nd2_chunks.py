"""The chunks of an ND2 file: the map at its end, or, of a file that is cut off, what is found by walking through it.

The nd2 package gives black frames for those that are missing, and nothing of a file without a map; this tells them apart.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import nd2

from spheroseg.errors import ImageReadError
from spheroseg.imaging.readers.damage import CUT_OFF, MISSING, LongerFile

_MAP_END = b"ND2 CHUNK MAP SIGNATURE 0000001!"
_MAP_START = b"ND2 FILEMAP SIGNATURE NAME 0001!"
_HEADER = struct.Struct("<IIQ")  # magic, bytes of the name, bytes of the content
_MAGIC = 0x0ABECEDA
_ALIGNMENT = 4096
_MAX_NAME_BYTES = 1 << 16
_FRAME_HEADER_BYTES = 4096 + 8  # chunk header with its name, padded, and the frame's time stamp
_FRAME = b"ImageDataSeq|"


@dataclass(frozen=True, slots=True)
class Chunks:
    """What a file holds.

    Attributes:
        frames: position in the file of every frame by its index.
        tail: a map that stands for the one that is missing, or nothing.
        notes: what a person should know.
    """

    frames: dict[int, int]
    tail: bytes = b""
    notes: tuple[str, ...] = ()

    def opened(self, path: Path) -> nd2.ND2File:
        """The file as the nd2 package reads it, with the map that it lacks."""
        # what it reads by is a file object's methods; its type asks for more
        return nd2.ND2File(cast("Any", LongerFile(path, self.tail)) if self.tail else path)

    def check_frame(self, path: Path, index: int, frame_bytes: int) -> None:
        """Refuses a frame that is not there in full.

        Args:
            path: the file.
            index: of the frame.
            frame_bytes: of its pixels; 0 where they are compressed.

        Raises:
            ImageReadError: it is missing or cut off.
        """
        if index not in self.frames:
            raise ImageReadError(path, CUT_OFF if self.tail else MISSING)
        at = self.frames[index]
        with path.open("rb") as stream:
            stream.seek(at)
            head = stream.read(_HEADER.size)
        content = _HEADER.unpack(head)[2] if len(head) == _HEADER.size else 0
        if at + _FRAME_HEADER_BYTES + max(frame_bytes, content - 8) > path.stat().st_size:
            raise ImageReadError(path, CUT_OFF)


def read_map(path: Path) -> Chunks:
    """The chunks of a modern ND2 file.

    Raises:
        ImageReadError: its map is damaged, or there is none and no frame either.
    """
    file_bytes = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, file_bytes - 40))
        tail = stream.read(40)
        if len(tail) < 40 or not tail.startswith(_MAP_END):
            return _walked(path, stream, file_bytes)
        (position,) = struct.unpack_from("<Q", tail, 32)
        if not 0 < position < file_bytes:
            raise ImageReadError(path, "the ND2 file is damaged: the map of its parts is not where it should be")
        stream.seek(position)
        chunks = stream.read()
    start = chunks.find(_MAP_START, 0, 256)
    if start < 0:
        raise ImageReadError(path, "the ND2 file is damaged: the map of its parts is not where it should be")
    frames = {}
    at = chunks.find(_FRAME, start)
    while at >= 0:
        end = chunks.find(b"!", at)
        digits = chunks[at + len(_FRAME) : end]
        if end < 0 or not digits.isdigit() or end + 17 > len(chunks):
            raise ImageReadError(path, "the ND2 file is damaged: the map of its parts is incomplete")
        frames[int(digits)] = struct.unpack_from("<Q", chunks, end + 1)[0]
        at = chunks.find(_FRAME, end + 17)
    return Chunks(frames)


def _walked(path: Path, stream: BinaryIO, file_bytes: int) -> Chunks:
    """The chunks one after the other, from the first, and a map of them."""
    found: list[tuple[bytes, int, int]] = []
    frames: dict[int, int] = {}
    position = 0
    while position + _HEADER.size <= file_bytes:
        stream.seek(position)
        magic, name_bytes, content_bytes = _HEADER.unpack(stream.read(_HEADER.size))
        if magic != _MAGIC or name_bytes > _MAX_NAME_BYTES:
            if position % _ALIGNMENT == 0:
                break
            position += -position % _ALIGNMENT  # what follows a chunk begins a page, or at once
            continue
        name = stream.read(name_bytes).split(b"!", 1)[0] + b"!"
        end = position + _HEADER.size + name_bytes + content_bytes
        digits = name[len(_FRAME) : -1]
        if name.startswith(_FRAME) and digits.isdigit():
            frames[int(digits)] = position
        if name.startswith(_FRAME) or end <= file_bytes:
            found.append((name, position, content_bytes))
        position = end
    if not frames:
        raise ImageReadError(path, "the ND2 file is truncated: the map at its end is missing, and no frame is in it")
    entries = b"".join(
        name + struct.pack("<QQ", at, size) for name, at, size in found if not name.startswith(b"ND2 FILE")
    )
    entries += _MAP_END + struct.pack("<Q", file_bytes)
    tail = _HEADER.pack(_MAGIC, len(_MAP_START), len(entries)) + _MAP_START + entries
    note = "the file is cut off (it ends without the map of its parts): what is in it is read"
    return Chunks(frames, tail, (note,))
