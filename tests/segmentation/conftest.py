"""A small model that really computes something, a blurred threshold, in a real ONNX file; and pictures of discs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from spheroseg.segmentation import Model, ModelCard, describe_file, load_model, write_card


def _gaussian(sigma: float, size: int) -> NDArray[np.float32]:
    y, x = np.mgrid[-(size // 2) : size // 2 + 1, -(size // 2) : size // 2 + 1]
    kernel = np.exp(-(y**2 + x**2) / (2.0 * sigma**2))
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)[None, None]


def _write_network(path: Path, n_outputs: int, gain: float) -> None:
    """Foreground: the input blurred a little, positive inside. Distance: the foreground blurred a lot."""
    constants: dict[str, Any] = {
        "fine": _gaussian(1.0, 5),
        "coarse": _gaussian(4.0, 17),
        "gain": np.float32(gain),
        "edge": np.float32(0.9),
        "steepness": np.float32(20.0),
    }
    nodes = [
        helper.make_node("Conv", ["image", "fine"], ["blurred"], pads=[2, 2, 2, 2]),
        helper.make_node("Mul", ["blurred", "gain"], ["foreground"]),
        helper.make_node("Sigmoid", ["foreground"], ["inside"]),
        helper.make_node("Conv", ["inside", "coarse"], ["depth"], pads=[8, 8, 8, 8]),
        helper.make_node("Sub", ["depth", "edge"], ["centred"]),
        helper.make_node("Mul", ["centred", "steepness"], ["distance"]),
        helper.make_node("Concat", ["foreground", "distance", "foreground"][:n_outputs], ["logits"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "blurred_threshold",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, "h", "w"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", n_outputs, "h", "w"])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(network)
    path.write_bytes(network.SerializeToString())


@pytest.fixture(scope="session")
def write_network() -> Callable[..., None]:
    """Writes an ONNX file: `write_network(path, n_outputs=2, gain=12.0)`."""

    def write(path: Path, n_outputs: int = 2, gain: float = 12.0) -> None:
        _write_network(path, n_outputs, gain)

    return write


@pytest.fixture(scope="session")
def write_model() -> Callable[..., Path]:
    """Writes a model's folder: `write_model(folder, n_outputs=2, **fields_of_the_card)`."""

    def write(folder: Path, n_outputs: int = 2, **fields: Any) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        _write_network(folder / "model.onnx", n_outputs, 12.0)
        card: dict[str, Any] = {
            "name": "blurred-threshold",
            "version": "1",
            "description": "Bright things on a dark ground.",
            "files": {"fp32": describe_file(folder / "model.onnx")},
            "outputs": ("foreground", "distance", "core")[:n_outputs],
            "receptive_field_px": 64,
        }
        write_card(ModelCard.model_validate(card | fields), folder)
        return folder

    return write


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory, write_model: Callable[..., Path]) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "blurred-threshold")


@pytest.fixture(scope="session")
def model(model_folder: Path) -> Model:
    return load_model(model_folder, threads=1)


@pytest.fixture(scope="session")
def draw_discs() -> Callable[..., NDArray[Any]]:
    """Discs (y, x, radius) of 200 on a ground of 30 with edges one pixel soft: `draw_discs(shape, discs, dtype)`."""

    def draw(
        shape: tuple[int, int], discs: list[tuple[float, float, float]], dtype: type[np.generic] = np.uint8
    ) -> NDArray[Any]:
        inside = np.zeros(shape)
        for cy, cx, radius in discs:
            y0, x0 = max(0, int(cy - radius - 2)), max(0, int(cx - radius - 2))
            y, x = np.mgrid[y0 : min(shape[0], int(cy + radius + 3)), x0 : min(shape[1], int(cx + radius + 3))]
            part = inside[y0 : y0 + y.shape[0], x0 : x0 + y.shape[1]]
            np.maximum(part, np.clip(radius + 0.5 - np.hypot(y - cy, x - cx), 0, 1), out=part)
        return np.asarray(30 + 170 * inside).astype(dtype)

    return draw
