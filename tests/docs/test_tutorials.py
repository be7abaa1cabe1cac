"""The tutorials' blocks run, in order, as a reader would run them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIALS = Path(__file__).parents[2] / "docs" / "tutorials"
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


pytestmark = pytest.mark.timeout(960)
MANY_IMAGES = {"plate-to-ic50"}  # a plate of 352 images is outlined


@pytest.mark.parametrize(
    "tutorial",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem in MANY_IMAGES else [])
        for path in sorted(TUTORIALS.glob("*.md"))
    ],
)
def test_every_block_runs(tutorial: Path, tmp_path: Path) -> None:
    blocks = BLOCK.findall(tutorial.read_text())
    assert {"sh", "python"} <= {language for language, _ in blocks}
    # one Python session from first to last block, shell blocks in between: what a notebook would do
    script = "import subprocess\n" + "\n".join(
        f"subprocess.run({code!r}, shell=True, check=True)" if language == "sh" else code for language, code in blocks
    )
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    results = tmp_path / "demo" / "results"
    assert (results / "objects.csv").stat().st_size > 1000
    assert len(list((results / "overlays").glob("*.png"))) == len(list((tmp_path / "demo" / "images").glob("*.tif")))
    assert {"first-measurements": "objects", "plate-to-ic50": "alphaplatin"}[tutorial.stem] in done.stdout
