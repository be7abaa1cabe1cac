"""Bytes that a fuzzer finds, given to every reader of image files: an image, or one error that says why not.

    python tests/faults/fuzz_readers.py CORPUS -max_total_time=600     libFuzzer's options; needs atheris (Linux)

The corpus folder begins with one small valid file of each kind. Coverage guides the fuzzer through our readers and those
parts of the libraries below them that are Python. What ends it is any exception but `ImageReadError`, more than 2 GB, or a
reader that takes longer than 20 s; the bytes are left in a file `crash-…`, `oom-…` or `timeout-…` beside the corpus.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["spheroseg.imaging", "tifffile", "liffile", "nd2"]):
    from spheroseg import imaging
    from spheroseg.errors import ImageReadError
    from spheroseg.imaging import read_image

    for module in pkgutil.walk_packages(imaging.__path__, "spheroseg.imaging."):
        with contextlib.suppress(ImportError):  # of a format whose library is an extra that is not installed
            importlib.import_module(module.name)

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fixtures.seeds import write_seeds

ENDINGS = (".tif", ".png", ".nd2", ".lif", ".czi")
MOST_VALUES = 4_000_000
FOLDER = Path(tempfile.mkdtemp(prefix="spheroseg-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))


def read(data: bytes) -> None:
    """The first byte chooses the name's ending; readers go by the rest."""
    if not data:
        return
    path = FOLDER / f"a{ENDINGS[data[0] % len(ENDINGS)]}"
    path.write_bytes(data[1:])
    try:
        image = read_image(path)
    except ImageReadError as error:
        if "\n" in str(error) or not error.reason:
            raise AssertionError(repr(error)) from error
        return
    assert image.data.ndim == 5
    if image.data.size <= MOST_VALUES:
        image.plane()


def main() -> None:
    """Fill an empty corpus, then run until libFuzzer's options say that it is enough."""
    corpus = Path(sys.argv[1])
    corpus.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(write_seeds(FOLDER / "seeds").values()):
        (corpus / f"seed-{number}").write_bytes(b"\0" + content)
    atheris.Setup(
        [sys.argv[0], str(corpus), "-rss_limit_mb=2500", "-timeout=20", "-max_len=20000", f"-artifact_prefix={corpus.parent}/", *sys.argv[2:]],
        read,
    )  # fmt: skip
    atheris.Fuzz()


if __name__ == "__main__":
    main()
