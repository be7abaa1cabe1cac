"""What is removed from an installed environment: nothing that runs needs it, and nobody else's copy is touched."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.deploy.programs import ROOT

CUT = ROOT / "requirements" / "unloaded.py"
USE = """
import sys
sys.path.insert(0, sys.argv[1])
import edt, numpy
assert edt.__file__.startswith(sys.argv[1]), edt.__file__
squared = edt.edtsq(numpy.array([[0, 1, 1, 1, 0]], dtype=numpy.uint8))
print(squared.tolist())
"""


def library_of(name: str) -> Path:
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin)


@pytest.mark.skipif(sys.platform != "linux", reason="ELF files")
def test_a_library_without_its_debug_sections_computes_the_same(tmp_path: Path) -> None:
    whole = library_of("edt")
    site, cache = tmp_path / "site", tmp_path / "cache"
    site.mkdir()
    shutil.copy(whole, cache)
    os.link(cache, site / whole.name)  # as an installer does it
    before = cache.read_bytes()
    subprocess.run([sys.executable, CUT, site], check=True, capture_output=True)
    assert cache.read_bytes() == before  # the installer's own copy
    assert (site / whole.name).stat().st_size < whole.stat().st_size
    answer = subprocess.run([sys.executable, "-c", USE, site], check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "[[0.0, 1.0, 4.0, 1.0, 0.0]]"
    again = subprocess.run([sys.executable, CUT, site], check=True, capture_output=True, text=True)
    assert again.stdout.startswith("unloaded: 0 MB")


def test_what_is_no_library_is_left_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    contents = {
        "table.csv": b"a,b\n1,2\n",
        "empty": b"",
        "half.so": b"\x7fELF\x02\x01",
        "32bit.so": b"\x7fELF\x01\x01" + rng.bytes(500),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    subprocess.run([sys.executable, CUT, tmp_path], check=True, capture_output=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == contents


def test_only_environments_are_slimmed(tmp_path: Path) -> None:
    (tmp_path / "thesis.c").write_text("mine")
    answer = subprocess.run([ROOT / "requirements" / "slim.sh", tmp_path], check=False, capture_output=True, text=True)
    assert answer.returncode == 1
    assert "holds no SpheroSeg environment" in answer.stderr
    assert (tmp_path / "thesis.c").exists()
