"""Peak memory of a 20,000 × 20,000 image: file → labels, and how long it took.

    python bench/memory.py [--side 20000] [--diameter 50] [--model spheroid]

Draws a uint16 TIFF of touching and lone discs in a temporary folder, opens it as a memory map, segments it in a
process of its own, and reads that process's peak resident memory from the system.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile

RESULTS = Path(__file__).parent / "results"
PROMISED_GIB = 2.0


def draw(path: Path, side_px: int, diameter_px: float) -> int:
    """Write a (side, side) uint16 TIFF of bright discs; returns how many were drawn."""
    rng = np.random.default_rng(0)
    cell = int(diameter_px * 2)
    y, x = np.mgrid[0:cell, 0:cell].astype(np.float32)
    rows = side_px // cell
    plane = tifffile.memmap(path, shape=(side_px, side_px), dtype=np.uint16)
    for i in range(rows + 1):
        strip = rng.integers(900, 1100, (min(cell, side_px - i * cell), side_px), dtype=np.uint16)
        for j in range(rows):
            radius = diameter_px / 2.0 * rng.uniform(0.8, 1.2)
            distance = np.hypot(y - cell / 2, x - cell / 2 - rng.uniform(-0.2, 0.2) * diameter_px) - radius
            disc = (3000.0 / (1.0 + np.exp(np.minimum(distance, 40.0)))).astype(np.uint16)
            strip[:, j * cell : (j + 1) * cell] += disc[: len(strip)]
        plane[i * cell : i * cell + len(strip)] = strip
    plane.flush()
    return rows * rows


def peak_rss_mib() -> float:
    """Largest resident memory of this process so far (getrusage would count the parent's before the start)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure(path: Path, model: str, diameter_px: float) -> None:
    """Segment one file in this process and print what it took as JSON."""
    from spheroseg.imaging import luminance, read_image  # noqa: PLC0415 -- only the measured process may load it
    from spheroseg.segmentation import load_model, predict  # noqa: PLC0415

    loaded = load_model(model)
    before_mib = peak_rss_mib()
    started = time.perf_counter()
    found = predict(luminance(read_image(path)), loaded, diameter_px=diameter_px)
    print(
        json.dumps(
            {
                "objects": len(found),
                "seconds": round(time.perf_counter() - started, 1),
                "network_scale": round(found.scale.factor[0], 3),
                "rss_before_mib": round(before_mib),
                "peak_rss_mib": round(peak_rss_mib()),
                "runtime": f"{loaded.record.runtime} {loaded.record.precision}",
            }
        )
    )


def main() -> None:
    """Draw, measure in a process of its own, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=20_000, help="height and width in px")
    parser.add_argument("--diameter", type=float, default=50.0, help="diameter of the discs in px")
    parser.add_argument("--model", default="spheroid", help="a model's name or folder")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure is not None:
        measure(options.measure, options.model, options.diameter)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.tif"
        drawn = draw(path, options.side, options.diameter)
        command = [sys.executable, __file__, "--measure", str(path), "--model", options.model]
        command += ["--diameter", str(options.diameter)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result = {"side_px": options.side, "diameter_px": options.diameter, "drawn": drawn, **json.loads(output)}
    print(json.dumps(result, indent=2))
    peak_gib = result["peak_rss_mib"] / 1024
    verdict = "kept" if peak_gib <= PROMISED_GIB else "BROKEN"
    lines = [
        "# Peak memory of one large image",
        "",
        "| image | objects (drawn) | network scale | time | peak resident | promise |",
        "|---|---|---|---|---|---|",
        (
            f"| {options.side:,}² uint16, discs of {options.diameter:.0f} px | {result['objects']:,} ({drawn:,}) "
            f"| {result['network_scale']} | {result['seconds']} s | {peak_gib:.2f} GiB | ≤ {PROMISED_GIB:.0f} GiB: {verdict} |"
        ),
        "",
        f"{result['runtime']}; `python bench/memory.py`",
        "",
    ]
    print("\n".join(lines))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "memory.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (RESULTS / "memory.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
