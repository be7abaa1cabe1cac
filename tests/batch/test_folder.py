import json
from pathlib import Path

import pandas as pd
import pytest
from tests.fixtures.tables import rows

from spheroseg.batch.folder import ResultsFolder
from spheroseg.batch.inputs import InputFile
from spheroseg.errors import ParameterError
from spheroseg.records import ModelIdentity, RunCard

CARD = RunCard.now(ModelIdentity(name="classical"), {"model": "classical"}, options={"region": "filled"})


def named(name: str) -> InputFile:
    return InputFile(Path(f"{name}.tif"), name, f"{name}.tif")


def test_tables_hold_finished_parts_only_in_input_order(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    folder.begin(CARD, resume=False)
    folder.finish(named("b"), "f", [{"image": "b", "status": "ok"}], pd.DataFrame([{"image": "b", "area_px2": 2.5}]))
    folder.finish(
        named("a"),
        "f",
        [{"image": "a", "status": "ok"}],
        pd.DataFrame([{"image": "a", "area_um2": 1.0}, {"image": "a", "area_um2": None}]),
    )
    assembled = folder.assemble(["a", "b", "never-finished"], CARD)
    assert (assembled.n_images, assembled.n_objects, assembled.errors) == (2, 3, ())
    assert [row["image"] for row in rows(tmp_path / "images.csv")] == ["a", "b"]
    assert rows(tmp_path / "objects.csv") == [
        {"image": "a", "area_um2": "1.0", "area_px2": ""},
        {"image": "a", "area_um2": "", "area_px2": ""},
        {"image": "b", "area_um2": "", "area_px2": "2.5"},
    ]


def test_results_are_never_overwritten(tmp_path: Path) -> None:
    ResultsFolder(tmp_path).begin(CARD, resume=False)
    with pytest.raises(ParameterError, match="never overwritten"):
        ResultsFolder(tmp_path).begin(CARD, resume=False)


def test_a_run_is_resumed_with_the_same_parameters_only(tmp_path: Path) -> None:
    ResultsFolder(tmp_path).begin(CARD, resume=False)
    ResultsFolder(tmp_path).begin(CARD, resume=True)
    with pytest.raises(ParameterError, match="other parameters"):
        ResultsFolder(tmp_path).begin(CARD.model_copy(update={"parameters": {"model": "spheroid"}}), resume=True)


def test_only_unchanged_inputs_without_error_are_finished(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    folder.begin(CARD, resume=False)
    folder.finish(named("good"), "f1", [], pd.DataFrame())
    folder.finish(named("bad"), "f1", [], pd.DataFrame(), error="truncated")
    assert folder.is_finished(named("good"), "f1")
    assert not folder.is_finished(named("good"), "f2"), "the file has changed since"
    assert not folder.is_finished(named("bad"), "f1"), "what failed is tried again"
    assert not folder.is_finished(named("new"), "f1")


def test_text_that_a_spreadsheet_would_run_is_quoted(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    folder.begin(CARD, resume=False)
    folder.finish(named("a"), "f", [{"image": "=1+1", "bias": -2.5}], pd.DataFrame())
    folder.assemble(["a"], CARD)
    assert rows(tmp_path / "images.csv") == [{"image": "'=1+1", "bias": "-2.5"}]


def test_the_run_card_is_plain_json(tmp_path: Path) -> None:
    ResultsFolder(tmp_path).begin(CARD, resume=False)
    assert json.loads((tmp_path / "run.json").read_text()) == CARD.plain()


def test_what_a_killed_run_was_writing_is_gone_when_it_is_resumed(tmp_path: Path) -> None:
    ResultsFolder(tmp_path).begin(CARD, resume=False)
    mask, hidden = tmp_path / "masks" / ".4711-A01.tif", tmp_path / ".hidden"
    mask.parent.mkdir()
    for path in (mask, hidden, tmp_path / "masks" / "A02.tif", tmp_path / ".parts" / ".12-A01.json"):
        path.write_bytes(b"")
    ResultsFolder(tmp_path).begin(CARD, resume=True)
    left = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert left == [".hidden", "A02.tif", "run.json"]
