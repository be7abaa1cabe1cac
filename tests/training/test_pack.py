"""A packed training set is read like the one that it was made from."""

import csv

import cv2
import numpy as np
import pytest

from spheroseg.errors import ImageReadError, ParameterError
from spheroseg.segmentation import load_model
from spheroseg.training.data import load_picture
from spheroseg.training.manifest import read_manifest
from spheroseg.training.pack import pack


def write_set(folder, *, has_mask_file=True):
    """A 16-bit grey and a colour image of the train split, one without mask and one held out."""
    rng = np.random.default_rng(0)
    mask = np.zeros((60, 80), np.uint16)
    mask[20:40, 20:50] = 300
    grey = (rng.normal(20000, 300, mask.shape) - 9000 * (mask > 0)).astype(np.uint16)
    colour = np.repeat((grey // 257).astype(np.uint8)[..., None], 3, 2)
    for name, image in (("grey", grey), ("colour", colour), ("bare", grey), ("held", grey)):
        cv2.imwrite(str(folder / f"{name}.png"), image)
    if has_mask_file:
        cv2.imwrite(str(folder / "mask.png"), mask)
    rows = [
        {"file": f"{name}.png", "mask": "" if name == "bare" else "mask.png", "split": split, "source": "a", "group": name,
         "label_quality": quality, "licence": "CC0"}
        for name, split, quality in (
            ("grey", "train", "good"), ("colour", "train", "weak"), ("bare", "train", ""), ("held", "heldout", "good"),
        )
    ]  # fmt: skip
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return mask


def test_a_pack_holds_what_is_trained_on_and_nothing_else(tmp_path):
    (tmp_path / "set").mkdir()
    mask = write_set(tmp_path / "set")
    size = pack(tmp_path / "set", tmp_path / "pack")
    assert size == sum(path.stat().st_size for path in (tmp_path / "pack").rglob("*") if path.is_file())
    before, after = read_manifest(tmp_path / "set", "train"), read_manifest(tmp_path / "pack", "train")
    assert [(r.source, r.group, r.weak, r.licence) for r in after] == [
        (r.source, r.group, r.weak, r.licence) for r in before
    ]
    assert [r.image.stem for r in after] == ["grey", "colour"]
    for old, new in zip(before, after, strict=True):
        was, now = load_picture(old), load_picture(new)
        assert np.array_equal(now.labels, mask)
        assert np.abs(np.clip(was.plane, 0, 1) - np.clip(now.plane, 0, 1)).max() < 0.01


def test_a_missing_mask_is_named(tmp_path):
    (tmp_path / "set").mkdir()
    write_set(tmp_path / "set", has_mask_file=False)
    with pytest.raises(ImageReadError, match=r"mask\.png"):
        pack(tmp_path / "set", tmp_path / "pack")


def test_a_named_image_without_a_mask_gets_the_outlines_of_the_model_as_a_weak_mask(tmp_path):
    (tmp_path / "set").mkdir()
    write_set(tmp_path / "set")
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:240, :240]
    body = np.hypot(y - 120, x - 110) < 50
    bare = np.where(body, 60, 190) + rng.normal(0, 4, body.shape)
    cv2.imwrite(str(tmp_path / "set" / "bare.png"), cv2.GaussianBlur(bare, (0, 0), 1.5).astype(np.uint8))
    model = load_model("spheroid")
    pack(tmp_path / "set", tmp_path / "pack", outlined=["bare"], model=model)
    record = read_manifest(tmp_path / "pack", "train")[-1]
    assert (record.image.stem, record.weak) == ("bare", True)
    labels = load_picture(record).labels
    assert np.sum((labels > 0) & body) > 0.9 * np.sum((labels > 0) | body)
    with pytest.raises(ParameterError, match="'grey'"):  # it has a mask
        pack(tmp_path / "set", tmp_path / "other", outlined=["grey"], model=model)
