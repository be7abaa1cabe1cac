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

import contextlib
import json
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spheroseg.batch.inputs import InputFile
from spheroseg.errors import ParameterError, system_reason
from spheroseg.formats import table
from spheroseg.formats.parts.files import discard_unfinished, replacing
from spheroseg.formats.parts.jsonfile import json_text
from spheroseg.records import RunCard

Row = dict[str, Any]

#: folders of files that are written for each frame, and their suffixes
OUTPUTS = {"masks": ".tif", "probability": ".tif", "overlays": ".png"}


#: kept free while a run goes on, so that the tables of what was done fit when the disk is full
RESERVE_BYTES = 8 * 2**20
RESERVE_SHARE = 16


def write_json(path: Path, value: object) -> None:
    """Write `value` in one step, keys in the given order; what is not a finite number is null, as JSON has none."""
    with replacing(path) as temporary:
        temporary.write_text(json_text(value, indent=1) + "\n", encoding="utf-8")


class ResultsFolder:
    """A folder of one run's results."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._parts = path / ".parts"
        self._reserve = self._parts / ".reserve"
        self._unwritten: dict[str, Row] = {}

    def begin(self, run_card: RunCard, *, resume: bool) -> None:
        """Claim the folder for a run, or take up the run that is in it.

        Raises:
            ParameterError: the folder holds results and `resume` is off, or holds a run of other parameters.
            OSError: it cannot be written to.
        """
        card_path = self.path / "run.json"
        if card_path.exists():
            if not resume:
                raise ParameterError(
                    f"{self.path} already holds results, and results are never overwritten; "
                    "give --resume to continue that run, or another folder"
                )
            try:
                earlier = RunCard.model_validate_json(card_path.read_bytes()).plain()
            except ValueError as error:
                raise ParameterError(f"{card_path} is damaged, or no run card; give another folder") from error
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

    def set_aside(self) -> None:
        """Take some of the disk, to be given back to the tables; without it they are written all the same."""
        with contextlib.suppress(OSError):
            n_bytes = min(RESERVE_BYTES, shutil.disk_usage(self.path).free // RESERVE_SHARE)
            self._reserve.write_bytes(bytes(n_bytes))

    def is_finished(self, file: InputFile, fingerprint: str) -> bool:
        """Whether this input was processed before under this name, without error and unchanged since."""
        part = self._read_part(file.name)
        return (
            part is not None
            and part["fingerprint"] == fingerprint
            and part["file"] == file.relative
            and not part["error"]
        )

    def forget(self, name: str) -> None:
        """Remove what an earlier run left under this name: its input has changed, or failed."""
        part = self._read_part(name)
        if part is None:
            return
        for row in part["images"]:
            for kind, suffix in OUTPUTS.items():
                (self.path / kind / f"{row.get('image')}{suffix}").unlink(missing_ok=True)
        self._part_path(name).unlink(missing_ok=True)

    def no_longer_wanted(self, names: Collection[str]) -> list[str]:
        """Names of finished inputs that are not among these: an earlier run had them, and this one has not."""
        finished = {path.name.removesuffix(".json") for path in self._parts.glob("*.json")}
        return sorted(finished - set(names))

    def finish(
        self, file: InputFile, fingerprint: str, images: list[Row], objects: pd.DataFrame, error: str = ""
    ) -> str:
        """Record one input file as done, in one step.

        Returns:
            Why it could not be written down (a full disk), or "": its rows are in this run's tables all the same, and
            --resume does the file again.
        """
        part = {
            "file": file.relative,
            "fingerprint": fingerprint,
            "error": error,
            "images": images,
            "columns": list(objects.columns),
            "objects": _plain_rows(objects),
        }
        try:
            write_json(self._part_path(file.name), part)
        except OSError as refusal:
            self._unwritten[file.name] = part
            return system_reason(refusal)
        return ""

    def assemble(self, names: Sequence[str], run_card: RunCard, suffixes: Collection[str] = (".csv",)) -> Assembled:
        """Write the tables of objects and images from the finished parts, in the order of `names`.

        Args:
            names: of the inputs.
            run_card: goes into the formats that can hold it.
            suffixes: of ".csv", ".xlsx", ".parquet".

        Returns:
            The numbers of images and objects, and why a table could not be written.
        """
        self._reserve.unlink(missing_ok=True)
        errors: list[tuple[str, str]] = []
        for suffix in suffixes:
            path = self.path / f"objects{suffix}"
            try:
                table.write_tables(
                    (_table(part["objects"], part["columns"]) for part in self.parts(names)),
                    (pd.DataFrame(part["images"], dtype=object) for part in self.parts(names)),
                    path,
                    run_card=run_card.plain(),
                )
            except OSError as refusal:
                errors.append((path.name, f"the tables could not be written: {system_reason(refusal)}"))
        counts = [(len(part["images"]), len(part["objects"])) for part in self.parts(names)]
        return Assembled(sum(n for n, _ in counts), sum(n for _, n in counts), tuple(errors))

    def parts(self, names: Sequence[str]) -> Iterator[Row]:
        """The finished inputs of these names, each with its rows of both tables."""
        return (part for part in map(self._read_part, names) if part is not None)

    def _read_part(self, name: str) -> Row | None:
        if name in self._unwritten:
            return self._unwritten[name]
        try:
            part = json.loads(self._part_path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError):  # not there, or damaged by a power cut: the file is done again
            return None
        return part if isinstance(part, dict) else None

    def _part_path(self, name: str) -> Path:
        return self._parts / f"{name}.json"


@dataclass(frozen=True, slots=True)
class Assembled:
    """What the tables of a run hold: numbers of images and objects, and (table, reason) of each that is not written."""

    n_images: int
    n_objects: int
    errors: tuple[tuple[str, str], ...]


def _table(rows: list[list[Any]], columns: list[str]) -> pd.DataFrame:
    # objects, not numbers: a whole number beside a missing one stays whole
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _plain_rows(table: pd.DataFrame) -> list[list[Any]]:
    """Rows of plain JSON values; a missing value is None."""
    columns = [[None if pd.isna(value) else value for value in table[name].tolist()] for name in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]
