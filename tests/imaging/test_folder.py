from pathlib import Path

from spheroseg.imaging.folder import is_results_folder, list_folder


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def test_files_come_in_natural_order_without_hidden_ones(tmp_path: Path) -> None:
    make(tmp_path, "t10.tif", "t2.tif", "a/b.png", ".cache/c.tif", ".d.tif", "__MACOSX/e.tif", "notes.txt")
    listing = list_folder(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in listing.images] == ["a/b.png", "t2.tif", "t10.tif"]
    assert len(listing.files) == 4


def test_results_of_earlier_runs_are_told_by_their_run_card(tmp_path: Path) -> None:
    make(tmp_path, "a.tif", "deep/out/masks/a.tif", "other/run.json", "other/b.tif", "broken/run.json", "broken/c.tif")
    (tmp_path / "deep/out/run.json").write_text('{"spheroseg": "1.0.0", "parameters": {}}')
    (tmp_path / "broken/run.json").write_text("{")
    listing = list_folder(tmp_path)
    assert [path.name for path in listing.images] == ["a.tif", "c.tif", "b.tif"]
    assert listing.results_folders == (tmp_path / "deep/out",)
    assert is_results_folder(tmp_path / "deep/out")
    assert not is_results_folder(tmp_path / "other")


def test_linked_folders_are_entered_once(tmp_path: Path) -> None:
    make(tmp_path, "real/a.tif", "plates/b.tif")
    (tmp_path / "plates" / "linked").symlink_to(tmp_path / "real")
    (tmp_path / "plates" / "back").symlink_to(tmp_path / "plates")
    assert [path.name for path in list_folder(tmp_path / "plates").images] == ["b.tif", "a.tif"]
