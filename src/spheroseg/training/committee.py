"""Several networks become one: runs from one start by the mean of their weights, others by the mean of their logits.

`python -m spheroseg.training.committee MODEL PARTNER --out FOLDER --version 2` makes one model folder from two.

Networks that learnt differently err differently; the mean of an encoder learnt on photographs and of one that saw nothing but
microscopes is better than either on laboratories that neither saw (docs/explanation/model.md).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from spheroseg.errors import ModelError
from spheroseg.segmentation import ModelCard, read_card, write_card
from spheroseg.segmentation.network.card import NetworkFile, Partner, Precision, describe_file

LARGE = 4096  # values; smaller constants stay in single precision


def mean_weights(checkpoints: Sequence[Path], target: Path, shares: Sequence[float] | None = None) -> Path:
    """Writes the mean of the averaged weights of checkpoints that began alike; export reads it like one of them.

    Wortsman et al. 2022, doi:10.48550/arXiv.2203.05482.

    Args:
        checkpoints: `weights.pt` or `last.pt` of one architecture; configuration and step are the last one's.
        target: file to write.
        shares: of each in the mean, of any sum; None counts them alike.

    Raises:
        ModelError: the architectures differ.
    """
    parts = torch.tensor([1.0] * len(checkpoints) if shares is None else list(shares), dtype=torch.float32)
    parts /= parts.sum()
    states = [torch.load(path, map_location="cpu", weights_only=True) for path in checkpoints]
    shapes = [{name: value.shape for name, value in state["average"].items()} for state in states]
    if any(shape != shapes[0] for shape in shapes):
        raise ModelError(f"{target}: the weights of different architectures have no mean")
    last = states[-1]
    mean = {
        name: sum(part * state["average"][name].float() for part, state in zip(parts, states, strict=True)).half()
        if value.is_floating_point()
        else value
        for name, value in last["average"].items()
    }
    torch.save({"config": last["config"], "step": last["step"], "average": mean}, target)
    return target


def write_committee(
    members: Sequence[Path], out: Path, version: str, *, alone_from_frame_px: int | None = None
) -> ModelCard:
    """Writes a model folder of two networks that answers with the mean of their logits.

    Args:
        members: two model folders with the same precisions and normalisation. Rules, name and calibration are the first
            one's, and are to be chosen and calibrated anew (`training.scores`).
        out: folder to fill.
        version: of the committee.
        alone_from_frame_px: pixels at network scale from which on the second goes alone.

    Raises:
        ModelError: the members' inputs or outputs differ.
    """
    cards = [read_card(folder) for folder in members]
    first, second = cards
    if any(getattr(first, name) != getattr(second, name) for name in ("normalisation", "outputs")):
        raise ModelError(f"{out}: networks that see or answer something else cannot be one")
    out.mkdir(parents=True, exist_ok=True)
    files: list[dict[Precision, NetworkFile]] = []
    for card, folder, name in zip(cards, members, ("model", "partner"), strict=True):
        written = {
            precision: describe_file(
                write_halved(card.file(folder, precision), out / entry.path.replace("model", name))
            )
            for precision, entry in card.files.items()
        }
        files.append(written)
    licences = " AND ".join(dict.fromkeys(part for card in cards for part in card.licence.split(" AND ")))
    data = {source.name: source for card in cards for source in card.data}
    recipes = [card.recipe | {"version": card.version} for card in cards]
    card = first.model_copy(
        update={
            "version": version,
            "files": files[0],
            "partner": Partner(files=files[1], alone_from_frame_px=alone_from_frame_px),
            "licence": licences,
            "data": tuple(data.values()),
            "recipe": {"mean_of": recipes, "parameters": sum(recipe.get("parameters", 0) for recipe in recipes)},
            "created": datetime.now(UTC).date().isoformat(),
        }
    )
    write_card(card, out)
    return card


def write_halved(source: Path, target: Path) -> Path:
    """Writes an ONNX file anew with its large weights in half precision.

    It computes in single precision: a cast of the weights is the first thing that runs. A file whose weights are halved
    already, or are integers, stays as it is.
    """
    model = onnx.load(source)
    casts, others = _halved(list(model.graph.initializer))
    del model.graph.initializer[:]
    model.graph.initializer.extend(others)
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, target)
    return target


def _halved(constants: list[TensorProto]) -> tuple[list[onnx.NodeProto], list[TensorProto]]:
    """Large single-precision weights in half precision with the casts that widen them; the others as they are."""
    casts, others = [], []
    for constant in constants:
        values = numpy_helper.to_array(constant)
        if values.dtype != np.float32 or values.size < LARGE:
            others.append(constant)
            continue
        half = f"{constant.name}/half"
        others.append(numpy_helper.from_array(values.astype(np.float16), half))
        casts.append(helper.make_node("Cast", [half], [constant.name], name=f"{half}/cast", to=TensorProto.FLOAT))
    return casts, others


def main() -> None:
    """Makes a committee from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("members", nargs=2, type=Path, help="model folders; the rules are the first one's")
    parser.add_argument("--out", type=Path, required=True, help="folder to fill")
    parser.add_argument("--version", default="1")
    parser.add_argument("--alone-from", type=int, help="pixels at network scale from which on the second goes alone")
    arguments = parser.parse_args()
    write_committee(arguments.members, arguments.out, arguments.version, alone_from_frame_px=arguments.alone_from)


if __name__ == "__main__":
    main()
