"""Held-out accuracy of the shipped model beside baselines: `make bench-accuracy` (needs ../shared/data).

Writes bench/results/accuracy.json, the tables of docs/reference/accuracy.md, and the failure gallery. Models other than
the shipped one are taken from training-runs/ where they exist (bench/leave_one_out.py trains them).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.filters import threshold_otsu, threshold_sauvola

from accuracy_flags import agreement_and_flags, flags_table, left_out_table
from spheroseg.evaluation import Outline
from spheroseg.imaging import Image, luminance
from spheroseg.pipeline import segment
from spheroseg.segmentation import CLASSICAL, load_model
from spheroseg.training.calibration import by_confidence, observe, reliability
from spheroseg.training.manifest import read_manifest, split_by_group
from spheroseg.training.scores import Scored, by_model, score, summary_by_source, with_rules_of

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "reference" / "accuracy.md"
LEFT_OUT = RESULTS / "leave-one-out.json"
LEFT_OUT_PAGE = PAGE.with_name("leave-one-out.md")
LEFT_OUT_TITLE = [
    "# Leave one source out",
    "",
    (
        "Written by `make bench-accuracy` from what `bench/leave_one_out.py` found; how it was done and what to make of it: "
        "[accuracy](accuracy.md#how-leave-one-out-was-done). Intervals are 95 % bootstrap intervals over images."
    ),
    "",
]
GALLERY = ROOT / "build" / "accuracy-failures.jpg"  # shows the images, which stay out of the repository
MARK = "<!-- tables below are written by bench/accuracy.py -->"
SAUVOLA_WINDOW_PX = 101
NEVER_SEEN = ("SpheroSeg", "SpheroSeg, int8", "classical engine", "Otsu, better polarity")
"""Methods that are run on the laboratories never seen."""
KINDS = {
    "spheroid_colour_spherofilm": "a dark ring around the spheroid, colour camera, pyramid wells",
    "organoid_colour_orgm": "buds and loose cells, colour camera",
    "organoid_bf_lguertle": "stitched tiles with seams, clumps that the reference does not split, defocus",
    "cell_labelfree_vicar": "adherent cells in quantitative phase",
}
"""What each laboratory that no model was trained on is hard by."""
COLUMNS = {
    "iou": "IoU",
    "dice": "Dice",
    "ap50": "AP50",
    "ap50_95": "AP50…95",
    "mean_boundary_distance_percent": "boundary error, % of diameter",
    "area_bias_total": "area bias",
    "share_under_0.7": "share IoU < 0.7",
}
BASELINES = ("resunet-short", "unet-short")
"""Networks of `bench/leave_one_out.py --only-baselines`, scored where they were trained."""


def by_threshold(threshold: Callable[[NDArray[np.float32]], Any]) -> Outline:
    """Connected components above or below a threshold, whichever side agrees better with the reference.

    The polarity is told by the reference, which flatters the method: a person would choose it a data set.
    """

    def outline(image: Image, reference: NDArray[Any]) -> NDArray[Any]:
        plane = np.asarray(luminance(image), np.float32)
        bright = plane > threshold(plane)
        truth = reference > 0
        sides = [bright, ~bright]
        iou = [(side & truth).sum() / max((side | truth).sum(), 1) for side in sides]
        _, labels = cv2.connectedComponents(sides[int(np.argmax(iou))].astype(np.uint8), connectivity=4)
        return np.asarray(labels)

    return outline


by_otsu = by_threshold(threshold_otsu)
by_sauvola = by_threshold(
    lambda plane: threshold_sauvola(plane, SAUVOLA_WINDOW_PX)  # type: ignore[no-untyped-call]  # skimage ships no types
)


def by_classical(image: Image, _reference: NDArray[Any]) -> NDArray[Any]:
    """The shipped engine without a network."""
    return segment(image, model=CLASSICAL).labels


def methods(model: str) -> dict[str, Outline]:
    """Everything that is compared, by the name in the table."""
    shipped = load_model(model, precision="fp32")
    table = {"SpheroSeg": by_model(shipped), "SpheroSeg, int8": by_model(load_model(model, precision="int8"))}
    table["SpheroSeg, flip-averaged"] = by_model(shipped, accurate=True)
    for name in BASELINES:
        if (ROOT / "training-runs" / name / "model.json").is_file():
            table[name] = by_model(with_rules_of(load_model(ROOT / "training-runs" / name), shipped.card))
    table["classical engine"] = by_classical
    table["Otsu, better polarity"] = by_otsu
    table["Sauvola, better polarity"] = by_sauvola
    return table


def markdown(summaries: dict[str, dict[str, dict[str, list[float]]]]) -> str:
    """One table a group: all images, the mean over sources, then each source."""
    first = next(iter(summaries.values()))
    lines = []
    for group in ["all", "sources", *sorted(set(first) - {"all", "sources"})]:
        title = {"all": "All images", "sources": "Mean over the sources"}.get(group, f"`{group}`")
        lines += [
            f"### {title}",
            "",
            "| method | " + " | ".join(COLUMNS.values()) + " |",
            "|---" * (len(COLUMNS) + 1) + "|",
        ]
        for method, summary in summaries.items():
            lines.append(f"| {method} | " + " | ".join(_cell(summary[group][m]) for m in COLUMNS) + " |")
        lines.append("")
    return "\n".join(lines)


def _cell(values: list[float]) -> str:
    if not np.isfinite(values[0]):
        return "–"
    if len(values) == 1 or not np.isfinite(values[1]):
        return f"{values[0]:.3f}"
    return f"{values[0]:.3f} ({values[1]:.3f}…{values[2]:.3f})"


def gallery(scored: list[Scored], path: Path, count: int = 12) -> list[str]:
    """Draws the worst images: reference yellow, found magenta; returns their names with IoU and AP50."""
    worst = sorted(scored, key=lambda s: (s.agreement.iou + s.agreement.ap50) / 2)[:count]
    tiles = []
    for item in worst:
        array = cv2.imread(str(item.record.image), cv2.IMREAD_UNCHANGED)
        assert array is not None
        grey = (cv2.cvtColor(array[..., :3], cv2.COLOR_BGR2GRAY) if array.ndim == 3 else array).astype(np.float32)
        low, high = np.percentile(grey, (0.1, 99.9))
        shown = (np.clip((grey - low) / max(high - low, 1e-6), 0, 1) * 255).astype(np.uint8)
        reference = cv2.imread(str(item.record.mask), cv2.IMREAD_UNCHANGED)
        assert reference is not None
        factor = 360 / max(shown.shape)
        size = (max(1, round(shown.shape[1] * factor)), max(1, round(shown.shape[0] * factor)))
        tile = cv2.cvtColor(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2BGR)
        for labels, colour in ((reference, (0, 220, 255)), (item.labels, (255, 0, 255))):
            small = cv2.resize(labels.astype(np.float32), size, interpolation=cv2.INTER_NEAREST)
            tile[cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0] = colour
        canvas = np.zeros((380, 360, 3), np.uint8)
        canvas[: size[1], : size[0]] = tile
        text = f"{item.record.image.stem[:30]}  IoU {item.agreement.iou:.2f} AP50 {item.agreement.ap50:.2f}"
        cv2.putText(canvas, text, (4, 374), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (255, 255, 255), 1, cv2.LINE_AA)
        tiles.append(canvas)
    rows = [np.hstack(tiles[k : k + 4]) for k in range(0, len(tiles), 4)]
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 85])
    return [
        f"{w.record.source}/{w.record.image.stem}: IoU {w.agreement.iou:.2f}, AP50 {w.agreement.ap50:.2f}"
        for w in worst
    ]


def main() -> None:
    """Scores every method and writes results, page and gallery."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="spheroid", help="a shipped model's name or a model folder")
    parser.add_argument("--only", nargs="+", help="methods to score anew; the results of the others are kept")
    parser.add_argument("--dry", action="store_true", help="print only; leave results and page alone")
    arguments = parser.parse_args()
    records = read_manifest(DATA, "heldout")
    kept_before = json.loads((RESULTS / "accuracy.json").read_text(encoding="utf-8"))
    compared = methods(arguments.model)
    summaries: dict[str, dict[str, dict[str, list[float]]]] = {
        name: rows
        for name, rows in kept_before["methods"].items()
        if name in compared or name in BASELINES  # a baseline that was trained on another machine keeps its row
    }
    worst: list[str] = kept_before["worst"]
    for name, outline in compared.items():
        if arguments.only and name not in arguments.only:
            continue
        start = time.perf_counter()
        scored = score(records, outline)
        summaries[name] = summary_by_source(scored)
        overall = summaries[name]["all"]
        print(
            f"{name:28s} IoU {overall['iou'][0]:.3f} AP50 {overall['ap50'][0]:.3f} {time.perf_counter() - start:6.1f} s"
        )
        if name == "SpheroSeg" and not arguments.dry:
            worst = gallery(scored, GALLERY)
    if arguments.dry:
        print(markdown(summaries))
        return
    RESULTS.mkdir(exist_ok=True)
    objects = observe(load_model(arguments.model), records)
    kept = {"sources": reliability(objects), "fifths": by_confidence(objects)}
    result: dict[str, Any] = {"images": len(records), "methods": summaries, "worst": worst, "reliability": kept}
    result["ood"] = never_seen(arguments.model)
    network = load_model(arguments.model)
    validation = split_by_group(read_manifest(DATA, "train"))[1]
    result["flags"] = {
        "held-out": agreement_and_flags(network, records),
        "validation part": agreement_and_flags(network, validation),
        "laboratories never seen": result["ood"]["images"],
    }
    print(flags_table(result["flags"]), left_out_table(network.card), sep="\n\n")
    (RESULTS / "accuracy.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    write_page(result)


def never_seen(model: str) -> dict[str, Any]:
    """Laboratories and instruments that had no part in any model: by method, image by image, and what is flagged."""
    records = read_manifest(DATA, "ood")
    outlines = {name: outline for name, outline in methods(model).items() if name in NEVER_SEEN}
    summaries = {name: summary_by_source(score(records, outline)) for name, outline in outlines.items()}
    network = load_model(model)
    return {
        "methods": summaries,
        "images": agreement_and_flags(network, records),
        "reliability": reliability(observe(network, records)),
    }


def never_seen_tables(result: dict[str, Any]) -> str:
    """A row a laboratory with what is hard about it, then what the flags and the interval are worth there."""
    methods_ = result["methods"]
    lines = [
        "| laboratory | hard by | images | "
        + " | ".join(f"{name}: IoU, AP50, share under 0.7" for name in methods_)
        + " |"
    ]
    lines.append("|---" * (len(methods_) + 3) + "|")
    for source, kind in KINDS.items():
        count = sum(image["source"] == source for image in result["images"])
        cells = [
            ", ".join(f"{s[source][m][0]:.3f}" for m in ("iou", "ap50", "share_under_0.7")) for s in methods_.values()
        ]
        lines.append(f"| `{source}` | {kind} | {count} | " + " | ".join(cells) + " |")
    doubted = [image for image in result["images"] if image["flags"]]
    trusted = [image for image in result["images"] if not image["flags"]]
    missed = sum(image["iou"] < 0.7 for image in trusted)
    covered = {name: row["covered"] for name, row in result["reliability"].items() if name in KINDS}
    lines += [
        "",
        f"Flagged `unfamiliar`, `scale_uncertain` or `empty`: {len(doubted)} of {len(result['images'])} images, of which "
        f"{sum(image['iou'] < 0.7 for image in doubted)} are under IoU 0.7; of the {len(trusted)} others {missed}. "
        "The diameter interval holds the reference diameter of "
        + ", ".join(f"{100 * share:.0f} % (`{name}`)" for name, share in covered.items())
        + ".",
        "",
        "The worst: "
        + ", ".join(
            f"{image['image']} {image['iou']:.2f}" for image in sorted(result["images"], key=lambda i: i["iou"])[:6]
        )
        + ".",
    ]
    return "\n".join(lines)


def write_page(result: dict[str, Any]) -> None:
    """Writes the tables below the mark of the page; the text above it is written by hand."""
    page = PAGE.read_text(encoding="utf-8").split(MARK)[0]
    body = [page + MARK, "", f"## Held-out images ({result['images']})", "", markdown(result["methods"])]
    if "ood" in result:
        body += [
            "## Laboratories and instruments never seen",
            "",
            "Four sources that no model was trained on; rules (scale, second look, flags) were chosen with them in view, so the figures",
            "are those of a development set.",
            "",
            never_seen_tables(result["ood"]),
            "",
        ]
    if "flags" in result:
        body += [
            "## What the flags tell",
            "",
            "Flagged is `unfamiliar`, `scale_uncertain` or `empty`; the rules were chosen on the validation part and the laboratories never seen.",
            "",
            flags_table(result["flags"]),
            "",
        ]
    if LEFT_OUT.is_file():
        left_out = json.loads(LEFT_OUT.read_text(encoding="utf-8"))
        every_measure = "Every measure of every source, with its interval: [leave one source out](leave-one-out.md)."
        body += ["## Leave one source out", "", every_measure, "", leave_one_out_tables(left_out), ""]
        titles = [*LEFT_OUT_TITLE, markdown(left_out["methods"])]
        LEFT_OUT_PAGE.write_text("\n".join(titles) + "\n", encoding="utf-8")
    altered = RESULTS / "robustness.json"
    if altered.is_file():
        table = robustness_table(json.loads(altered.read_text(encoding="utf-8")))
        body += [
            "## Held-out images, altered",
            "",
            "Means over the sources. `python bench/robustness.py`",
            "",
            table,
            "",
        ]
    body += [
        "## What confidence and diameter interval are worth",
        "",
        "Learnt on the validation part; here on the held-out images. Right: IoU ≥ 0.7 with a reference object. Covered: share of",
        "the objects with a reference whose interval holds the reference's diameter; the aim is 0.9.",
        "",
        reliability_tables(result["reliability"]),
        "",
        "And where the interval's rule was made without a source (`interval_left_out` of the card; validation part and laboratories never seen):",
        "",
        left_out_table(load_model("spheroid").card),
        "",
    ]
    body += [
        "## The twelve worst images",
        "",
        "Overlays: `build/accuracy-failures.jpg` (reference yellow, found magenta).",
        "",
    ]
    body += [f"- {line}" for line in result["worst"]]
    PAGE.write_text("\n".join(body) + "\n", encoding="utf-8")


def reliability_tables(kept: dict[str, Any]) -> str:
    """Promised and kept confidence by fifths of its scale, then by source with the diameter interval."""
    lines = ["| confidence | objects | mean confidence | right |", "|---|---|---|---|"]
    for row in kept["fifths"]:
        span = f"{row['from']:.1f}…{row['from'] + 0.2:.1f}"
        lines.append(f"| {span} | {row['objects']} | {row['confidence']:.2f} | {row['right']:.2f} |")
    lines += [
        "",
        "| source | objects | mean confidence | right | covered | mean half width of the interval, % |",
        "|---" * 6 + "|",
    ]
    for name, row in sorted(kept["sources"].items(), key=lambda item: (item[0] in {"all", "sources"}, item[0])):
        title = {"all": "all objects", "sources": "mean over the sources"}.get(name, f"`{name}`")
        cells = f"{row['objects']:.0f} | {row['confidence']:.2f} | {row['right']:.2f} | {row['covered']:.2f}"
        lines.append(f"| {title} | {cells} | {100 * row['half_width']:.1f} |")
    return "\n".join(lines)


def robustness_table(result: dict[str, dict[str, dict[str, float]]]) -> str:
    """A row an alteration: what bench/robustness.py found for each engine."""
    engines = list(next(iter(result.values())))
    lines = [
        "| recorded | images | " + " | ".join(f"{engine}: IoU, AP50, share IoU < 0.7" for engine in engines) + " |",
        "|---" * (len(engines) + 2) + "|",
    ]
    for name, row in result.items():
        cells = [f"{row[e]['iou']:.3f}, {row[e]['ap50']:.3f}, {row[e]['share_under_0.7']:.2f}" for e in engines]
        lines.append(f"| {name} | {row[engines[0]]['images']:.0f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def leave_one_out_tables(result: dict[str, Any]) -> str:
    """Means over the sources, then IoU and AP50 of each source, a column a method."""
    methods: dict[str, dict[str, dict[str, list[float]]]] = result["methods"]
    lines = ["| mean over the sources | " + " | ".join(COLUMNS.values()) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for name, summary in methods.items():
        lines.append(f"| {name} | " + " | ".join(_cell(summary["sources"][m]) for m in COLUMNS) + " |")
    for measure in ("iou", "ap50"):
        lines += [
            "",
            f"| {COLUMNS[measure]} (images) | " + " | ".join(methods) + " |",
            "|---" * (len(methods) + 1) + "|",
        ]
        for source, count in result["images"].items():
            cells = [_cell(summary[source][measure]) for summary in methods.values()]
            lines.append(f"| `{source}` ({count}) | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
