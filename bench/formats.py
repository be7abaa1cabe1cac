"""COCO, XLSX, CSV and Parquet of 1,000 images × 50 objects: time, file size and whether memory stays bounded.

    python bench/formats.py [--images 1000] [--objects 50]

Each format is written in a process of its own, from a generator that outlines and measures one image at a time, once for a
tenth of the images and once for all: bounded memory means that the peak does not grow with the number of images.
COCO is read back, and its objects are counted by pycocotools.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).parent / "results"
FORMATS = {"coco": "out.json", "xlsx": "out.xlsx", "csv": "out.csv", "parquet": "out.parquet"}
SIDE_PX = 1024
PIXEL_SIZE_UM = (0.65, 0.65)
BOUNDED_MIB = 64
"""Growth from a tenth of the images to all of them that still counts as bounded: what the allocator keeps."""


def draw(rng: np.random.Generator, n_objects: int) -> np.ndarray:
    """A label image of `n_objects` wobbly discs, one a cell of a grid, some with a hole."""
    n_columns = int(np.ceil(n_objects**0.5))
    cell = SIDE_PX // n_columns
    y, x = np.mgrid[0:cell, 0:cell] - (cell - 1) / 2
    angle, distance = np.arctan2(y, x), np.hypot(y, x)
    labels = np.zeros((SIDE_PX, SIDE_PX), np.uint16)
    for i in range(n_objects):
        radius = cell * rng.uniform(0.25, 0.42) * (1 + 0.1 * np.sin(rng.integers(2, 7) * angle + rng.uniform(0, 6)))
        disc = (distance < radius) & ((distance > radius * 0.3) | (i % 10 != 0))
        row, column = divmod(i, n_columns)
        labels[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell][disc] = i + 1
    return labels


def peak_rss_mib() -> float:
    """Largest resident memory of this process so far."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def write(name: str, n_images: int, n_objects: int, folder: Path) -> dict[str, float]:
    """Write one format in this process, with a progress bar on stderr; what it took."""
    from rich.console import Console  # noqa: PLC0415 -- only the measured process loads the package
    from rich.progress import Progress  # noqa: PLC0415

    from spheroseg.formats import AnnotatedImage, Annotations  # noqa: PLC0415
    from spheroseg.formats.registry import format_named  # noqa: PLC0415
    from spheroseg.geometry import trace  # noqa: PLC0415
    from spheroseg.measurement import measure  # noqa: PLC0415

    rng = np.random.default_rng(0)
    drawings = [draw(rng, n_objects) for _ in range(4)]
    measured = name != "coco"

    def annotated(i: int) -> AnnotatedImage:
        polygons = trace(drawings[i % len(drawings)])
        table = measure(polygons, pixel_size_um=PIXEL_SIZE_UM) if measured else None
        return AnnotatedImage(f"plate/{i:05d}.tif", SIDE_PX, SIDE_PX, polygons, PIXEL_SIZE_UM, table)

    annotated(0)  # compiles
    spent_s = 0.0
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(f"{name}, {n_images} images", total=n_images)

        def images() -> Iterator[AnnotatedImage]:
            nonlocal spent_s
            for i in range(n_images):
                started = time.perf_counter()
                image = annotated(i)
                spent_s += time.perf_counter() - started
                yield image
                progress.advance(task)

        entry = format_named(name)
        assert entry.write is not None
        before_mib, started = peak_rss_mib(), time.perf_counter()
        report = entry.write(Annotations(images()), folder / FORMATS[name], None)
        seconds = time.perf_counter() - started - spent_s
    assert report.n_objects == n_images * n_objects
    size = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
    return {
        "seconds": round(seconds, 2),
        "outline_and_measure_seconds": round(spent_s, 2),
        "mib": round(size, 2),
        "rss_before_mib": round(before_mib),
        "peak_rss_mib": round(peak_rss_mib()),
    }


def read_back(path: Path) -> dict[str, float]:
    """Seconds to read a COCO file, by us into outlines and by pycocotools into its index."""
    from pycocotools.coco import COCO  # noqa: PLC0415 -- only this step needs it

    from spheroseg.formats import coco  # noqa: PLC0415

    started = time.perf_counter()
    _, report = coco.read(path)
    ours = time.perf_counter() - started
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = COCO(str(path))
    assert len(theirs.anns) == report.n_objects
    return {"read_seconds": round(ours, 2), "pycocotools_load_seconds": round(time.perf_counter() - started, 2)}


def in_process(name: str, n_images: int, n_objects: int) -> dict[str, float]:
    """Measure one format in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--write", name, "--images", str(n_images), "--objects", str(n_objects)]
        done = subprocess.run([*command, "--folder", folder], check=True, stdout=subprocess.PIPE, text=True)
        result: dict[str, float] = json.loads(done.stdout)
        if name == "coco":
            result |= read_back(Path(folder) / FORMATS[name])
    return result


def main() -> None:
    """Measure every format, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1_000)
    parser.add_argument("--objects", type=int, default=50, help="an image")
    parser.add_argument("--write", choices=FORMATS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write:
        print(json.dumps(write(arguments.write, arguments.images, arguments.objects, arguments.folder)))
        return
    lines = [
        f"# Writing {arguments.images:,} images × {arguments.objects} objects",
        "",
        "| format | write | images/s | file | peak resident | growth from a tenth of the images | bounded |",
        "|---|---|---|---|---|---|---|",
    ]
    results: dict[str, dict[str, float]] = {}
    for name in FORMATS:
        few = in_process(name, max(1, arguments.images // 10), arguments.objects)
        every = in_process(name, arguments.images, arguments.objects)
        growth = every["peak_rss_mib"] - few["peak_rss_mib"]
        results[name] = every | {"growth_mib": growth}
        rate = arguments.images / every["seconds"]
        lines.append(
            f"| {name} | {every['seconds']:.1f} s | {rate:.0f} | {every['mib']:.1f} MiB | {every['peak_rss_mib']:.0f} MiB "
            f"| {growth:+.0f} MiB | {'yes' if growth <= BOUNDED_MIB else 'NO'} |"
        )
    coco = results["coco"]
    lines += [
        "",
        (
            "Write time without outlining and measuring the images, which the generator does in between "
            f"({results['xlsx']['outline_and_measure_seconds']:.1f} s in all for XLSX). Peak resident includes the libraries "
            f"({coco['rss_before_mib']:.0f} MiB before the first image for COCO). COCO read back into outlines: "
            f"{coco['read_seconds']:.1f} s; pycocotools' own loading: {coco['pycocotools_load_seconds']:.1f} s."
        ),
        "",
        "`python bench/formats.py`",
    ]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "formats.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (RESULTS / "formats.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
