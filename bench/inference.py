"""How fast the network and everything around it are on this machine.

    python bench/inference.py [--model spheroid] [--quick]

In one run: the same network in PyTorch eager, ONNX Runtime and OpenVINO, fp32 and int8, on 1 and 2 threads, batches
of 1 and 8 pictures of 1024 × 1024; its rate against the engine's own matrix product; and a whole image from raw
values to labels, with what is not network. Each figure is the median of several rounds in which all candidates
take turns, so that a busy machine is equally unfair to all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.segmentation import Model, ModelCard, load_model, predict

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]

SIDE_PX = 1024
MATRIX_SIDE = 2048
RESULTS = Path(__file__).parent / "results"


def picture() -> NDArray[np.uint8]:
    """Sixty discs of about 48 px on an uneven, noisy ground; 1024² uint8."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX].astype(np.float32)
    plane = 60 + 20 * x / SIDE_PX + rng.normal(0, 4, (SIDE_PX, SIDE_PX)).astype(np.float32)
    for _ in range(60):
        cy, cx = rng.uniform(30, SIDE_PX - 30, 2)
        distance = np.hypot(y - cy, x - cx) - rng.uniform(18, 30)
        plane += 90 / (1 + np.exp(np.clip(distance, -30, 30)))
    return np.asarray(np.clip(plane, 0, 255), dtype=np.float32).astype(np.uint8)


def in_turns(candidates: dict[str, Callable[[], object]], rounds: int) -> dict[str, tuple[float, float]]:
    """Median and shortest seconds of each candidate; all take turns, a first round warms up and does not count."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for round_number in range(rounds + 1):
        for name, call in candidates.items():
            started = time.perf_counter()
            call()
            if round_number:
                times[name].append(time.perf_counter() - started)
    return {name: (median(values), min(values)) for name, values in times.items()}


def torch_networks(card: ModelCard) -> list[Any]:
    """The model's architectures in PyTorch with fresh weights, one a network of whose logits it is the mean."""
    from spheroseg.training.config import TrainingConfig  # noqa: PLC0415 -- it loads PyTorch; only this comparison needs it
    from spheroseg.training.train import build  # noqa: PLC0415

    configs = [
        TrainingConfig(
            name="fresh", data="", output="", architecture=recipe["architecture"],
            widths=tuple(recipe["widths"]), blocks=tuple(recipe["blocks"]),
        )
        for recipe in card.recipe.get("mean_of", [card.recipe])
    ]  # fmt: skip
    return [build(config).eval() for config in configs]


def gigaflop(networks: list[Any]) -> float:
    """GFLOP for one picture through all networks."""
    import torch  # noqa: PLC0415
    from torch.utils.flop_counter import FlopCounterMode  # noqa: PLC0415

    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        for network in networks:
            network(torch.zeros(1, 1, SIDE_PX, SIDE_PX))
    return float(counter.get_total_flops()) / 1e9


def matrix_products(threads: int) -> dict[str, Callable[[], object]]:
    """Products of 2048² matrices in the engine that runs the network, fp32 and int8: what it can do at best here.

    By PyTorch an int8 product takes seconds on processors without 8-bit instructions, which is no limit of theirs.
    """
    rng = np.random.default_rng(2)
    a = rng.uniform(-1, 1, (MATRIX_SIDE, MATRIX_SIDE)).astype(np.float32)
    return {f"matrix product {precision}": _product(precision, threads, rng, a) for precision in ("fp32", "int8")}


def _product(precision: str, threads: int, rng: np.random.Generator, a: NDArray[np.float32]) -> Callable[[], object]:
    """A compiled product with a constant matrix; in int8 both sides are quantised as in the network's file."""
    import openvino  # type: ignore[import-untyped]  # noqa: PLC0415 -- it ships no types
    from openvino import opset13 as op  # noqa: PLC0415

    weights = rng.uniform(-1, 1, a.shape).astype(np.float32)
    left = op.parameter(a.shape, np.float32)
    right = op.constant(weights)
    sides = (left, right)
    if precision == "int8":
        low, high = (op.constant(np.float32(value)) for value in (-1.0, 127 / 128))
        sides = tuple(op.fake_quantize(side, low, high, low, high, 256) for side in sides)
    model = openvino.Model([op.matmul(*sides, False, False)], [left])
    hints = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    request = openvino.Core().compile_model(model, "CPU", hints).create_infer_request()
    return lambda: request.infer([a], share_inputs=True)


def forward(model_name: str, threads: int, batch: int, rounds: int) -> dict[str, Any]:
    """Every engine on random pictures, and the matrix products, in turns: median and best ms, GFLOP/s."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(threads)
    inputs = np.random.default_rng(1).uniform(-1, 1, (batch, 1, SIDE_PX, SIDE_PX)).astype(np.float32)
    tensor = torch.from_numpy(inputs)
    loaded: dict[str, Model] = {}
    for runtime in ("onnxruntime", "openvino"):
        for precision in ("fp32", "int8"):
            loaded[f"{runtime} {precision}"] = load_model(
                model_name,
                runtime=runtime,
                precision=precision,
                threads=threads,
            )
    networks = torch_networks(next(iter(loaded.values())).card)
    gflop = gigaflop(networks)

    def eager() -> object:
        with torch.inference_mode():
            return sum(network(tensor) for network in networks) / len(networks)

    candidates: dict[str, Callable[[], object]] = {"pytorch eager fp32": eager}
    for name, model in loaded.items():
        candidates[name] = lambda model=model: model.network.run(inputs)  # type: ignore[misc]
    seconds = in_turns(candidates | matrix_products(threads), rounds)
    rows = {}
    for name, (middle, best) in seconds.items():
        work, pictures = (2 * MATRIX_SIDE**3 / 1e9, 1) if name.startswith("matrix") else (gflop, batch)
        rows[name] = {
            "ms": middle / pictures * 1000,
            "best_ms": best / pictures * 1000,
            "gflops": work * pictures / middle,
        }
    return {"threads": threads, "batch": batch, "gflop": gflop, "engines": rows}


def end_to_end(model_name: str, threads: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Median and best ms from raw values to labels and flags, with and without the estimate of the scale."""
    model = load_model(model_name, threads=threads)
    plane = picture()
    spent = 0.0

    def timed(run: Run) -> Run:
        def call(batch: NDArray[np.float32]) -> NDArray[np.float32]:
            nonlocal spent
            started = time.perf_counter()
            outputs = run(batch)
            spent += time.perf_counter() - started
            return outputs

        return call

    model.network.run = timed(model.network.run)  # type: ignore[method-assign, assignment]
    if model.partner is not None:
        model.partner.run = timed(model.partner.run)  # type: ignore[method-assign, assignment]
    whole: dict[str, list[float]] = {"stated": [], "estimated": []}
    around: dict[str, list[float]] = {"stated": [], "estimated": []}
    for round_number in range(rounds + 1):
        for name, diameter in (("stated", 48.0), ("estimated", None)):
            spent, started = 0.0, time.perf_counter()
            predict(plane, model, diameter_px=diameter)
            seconds = time.perf_counter() - started
            if round_number:
                whole[name].append(seconds * 1000)
                around[name].append((seconds - spent) * 1000)
    return {
        **{f"diameter {name}": (median(values), min(values)) for name, values in whole.items()},
        **{f"diameter {name}, without the network": (median(values), min(values)) for name, values in around.items()},
    }


def peak_memory(model_name: str, batch: int) -> dict[str, float]:
    """Peak resident memory in MiB of a process that loads one engine and runs one batch, by engine."""
    peaks = {}
    for engine in ("pytorch eager fp32", *(f"{r} {p}" for r in ("onnxruntime", "openvino") for p in ("fp32", "int8"))):
        command = [sys.executable, __file__, "--model", model_name, "--measure", engine, "--batch", str(batch)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        peaks[engine] = float(done.stdout.splitlines()[-1])
    return peaks


def measure_memory(model_name: str, engine: str, batch: int) -> None:
    """Loads one engine in this process, runs one batch and prints the process's peak resident memory in MiB."""
    inputs = np.zeros((batch, 1, SIDE_PX, SIDE_PX), np.float32)
    runtime, precision = engine.rsplit(" ", 1)
    if runtime == "pytorch eager":
        import torch  # noqa: PLC0415 -- only this engine's process may load it

        from spheroseg.segmentation.network.catalogue import find_model  # noqa: PLC0415

        with torch.inference_mode():
            for network in torch_networks(find_model(model_name)[0]):
                network(torch.from_numpy(inputs))
    else:
        choice: dict[str, Any] = {"runtime": runtime, "precision": precision, "threads": 1}
        load_model(model_name, **choice).network.run(inputs)
    # getrusage would count the parent's memory before the start
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(int(status.split("VmHWM:")[1].split()[0]) / 1024)


def report(result: dict[str, Any]) -> str:
    """The result as Markdown."""
    lines = [
        "# Inference",
        "",
        (
            f"{result['processor']}, {result['cores']} cores, load average {result['load_average']:.1f} before the run; "
            f"model {result['model']}, {result['forward'][0]['gflop']:.0f} GFLOP at 1024². `python bench/inference.py`"
        ),
        "",
        "## Network alone, ms a picture of 1024²",
        "",
        "| threads | batch | engine | ms, median | best | × faster than PyTorch eager | GFLOP/s | of the matrix product's |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in result["forward"]:
        engines = row["engines"]
        base = engines["pytorch eager fp32"]["ms"]
        for name, figures in engines.items():
            share = figures["gflops"] / engines[f"matrix product {name.rsplit(' ', 1)[1]}"]["gflops"]
            faster = "" if name.startswith("matrix") else f"{base / figures['ms']:.1f}"
            lines.append(
                f"| {row['threads']} | {row['batch']} | {name} | {figures['ms']:.0f} | {figures['best_ms']:.0f} | {faster} "
                f"| {figures['gflops']:.0f} | {share:.0%} |"
            )
    lines += [
        "",
        "The matrix products are OpenVINO's own, of 2048² with a constant matrix.",
        "",
        "## Peak memory of a process that runs one batch of 1024², MiB",
        "",
        "| engine | " + " | ".join(f"batch {batch}" for batch in result["peak_memory_mib"]) + " |",
        "|---" * (len(result["peak_memory_mib"]) + 1) + "|",
    ]
    by_batch = list(result["peak_memory_mib"].values())
    lines += [f"| {engine} | " + " | ".join(f"{row[engine]:.0f}" for row in by_batch) + " |" for engine in by_batch[0]]
    lines += [
        "",
        "## Raw values → labels, confidences, flags, ms an image of 1024²",
        "",
        "| threads | what | median | best |",
        "|---|---|---|---|",
    ]
    for threads, row in result["end_to_end"].items():
        lines += [f"| {threads} | {name} | {middle:.0f} | {best:.0f} |" for name, (middle, best) in row.items()]
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="spheroid", help="a model's name or folder")
    parser.add_argument("--quick", action="store_true", help="two rounds, batches of 1 only")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure_memory(options.model, options.measure, options.batch)
        return
    load = os.getloadavg()[0]
    rounds = 2 if options.quick else 5
    result: dict[str, Any] = {
        "processor": processor(),
        "cores": os.cpu_count(),
        "load_average": load,
        "model": f"{options.model} {load_model(options.model).card.version}",
        "forward": [],
        "end_to_end": {},
        "peak_memory_mib": {b: peak_memory(options.model, b) for b in ((1,) if options.quick else (1, 8))},
    }
    for threads in (1, 2):
        for batch in (1,) if options.quick else (1, 8):
            result["forward"].append(forward(options.model, threads, batch, max(2, rounds // batch + 1)))
        result["end_to_end"][threads] = end_to_end(options.model, threads, 2 * rounds)
    text = report(result)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "inference.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (RESULTS / "inference.md").write_text(text, encoding="utf-8")


def processor() -> str:
    """The CPU's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
