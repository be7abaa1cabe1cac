"""The models that are here: those shipped with the package, and any folder with a `model.json`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from spheroseg.errors import ModelError
from spheroseg.segmentation.network.batching import BatchingNetwork
from spheroseg.segmentation.network.card import CARD_NAME, ModelCard, Precision, read_card
from spheroseg.segmentation.network.committee import Committee
from spheroseg.segmentation.network.runtime import Device, Network, NetworkRecord, Runtime, open_network

#: Each folder in here is a shipped model.
SHIPPED_FOLDER = Path(__file__).parents[1] / "models"


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A loaded model: what it says about itself, and its network ready to run.

    Attributes:
        card: `model.json`.
        folder: where it was loaded from.
        network: runs tiles, for several threads at a time.
        record: engine, precision, threads, hash; goes into the run card.
        partner: the second of two networks of whose logits `network` is the mean; None: there is one.
    """

    card: ModelCard
    folder: Path
    network: Network
    record: NetworkRecord
    partner: Network | None = None

    def network_for(self, frame: tuple[int, int]) -> Network:
        """What runs a frame of this height and width at network scale (see `Partner.alone_from_frame_px`)."""
        alone_from = None if self.card.partner is None else self.card.partner.alone_from_frame_px
        if self.partner is None or alone_from is None or frame[0] * frame[1] < alone_from:
            return self.network
        return self.partner


def list_models() -> list[ModelCard]:
    """Cards of the shipped models, by name."""
    return [read_card(path) for path in sorted(SHIPPED_FOLDER.glob(f"*/{CARD_NAME}"))]


def load_model(
    name_or_path: str | Path = "spheroid",
    *,
    runtime: Runtime = "auto",
    precision: Precision | Literal["auto"] = "auto",
    device: Device | Literal["auto"] = "auto",
    threads: int | None = None,
) -> Model:
    """Load a model and open its network (see `runtime.open_network` for the engine that is taken).

    Args:
        name_or_path: a shipped model's name, or a folder that holds `model.json`, or that file.
        runtime: engine; "auto" takes the fastest that passes the self-test.
        precision: "fp32", "int8", or "auto" by what the host is fast at.
        device: "cpu", "cuda", or "auto".
        threads: threads within one inference; None means all cores that this process may use.

    Raises:
        ModelError: there is no such model, its card or network is damaged, or no engine runs it.
    """
    card, folder = find_model(name_or_path)
    network, record = open_network(card, folder, runtime=runtime, precision=precision, device=device, threads=threads)
    first = BatchingNetwork(network)
    if card.partner is None:
        return Model(card, folder, first, record)
    network, beside = open_network(
        card.of_partner(), folder, runtime=runtime, precision=precision, device=record.device, threads=threads
    )
    partner = BatchingNetwork(network)
    record = replace(
        record,
        sha256=card.sha256,
        self_test_difference=max(record.self_test_difference, beside.self_test_difference),
        notes=(*record.notes, *_of_second(record, beside)),
    )
    return Model(card, folder, Committee((first, partner)), record, partner)


def _of_second(first: NetworkRecord, second: NetworkRecord) -> Iterator[str]:
    """What the record says of the second network: why it runs as it does, and where it runs otherwise than the first."""
    yield from (f"the second network: {note}" for note in second.notes)
    if (first.runtime, first.precision) != (second.runtime, second.precision):
        yield f"the second network runs in {second.runtime} {second.precision}"


def find_model(name_or_path: str | Path) -> tuple[ModelCard, Path]:
    """A model's card and folder, without opening its network.

    Raises:
        ModelError: there is no such model, or its card is damaged.
    """
    folder = _find(name_or_path)
    return read_card(folder), folder


def _find(name_or_path: str | Path) -> Path:
    shipped = SHIPPED_FOLDER / str(name_or_path)
    if shipped.parent == SHIPPED_FOLDER and (shipped / CARD_NAME).is_file():
        return shipped
    path = Path(name_or_path)
    if path.name == CARD_NAME and path.is_file():
        return path.parent
    if (path / CARD_NAME).is_file():
        return path
    names = sorted(found.parent.name for found in SHIPPED_FOLDER.glob(f"*/{CARD_NAME}"))
    raise ModelError(
        f"there is no model {str(name_or_path)!r}: it is neither a shipped model ({', '.join(names) or 'none is shipped'}) "
        f"nor a folder with a {CARD_NAME}"
    )
