"""What is kept is on the disk when the call returns: looked at through the system calls that were made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spheroseg.server.resources import durable
from spheroseg.server.resources.storage import Storage


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of all that was flushed to the disk, in order."""
    names: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        names.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return names


async def test_an_object_its_name_and_the_folders_above_it(tmp_path: Path, flushed: list[str]) -> None:
    storage = Storage.open(str(tmp_path / "files"))
    await storage.put("results/ab/objects", b"x" * 100)
    root = (tmp_path / "files").resolve()
    assert flushed == [*(str(root / name) for name in ("results/ab/objects", "results/ab", "results")), str(root)]
    flushed.clear()
    await storage.rename("results/ab/objects", "files/cd")
    assert flushed == [str(root / "files/cd"), str(root / "files"), str(root)]


def test_a_tree_with_all_that_is_in_it(tmp_path: Path, flushed: list[str]) -> None:
    (tmp_path / "programs" / "bin").mkdir(parents=True)
    (tmp_path / "programs" / "bin" / "postgres").write_text("x")
    (tmp_path / "programs" / "link").symlink_to("bin")
    durable.keep_tree(tmp_path / "programs")
    assert set(flushed) == {str(tmp_path / name) for name in ("programs/bin/postgres", "programs/bin", "programs")} | {
        str(tmp_path)
    }
    assert flushed[0].endswith("postgres")
