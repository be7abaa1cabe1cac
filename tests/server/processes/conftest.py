"""A folder of one test that the database's account may pass through."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest


@pytest.fixture
def folder(open_folder: Path) -> Generator[Path]:
    """An empty folder; removed afterwards."""
    folder = Path(tempfile.mkdtemp(dir=open_folder))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)
