"""Several networks become one: runs from one start by the mean of their weights, others by the mean of their logits.

`python -m spheroseg.training.committee MODEL MODEL … --out FOLDER --version 2` makes one model folder from several.

Networks that learnt differently err differently; the mean of an encoder learnt on photographs and of one that saw nothing but
microscopes is better than either on laboratories that neither saw (docs/explanation/model.md). One file needs no code to be run.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, compose, helper, numpy_helper

from spheroseg.errors import ModelError
from spheroseg.segmentation import ModelCard, read_card, write_card
from spheroseg.segmentation.network.card import describe_file

LARGE = 4096  # values; smaller constants stay in single precision


def mean_weights(checkpoints: Sequence[Path], target: Path) -> Path:
    """Writes the mean of the averaged weights of checkpoints that began alike; export reads it like one of them.

    Wortsman et al. 2022, doi:10.48550/arXiv.2203.05482.

    Args:
        checkpoints: `weights.pt` or `last.pt` of one architecture; configuration and step are the last one's.
        target: file to write.

    Raises:
        ModelError: the architectures differ.
    """
    states = [torch.load(path, map_location="cpu", weights_only=True) for path in checkpoints]
    shapes = [{name: value.shape for name, value in state["average"].items()} for state in states]
    if any(shape != shapes[0] for shape in shapes):
        raise ModelError(f"{target}: the weights of different architectures have no mean")
    last = states[-1]
    mean = {
        name: torch.stack([state["average"][name].float() for state in states]).mean(0).half()
        if value.is_floating_point()
        else value
        for name, value in last["average"].items()
    }
    torch.save({"config": last["config"], "step": last["step"], "average": mean}, target)
    return target


def write_committee(members: Sequence[Path], out: Path, version: str) -> ModelCard:
    """Writes a model folder that answers with the mean of other models' logits.

    Args:
        members: model folders with the same precisions and normalisation. Rules, name and calibration are the first one's,
            and are to be chosen and calibrated anew (`training.scores`).
        out: folder to fill.
        version: of the committee.

    Raises:
        ModelError: the members' inputs or outputs differ.
    """
    cards = [read_card(folder) for folder in members]
    first = cards[0]
    if any((card.normalisation, card.outputs) != (first.normalisation, first.outputs) for card in cards):
        raise ModelError(f"{out}: networks that see or answer something else cannot be one")
    out.mkdir(parents=True, exist_ok=True)
    files = {}
    for precision in first.files:
        paths = [card.file(folder, precision) for card, folder in zip(cards, members, strict=True)]
        files[precision] = describe_file(write_mean(paths, out / Path(first.files[precision].path).name))
    licences = " AND ".join(dict.fromkeys(part for card in cards for part in card.licence.split(" AND ")))
    data = {source.name: source for card in cards for source in card.data}
    recipes = [card.recipe | {"version": card.version} for card in cards]
    card = first.model_copy(
        update={
            "version": version,
            "files": files,
            "licence": licences,
            "data": tuple(data.values()),
            "recipe": {"mean_of": recipes, "parameters": sum(recipe.get("parameters", 0) for recipe in recipes)},
            "created": datetime.now(UTC).date().isoformat(),
        }
    )
    write_card(card, out)
    return card


def write_mean(members: Sequence[Path], target: Path) -> Path:
    """Writes one ONNX file from several: the same input, the mean of their logits; weights in half precision.

    Args:
        members: files with an input `image` (n, 1, h, w) and an output `logits` (n, k, h, w); two at least.
        target: file to write. It computes in single precision: a cast of the weights is the first thing that runs.

    Raises:
        ModelError: fewer than two members, or outputs of different shapes.
    """
    models = [onnx.load(path) for path in members]
    channels = {model.graph.output[0].type.tensor_type.shape.dim[1].dim_value for model in models}
    if len(models) < 2 or len(channels) != 1:
        raise ModelError(f"{target}: a committee needs two networks or more with the same outputs")
    prefixed = [compose.add_prefix(model, f"member{k}/", rename_inputs=True) for k, model in enumerate(models)]
    nodes, constants = [], []
    for model in prefixed:
        first = model.graph.input[0].name
        for node in model.graph.node:
            node.input[:] = ["image" if name == first else name for name in node.input]
            nodes.append(node)
        constants += model.graph.initializer
    outputs = [model.graph.output[0].name for model in prefixed]
    nodes.append(helper.make_node("Mean", outputs, ["logits"], name="mean"))
    casts, kept = _halved(constants)
    source = models[0].graph
    graph = helper.make_graph([*casts, *nodes], "committee", [source.input[0]], [source.output[0]], kept)
    opsets = {entry.domain: max(m.version for p in models for m in p.opset_import if m.domain == entry.domain)
              for model in models for entry in model.opset_import}  # fmt: skip
    whole = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid(domain, version) for domain, version in opsets.items()],
        ir_version=max(model.ir_version for model in models),
    )
    onnx.checker.check_model(whole)
    onnx.save(whole, target)
    return target


def _halved(constants: list[TensorProto]) -> tuple[list[onnx.NodeProto], list[TensorProto]]:
    """Large single-precision weights in half precision with the casts that widen them; the others as they are."""
    casts, kept = [], []
    for constant in constants:
        values = numpy_helper.to_array(constant)
        if values.dtype != np.float32 or values.size < LARGE:
            kept.append(constant)
            continue
        half = f"{constant.name}/half"
        kept.append(numpy_helper.from_array(values.astype(np.float16), half))
        casts.append(helper.make_node("Cast", [half], [constant.name], name=f"{half}/cast", to=TensorProto.FLOAT))
    return casts, kept


def main() -> None:
    """Makes a committee from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("members", nargs="+", type=Path, help="model folders; the rules are the first one's")
    parser.add_argument("--out", type=Path, required=True, help="folder to fill")
    parser.add_argument("--version", default="1")
    arguments = parser.parse_args()
    write_committee(arguments.members, arguments.out, arguments.version)


if __name__ == "__main__":
    main()
