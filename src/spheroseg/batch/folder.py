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

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spheroseg.errors import ParameterError
from spheroseg.formats import table
from spheroseg.formats.parts.files import discard_unfinished, replacing
from spheroseg.records import RunCard

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

    def begin(self, run_card: RunCard, *, resume: bool) -> None:
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
            earlier = RunCard.model_validate_json(card_path.read_bytes()).plain()
            now = run_card.plain()
            differing = [key for key in ("parameters", "model", "options") if earlier.get(key) != now.get(key)]
            if differing:
                raise ParameterError(
                    f"{self.path} was made with other {' and '.join(differing)}; "
                    "resume with the same ones or give another folder"
                )
        self._parts.mkdir(parents=True, exist_ok=True)
        if resume:  # it may have been killed
            discard_unfinished(self.path)
        write_json(card_path, run_card.plain())

    def is_finished(self, name: str, fingerprint: str) -> bool:
        """Whether this input was processed before, without error and unchanged since."""
        part = self._read_part(name)
        return part is not None and part["fingerprint"] == fingerprint and not part["error"]

    def finish(self, name: str, fingerprint: str, images: list[Row], objects: pd.DataFrame, error: str = "") -> None:
        """Record one input file as done, in one step."""
        part = {
            "fingerprint": fingerprint,
            "error": error,
            "images": images,
            "columns": list(objects.columns),
            "objects": _plain_rows(objects),
        }
        write_json(self._part_path(name), part)

    def assemble(
        self, names: Sequence[str], run_card: RunCard, suffixes: Collection[str] = (".csv",)
    ) -> tuple[int, int]:
        """Write the tables of objects and images from the finished parts, in the order of `names`.

        Args:
            names: of the inputs.
            run_card: goes into the formats that can hold it.
            suffixes: of ".csv", ".xlsx", ".parquet".

        Returns:
            The numbers of images and objects.
        """
        counts = (0, 0)
        for suffix in suffixes:
            report = table.write_tables(
                (_frame(part["objects"], part["columns"]) for part in self._read_parts(names)),
                (pd.DataFrame(part["images"], dtype=object) for part in self._read_parts(names)),
                self.path / f"objects{suffix}",
                run_card=run_card.plain(),
            )
            counts = (report.n_images, report.n_objects)
        return counts

    def _read_parts(self, names: Sequence[str]) -> Iterator[Row]:
        return (part for part in map(self._read_part, names) if part is not None)

    def _read_part(self, name: str) -> Row | None:
        try:
            part: Row = json.loads(self._part_path(name).read_text())
        except FileNotFoundError:
            return None
        return part

    def _part_path(self, name: str) -> Path:
        return self._parts / f"{name}.json"


def _frame(rows: list[list[Any]], columns: list[str]) -> pd.DataFrame:
    # objects, not numbers: a whole number beside a missing one stays whole
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _plain_rows(frame: pd.DataFrame) -> list[list[Any]]:
    """Rows of plain JSON values; a missing value is None."""
    columns = [[None if pd.isna(value) else value for value in frame[name].tolist()] for name in frame.columns]
    return [list(row) for row in zip(*columns, strict=True)]
