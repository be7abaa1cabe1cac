"""The conclusions about a plate in named parts, so that a reader takes what a page shows and leaves the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:  # the service packs and reads parts; what analyses is loaded where analyses run
    from spheroseg.analysis.sizes import Size

HEAD, FRAMES = "head", "frames"
"""Names of what is no table: the first part, and all wells' frames together."""
_WELL = "well:"


def size_of(response: str) -> Size:
    """The kind of size that a response is made of."""
    return "volume" if response == "growth-rate" else cast("Size", response)


def well_part(plate: str, well: str) -> str:
    """The name of the part that is one well's; no table is called like it."""
    return f"{_WELL}{plate}/{well}"


def pack(parts: Mapping[str, str]) -> bytes:
    """One value of many texts: a line that says where each lies, then the texts."""
    encoded = {name: text.encode() for name, text in parts.items()}
    ends, end = {}, 0
    for name, content in encoded.items():
        end += len(content)
        ends[name] = (end - len(content), end)
    return b"\n".join([json.dumps(ends).encode(), b"".join(encoded.values())])


class Answer:
    """What `pack` made.

    Args:
        packed: the value.
    """

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._start = packed.index(b"\n") + 1
        self._ends: dict[str, tuple[int, int]] = json.loads(packed[: self._start])

    def tables(self) -> list[str]:
        """Names of the tables."""
        return [name for name in self._ends if name != HEAD and not name.startswith(_WELL)]

    def frames(self) -> bytes:
        """The frames of all wells, as JSON objects with commas between them."""
        return b",".join(self.part(name) for name in self._ends if name.startswith(_WELL))

    def __contains__(self, name: str) -> bool:
        return name in self._ends

    def part(self, name: str) -> bytes:
        """The text of a part.

        Raises:
            KeyError: there is none.
        """
        start, end = self._ends[name]
        return self._packed[self._start + start : self._start + end]
