"""The results folder: what is written when, so that a process killed at any moment leaves no half result.

OUT/
  run.json          run card of the whole batch
  objects.csv       one row an object       ┐ put together from the parts when the batch ends,
  images.csv        one row an image        ┘ also when it ends by Ctrl-C
  masks/NAME.tif    labels
  overlays/NAME.png
  .parts/NAME.json  one finished input file: its rows of both tables. Written last, by a rename:
                    a file whose part exists is finished, any other is done again by --resume.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from spheroseg.errors import ParameterError
from spheroseg.formats.files import replacing

Row = dict[str, Any]


def write_json(path: Path, value: object) -> None:
    """Write `value` in one step, keys in the given order; not-a-number is refused, as JSON has none."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=str) + "\n")


class ResultsFolder:
    """A folder of one run's results."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._parts = path / ".parts"

    def begin(self, run_card: Row, *, resume: bool) -> None:
        """Claim the folder for a run, or take up the run that is in it.

        Raises:
            ParameterError: the folder holds results and `resume` is off, or holds a run of other parameters.
        """
        card_path = self.path / "run.json"
        if card_path.exists():
            if not resume:
                raise ParameterError(
                    f"{self.path} already holds results, and results are never overwritten; "
                    "give --resume to continue that run, or another folder"
                )
            earlier = json.loads(card_path.read_text())
            differing = [key for key in ("parameters", "model", "options") if earlier.get(key) != run_card.get(key)]
            if differing:
                raise ParameterError(
                    f"{self.path} was made with other {' and '.join(differing)}; "
                    "resume with the same ones or give another folder"
                )
        self._parts.mkdir(parents=True, exist_ok=True)
        write_json(card_path, run_card)

    def is_finished(self, name: str, fingerprint: str) -> bool:
        """Whether this input was processed before, without error and unchanged since."""
        part = self._read_part(name)
        return part is not None and part["fingerprint"] == fingerprint and not part["error"]

    def finish(self, name: str, fingerprint: str, images: list[Row], objects: list[Row], error: str = "") -> None:
        """Record one input file as done, in one step."""
        part = {"fingerprint": fingerprint, "error": error, "images": images, "objects": objects}
        write_json(self._part_path(name), part)

    def assemble(self, names: Iterable[str]) -> tuple[int, int]:
        """Write both tables from the finished parts, in the order of `names`.

        Returns:
            The numbers of image rows and object rows.
        """
        ordered = list(names)
        counts = [self._write_table(kind, ordered) for kind in ("images", "objects")]
        return counts[0], counts[1]

    def _write_table(self, kind: str, names: list[str]) -> int:
        # two passes over the parts: the columns first (images differ in channels and units), then the rows
        columns: dict[str, None] = {}
        for part in self._read_parts(names):
            for row in part[kind]:
                columns.update(dict.fromkeys(row))
        n_rows = 0
        with (
            replacing(self.path / f"{kind}.csv") as temporary,
            temporary.open("w", newline="", encoding="utf-8") as out,
        ):
            writer = csv.DictWriter(out, list(columns), lineterminator="\n")
            writer.writeheader()
            for part in self._read_parts(names):
                for row in part[kind]:
                    writer.writerow({key: _cell(value) for key, value in row.items()})
                    n_rows += 1
        return n_rows

    def _read_parts(self, names: list[str]) -> Iterator[Row]:
        return (part for part in map(self._read_part, names) if part is not None)

    def _read_part(self, name: str) -> Row | None:
        try:
            part: Row = json.loads(self._part_path(name).read_text())
        except FileNotFoundError:
            return None
        return part

    def _part_path(self, name: str) -> Path:
        return self._parts / f"{name}.json"


def _cell(value: Any) -> Any:  # noqa: ANN401 -- a table cell is a text, a number or nothing
    """Text that a spreadsheet would run as a formula is quoted; a missing value is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return "'" + value
    return value
