"""A small model that really computes something: a blurred threshold, in a real ONNX file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from spheroseg.segmentation import Model, ModelCard, describe_file, load_model, write_card


def _gaussian(sigma: float, size: int) -> np.ndarray:
    y, x = np.mgrid[-(size // 2) : size // 2 + 1, -(size // 2) : size // 2 + 1]
    kernel = np.exp(-(y**2 + x**2) / (2.0 * sigma**2))
    return (kernel / kernel.sum()).astype(np.float32)[None, None]


def write_network(path: Path, *, n_outputs: int = 2, gain: float = 12.0) -> None:
    """Foreground: x blurred a little, positive inside. Distance: the foreground blurred a lot."""
    constants = {
        "fine": _gaussian(1.0, 5),
        "coarse": _gaussian(5.0, 25),
        "gain": np.float32(gain),
        "half": np.float32(0.5),
        "ten": np.float32(10.0),
    }
    nodes = [
        helper.make_node("Conv", ["image", "fine"], ["blurred"], pads=[2, 2, 2, 2]),
        helper.make_node("Mul", ["blurred", "gain"], ["foreground"]),
        helper.make_node("Sigmoid", ["foreground"], ["inside"]),
        helper.make_node("Conv", ["inside", "coarse"], ["depth"], pads=[12, 12, 12, 12]),
        helper.make_node("Sub", ["depth", "half"], ["centred"]),
        helper.make_node("Mul", ["centred", "ten"], ["distance"]),
        helper.make_node("Concat", ["foreground", "distance", "foreground"][:n_outputs], ["logits"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "blurred_threshold",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, "h", "w"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", n_outputs, "h", "w"])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def write_model(folder: Path, *, n_outputs: int = 2, **card: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_network(folder / "model.onnx", n_outputs=n_outputs)
    fields: dict[str, object] = {
        "name": "blurred-threshold",
        "version": "1",
        "description": "Bright things on a dark ground.",
        "files": {"fp32": describe_file(folder / "model.onnx")},
        "outputs": ("foreground", "distance", "core")[:n_outputs],
        "receptive_field_px": 64,
    }
    write_card(ModelCard.model_validate(fields | card), folder)
    return folder


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "blurred-threshold")


@pytest.fixture(scope="session")
def model(model_folder) -> Model:
    return load_model(model_folder, threads=1)


def draw_discs(shape: tuple[int, int], discs: list[tuple[float, float, float]], dtype: type = np.uint8) -> np.ndarray:
    """Discs (y, x, radius) of value 200 on a ground of 30, edges one pixel soft."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    inside = np.zeros(shape)
    for cy, cx, radius in discs:
        inside = np.maximum(inside, np.clip(radius + 0.5 - np.hypot(y - cy, x - cx), 0, 1))
    return (30 + 170 * inside).astype(dtype)
