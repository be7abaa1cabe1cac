"""Runs a network file: the only place that knows OpenVINO and ONNX Runtime.

Both engines hide behind `Network`. `open_network` picks one, checks it on a rendered picture against ONNX Runtime
in fp32, falls back when it fails, and says in words what it did.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ModelError, ParameterError
from spheroseg.segmentation.network import host_speed
from spheroseg.segmentation.network.card import ModelCard, Precision
from spheroseg.segmentation.network.signal_stack import keep_signal_stack

Runtime = Literal["auto", "openvino", "onnxruntime"]
Device = Literal["cpu", "cuda"]

_FP32: Precision = "fp32"
_BOTH: tuple[Precision, Precision] = ("fp32", "int8")
SELF_TEST_SIZE_PX = 128
#: Largest mean difference of probabilities on the self-test picture that an engine may show, by precision.
SELF_TEST_TOLERANCE: dict[Precision, float] = {"fp32": 0.002, "int8": 0.02}


class Network(Protocol):
    """A network that is ready to run, one call at a time (`batching.BatchingNetwork` takes calls of several threads)."""

    runtime: str
    precision: Precision
    device: Device
    threads: int

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits of a batch.

        Args:
            batch: (n, 1, h, w) float32, h and w multiples of the card's `size_multiple_px`.

        Returns:
            (n, k, h, w) float32.
        """
        ...


@dataclass(frozen=True, slots=True)
class NetworkRecord:
    """What runs the network, for the run card.

    Attributes:
        runtime: "openvino 2026.4.1", "onnxruntime 1.32.0".
        precision: "fp32" or "int8".
        device: "cpu" or "cuda".
        threads: threads within one inference.
        sha256: of the network file.
        self_test_difference: mean |Δp| against ONNX Runtime fp32 on the self-test picture.
        notes: why another engine or precision was not taken.
    """

    runtime: str
    precision: Precision
    device: Device
    threads: int
    sha256: str
    self_test_difference: float
    notes: tuple[str, ...] = ()


class OpenVinoNetwork:
    """A network in OpenVINO on the CPU, with dynamic shapes."""

    def __init__(self, path: Path, precision: Precision, threads: int) -> None:
        # before the first import: its reporter sends what is used to its makers unless a file in the home says no; without it nothing is sent
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # Python's way to say that it is not there
        import openvino  # type: ignore[import-untyped]  # noqa: PLC0415 -- it ships no types; 100 ms that only inference needs

        settings: dict[str, Any] = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            # without the hint, hosts with AMX would silently compute fp32 networks in bfloat16
            "INFERENCE_PRECISION_HINT": "f32",
        }
        self.runtime = f"openvino {openvino.__version__.split('-')[0]}"
        self.precision: Precision = precision
        self.device: Device = "cpu"
        self.threads = threads
        with keep_signal_stack():
            self._compiled = openvino.Core().compile_model(str(path), "CPU", settings)
        self._request = self._compiled.create_infer_request()

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Network.run`."""
        self._request.infer([np.ascontiguousarray(batch)], share_inputs=True)
        # a copy: the engine's own buffer is written again by the next call
        return np.array(self._request.get_output_tensor(0).data, dtype=np.float32)


class OnnxRuntimeNetwork:
    """A network in ONNX Runtime, on the CPU or on a CUDA device."""

    def __init__(self, path: Path, precision: Precision, threads: int, device: Device = "cpu") -> None:
        import onnxruntime  # type: ignore[import-untyped]  # noqa: PLC0415 -- it ships no types; 200 ms that only inference needs

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # warnings about graph details mean nothing to a person
        # spinning threads would steal the cores from everything else that runs beside an inference
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if device == "cuda":
            # CUDA's libraries lie where pip put them, and the loader does not look there: without this no GPU is ever used
            onnxruntime.preload_dlls()
        provider = "CUDAExecutionProvider" if device == "cuda" else "CPUExecutionProvider"
        self.runtime = f"onnxruntime {onnxruntime.__version__}"
        self.precision: Precision = precision
        self.device: Device = device
        self.threads = threads
        self._session = onnxruntime.InferenceSession(str(path), options, providers=[provider])
        if provider not in self._session.get_providers():
            raise ModelError(f"ONNX Runtime could not start its {provider} here")
        self._input = self._session.get_inputs()[0].name

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Network.run`."""
        outputs = self._session.run(None, {self._input: np.ascontiguousarray(batch)})
        return np.asarray(outputs[0], dtype=np.float32)


def default_threads() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_network(
    card: ModelCard,
    folder: Path,
    *,
    runtime: Runtime = "auto",
    precision: Precision | Literal["auto"] = "auto",
    device: Device | Literal["auto"] = "auto",
    threads: int | None = None,
) -> tuple[Network, NetworkRecord]:
    """Open a model's network in the best engine that passes the self-test.

    Args:
        card: the model's card.
        folder: where its files are.
        runtime: "auto" takes a CUDA device in ONNX Runtime if one is there, then OpenVINO, then ONNX Runtime.
        precision: "auto" takes int8 where the model has the file and it was measured to pay here (see `host_speed`).
        device: "auto" takes CUDA if ONNX Runtime offers it.
        threads: threads within one inference; None means all cores that this process may use.

    Returns:
        The network and what was chosen, with the reasons against what was not.

    Raises:
        ModelError: the file is damaged or no engine runs it; the message says why for each engine.
        ParameterError: threads < 1.
    """
    threads = default_threads() if threads is None else threads
    if threads < 1:
        raise ParameterError(f"an inference needs at least one thread, not {threads}")
    notes: list[str] = []
    wanted = _precisions(card, folder, precision, runtime, threads, notes) if device != "cuda" else [_FP32]
    picture = self_test_picture(card)
    expected = _reference(card, folder, picture, threads)
    for engine, kind, where in _candidates(wanted, runtime, device):
        path = card.file(folder, kind)
        try:
            network = _build(engine, path, kind, where, threads)
            difference = float(np.abs(_sigmoid(network.run(picture)) - expected).mean())
        except Exception as error:  # noqa: BLE001 -- engines raise whatever their bindings raise; the reason is recorded
            notes.append(f"{engine} {kind} on {where} does not run this network here: {_first_line(error)}")
            continue
        if not difference <= SELF_TEST_TOLERANCE[kind]:
            notes.append(
                f"{engine} {kind} on {where} failed the self-test: probabilities differ by {difference:.4f} on average, "
                f"{SELF_TEST_TOLERANCE[kind]} is allowed"
            )
            continue
        record = NetworkRecord(
            runtime=network.runtime,
            precision=kind,
            device=network.device,
            threads=threads,
            sha256=card.files[kind].sha256,
            self_test_difference=difference,
            notes=tuple(notes),
        )
        return network, record
    raise ModelError(f"model {card.name} does not run here: {'; '.join(notes)}")


def self_test_picture(card: ModelCard) -> NDArray[np.float32]:
    """Four soft discs on an uneven ground, (1, 1, s, s) float32 in the network's input range."""
    size = -(-SELF_TEST_SIZE_PX // card.size_multiple_px) * card.size_multiple_px
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    picture = -0.5 + 0.3 * x / size
    for cy, cx, radius, height in ((34, 38, 20, 1.2), (40, 92, 11, 0.9), (90, 40, 26, -0.4), (92, 98, 15, 1.0)):
        distance = np.hypot(y - cy * size / 128, x - cx * size / 128) - radius * size / 128
        picture = picture + height / (1.0 + np.exp(distance / 1.5))
    return np.asarray(picture[None, None], dtype=np.float32)


def _candidates(
    precisions: list[Precision], runtime: Runtime, device: Device | Literal["auto"]
) -> Iterator[tuple[Literal["openvino", "onnxruntime"], Precision, Device]]:
    """Engines in the order in which they are tried."""
    if runtime != "openvino" and (device == "cuda" or (device == "auto" and _has_cuda())):
        yield "onnxruntime", "fp32", "cuda"  # int8 graphs are made for CPUs
    if device == "cuda":
        return
    for precision in precisions:
        if runtime != "onnxruntime":
            yield "openvino", precision, "cpu"
        if runtime != "openvino":
            yield "onnxruntime", precision, "cpu"


def _build(engine: str, path: Path, precision: Precision, device: Device, threads: int) -> Network:
    if engine == "openvino":
        return OpenVinoNetwork(path, precision, threads)
    return OnnxRuntimeNetwork(path, precision, threads, device)


def _precisions(
    card: ModelCard,
    folder: Path,
    precision: Precision | Literal["auto"],
    runtime: Runtime,
    threads: int,
    notes: list[str],
) -> list[Precision]:
    """Precisions in the order in which they are tried."""
    if precision != "auto":
        return [precision]
    if "int8" not in card.files:
        return [_FP32]
    is_fast = host_speed.stated_int8()
    if is_fast is not None:
        if not is_fast:
            notes.append("int8 is stated to be slow here, so fp32 is used")
        return ["int8", _FP32] if is_fast else [_FP32]
    engine = "onnxruntime" if runtime == "onnxruntime" else "openvino"
    try:
        times = _times_ms(card, folder, engine, threads)
    except Exception as error:  # noqa: BLE001 -- the engine will say it again when it is opened, and another is tried
        notes.append(f"{engine} could not be timed here: {_first_line(error)}")
        return ["int8", _FP32]
    if times["int8"] <= host_speed.PAYS_UP_TO * times["fp32"]:
        return ["int8", _FP32]
    notes.append(f"int8 does not pay here ({times['int8']:.1f} ms, fp32 {times['fp32']:.1f} ms), so fp32 is used")
    return [_FP32]


def _times_ms(card: ModelCard, folder: Path, engine: str, threads: int) -> dict[str, float]:
    """How long both precisions take on this host, from the cache or measured now."""
    version = importlib.metadata.version(engine)
    shas = (card.files["fp32"].sha256, card.files["int8"].sha256)
    key = host_speed.host_key(f"{engine} {version}", threads, *shas)
    times = host_speed.stored_times_ms(key)
    if times is None:
        fp32, int8 = (_build(engine, card.file(folder, kind), kind, "cpu", threads) for kind in _BOTH)
        times = host_speed.measure_ms(fp32, int8, card.size_multiple_px)
        host_speed.keep_times_ms(key, times)
    return times


def _reference(card: ModelCard, folder: Path, picture: NDArray[np.float32], threads: int) -> NDArray[np.float32]:
    path = card.file(folder, "fp32")
    try:
        logits = OnnxRuntimeNetwork(path, "fp32", threads).run(picture)
    except Exception as error:
        raise ModelError(f"{path}: this is not a network that can be run: {_first_line(error)}") from error
    expected = (1, len(card.outputs), *picture.shape[2:])
    if logits.shape != expected:
        raise ModelError(f"{path}: the network's output has the shape {logits.shape}; its card asks for {expected}")
    if not np.isfinite(logits).all():
        raise ModelError(f"{path}: the network's output is not finite")
    return _sigmoid(logits)


def _has_cuda() -> bool:
    import onnxruntime  # noqa: PLC0415 -- see OnnxRuntimeNetwork

    return "CUDAExecutionProvider" in list(onnxruntime.get_available_providers())


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-logits)), dtype=np.float32)


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
