"""The conclusions about a plate in named parts, so that a reader takes what a page shows and leaves the rest."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:  # the service packs and reads parts; what analyses is loaded where analyses run
    from spheroseg.analysis.sizes import Size

HEAD, FRAMES = "head", "frames"
"""Names of what is no table: the first part, and all wells' frames together."""
SHORT = "short"
"""The group of the parts that every page shows something of: as long as the plate has wells."""
GROUPS = (SHORT, "curves", "series", "review_order", "left_out", FRAMES)
"""Parts that are made together; those behind the first grow with the plate's times, and are made for who asks for them."""
_WELL = "well:"


def groups_of(parts: Collection[str] | None) -> list[str]:
    """The groups that these parts are in, the head's always; None: all."""
    return [group for group in GROUPS if parts is None or group == SHORT or group in parts]


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
    """What `pack` made, once or several times.

    Args:
        packed: the values; their parts have different names.
    """

    def __init__(self, *packed: bytes) -> None:
        self._places: dict[str, tuple[bytes, int, int]] = {}
        for value in packed:
            first = value.index(b"\n") + 1
            for name, (start, end) in json.loads(value[:first]).items():
                self._places[name] = (value, first + start, first + end)

    def tables(self) -> list[str]:
        """Names of the tables."""
        return [name for name in self._places if name != HEAD and not name.startswith(_WELL)]

    def frames(self) -> bytes:
        """The frames of all wells, as JSON objects with commas between them."""
        return b",".join(self.part(name) for name in self._places if name.startswith(_WELL))

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def part(self, name: str) -> bytes:
        """The text of a part.

        Raises:
            KeyError: there is none.
        """
        value, start, end = self._places[name]
        return value[start:end]
