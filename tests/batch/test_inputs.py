from pathlib import Path

import pytest

from spheroseg.batch.inputs import find_inputs


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_folders_are_searched_to_any_depth_in_natural_order(tmp_path: Path) -> None:
    make(tmp_path, "t10.tif", "t2.tif", "deep/er/t1.png", "notes.txt", ".hidden/t0.tif", "__MACOSX/t0.tif")
    found = find_inputs([tmp_path])
    assert [file.relative for file in found.files] == ["deep/er/t1.png", "t2.tif", "t10.tif"]
    assert found.problems == ()


def test_patterns_and_files_are_taken_once(tmp_path: Path) -> None:
    make(tmp_path, "a.tif", "b.tif", "c.png")
    found = find_inputs([tmp_path / "a.tif", str(tmp_path / "*.tif"), tmp_path])
    assert [file.path.name for file in found.files] == ["a.tif", "b.tif", "c.png"]
    assert found.problems == ()


def test_a_named_file_is_taken_whatever_its_suffix(tmp_path: Path) -> None:
    make(tmp_path, "strange.xyz")
    assert [file.name for file in find_inputs([tmp_path / "strange.xyz"]).files] == ["strange"]


def test_what_leads_to_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    found = find_inputs([tmp_path / "missing.tif", tmp_path / "empty", str(tmp_path / "*.nd2")])
    problems = found.problems
    assert found.files == ()
    assert len(problems) == 3
    assert "missing.tif" in problems[0]
    assert "no images" in problems[1]
    assert "matches no file" in problems[2]


def test_the_results_folder_is_no_input(tmp_path: Path) -> None:
    make(tmp_path, "a.tif", "out/masks/a.tif")
    found = find_inputs([tmp_path], exclude=tmp_path / "out")
    assert [file.relative for file in found.files] == ["a.tif"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.tif", "b.tif"], {"a", "b"}),
        (["p1/a.tif", "p2/a.tif"], {"p1__a", "p2__a"}),
        (["a.tif", "a.png"], {"a__tif", "a__png"}),
        (["A.tif", "a.tif"], {"A__tif", "a__tif_2"}),
    ],
)
def test_every_file_gets_a_name_of_its_own(tmp_path: Path, names: list[str], expected: set[str]) -> None:
    make(tmp_path, *names)
    found = {file.name for file in find_inputs([tmp_path]).files}
    assert len({name.casefold() for name in found}) == len(names), "names differ even where case does not count"
    assert {name.casefold() for name in found} == {name.casefold() for name in expected}
