from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spheroseg.errors import ImageReadError, ParameterError
from spheroseg.training import data
from spheroseg.training.data import CROP_PX, Picture, load_picture, make_crop
from spheroseg.training.manifest import Record, read_manifest, split_by_group

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
needs_data = pytest.mark.skipif(not SHARED.is_dir(), reason="the images are not here")


def record(source, group, number):
    return Record(Path(f"{source}/{group}/{number}.png"), Path("mask.png"), source, group, weak=False, licence="CC0")


def disc_picture(*, weak=False):
    """Two discs, brighter than the field; everything bright is an object."""
    y, x = np.mgrid[:400, :500]
    labels = np.zeros((400, 500), np.uint16)
    labels[(y - 150) ** 2 + (x - 150) ** 2 < 40**2] = 3
    labels[(y - 250) ** 2 + (x - 330) ** 2 < 60**2] = 7
    return Picture.of((labels > 0).astype(np.float32) + 0.001 * (x % 7), labels, "discs", weak=weak)


def test_groups_stay_whole():
    records = [record("a", f"well {k // 3}", k) for k in range(30)]
    training, validation = split_by_group(records)
    assert validation
    assert not {r.group for r in training} & {r.group for r in validation}
    assert len(training) + len(validation) == 30


def test_a_source_of_one_group_gives_its_last_images():
    records = [record("a", "all", k) for k in range(20)]
    training, validation = split_by_group(records)
    assert validation == records[-3:]
    assert training == records[:-3]


def test_a_source_of_one_image_is_trained_on():
    assert split_by_group([record("a", "only", 0)]) == ([record("a", "only", 0)], [])


@given(sizes=st.lists(st.integers(1, 12), min_size=1, max_size=8))
@settings(deadline=None, max_examples=60)
def test_the_split_loses_and_doubles_nothing(sizes):
    records = [record("a", f"g{g}", (g, k)) for g, size in enumerate(sizes) for k in range(size)]
    training, validation = split_by_group(records)
    assert sorted(map(str, (r.image for r in training + validation))) == sorted(str(r.image) for r in records)
    assert training


@needs_data
def test_the_real_split_has_no_group_on_both_sides_except_where_a_source_has_one():
    training, validation = split_by_group(read_manifest(SHARED, "train"))
    both = {(r.source, r.group) for r in training} & {(r.source, r.group) for r in validation}
    assert {source for source, _ in both} <= {
        "spheroid_bf_cparent3", "spheroid_bf_ewing_wis", "spheroid_fluo_apbrowning", "spheroid_fluo_rogerh2"
    }  # fmt: skip
    sources = Counter(r.source for r in training + validation)
    assert {r.source for r in validation} == {source for source, count in sources.items() if count > 1}
    assert not any("heldout" in r.image.parts for r in training + validation)


def test_a_missing_manifest_is_named(tmp_path):
    with pytest.raises(ImageReadError, match="manifest"):
        read_manifest(tmp_path, "train")


def test_an_unknown_split_is_refused(tmp_path):
    (tmp_path / "manifest.csv").write_text("file,mask,split,source,group,label_quality,licence\n")
    with pytest.raises(ParameterError, match="test"):
        read_manifest(tmp_path, "test")


def test_a_picture_knows_its_objects():
    picture = disc_picture()
    assert picture.diameters_px == pytest.approx([80, 120], rel=0.02)
    assert [int(picture.labels[int(y), int(x)]) for y, x in picture.centres] == [3, 7]


def test_labels_stay_on_their_objects_through_every_geometry(monkeypatch):
    monkeypatch.setattr(data, "appearance", lambda _rng, image: image)
    monkeypatch.setattr(data, "behind", lambda _rng, image, _labels: image)
    picture = disc_picture()
    for seed in range(40):
        crop = make_crop(np.random.default_rng(seed), picture)
        bright = crop.image > (crop.image.max() + crop.image.min()) / 2
        truth = crop.foreground > 0
        if 0.02 < truth.mean() < 0.98:
            assert (bright & truth).sum() / (bright | truth).sum() > 0.9


@given(seed=st.integers(0, 100_000))
@settings(deadline=None, max_examples=30)
def test_a_crop_is_what_the_network_expects(seed):
    crop = make_crop(np.random.default_rng(seed), disc_picture())
    for plane in (crop.image, crop.foreground, crop.distance, crop.weight, crop.core):
        assert plane.shape == (CROP_PX, CROP_PX)
        assert plane.dtype == np.float32
        assert np.isfinite(plane).all()
    assert crop.image.min() >= -3
    assert crop.image.max() <= 3
    assert set(np.unique(crop.foreground)) <= {0, 1}
    assert crop.distance.min() >= 0
    assert crop.distance.max() <= 1
    assert not crop.distance[crop.foreground == 0].any()
    assert (crop.core == -1).all()


def test_a_crop_depends_on_its_seed_alone():
    picture = disc_picture()
    first, again, other = (make_crop(np.random.default_rng(seed), picture) for seed in (1, 1, 2))
    assert np.array_equal(first.image, again.image)
    assert not np.array_equal(first.image, other.image)


def test_two_neighbours_are_stressed_at_their_seam():
    labels = np.zeros((40, 40), np.uint16)
    labels[10:30, 5:20], labels[10:30, 20:35] = 1, 2
    weight = data._weights(labels.astype(np.float32), labels, weak=False)
    assert weight[20, 19] == weight[20, 20] == 4
    assert weight[20, 8] == weight[2, 2] == 1


def test_what_looks_like_an_unlabelled_object_is_ignored_where_labels_are_weak():
    image = np.zeros((80, 80), np.float32)
    image[10:30, 10:30] = image[50:70, 50:70] = 1
    labels = np.zeros((80, 80), np.uint16)
    labels[10:30, 10:30] = 1
    weight = data._weights(image, labels, weak=True)
    assert weight[50, 50] < 0.1  # the rim of the forgotten square
    assert weight[20, 20] == weight[28, 28] == 1
    assert weight[5, 70] == 1  # plain background
    assert (data._weights(image, labels, weak=False) == 1).all()


def test_half_an_object_and_its_mirror_image_teach_nothing():
    labels = np.zeros((120, 120), np.uint16)
    labels[:30, 40:70], labels[70:100, 40:70] = 1, 2  # one is cut by the frame, one is whole
    picture = Picture.of(np.random.default_rng(0).random((120, 120), np.float32), labels, "small")
    ignored, taught = 0, 0
    for seed in range(60):
        crop = make_crop(np.random.default_rng(seed), picture)
        inside = crop.foreground > 0
        ignored += int((crop.weight[inside] == 0).any())
        taught += int((crop.weight[inside] > 0).any())
    assert ignored > 10
    assert taught > 30


def test_objects_of_a_few_pixels_count_little():
    labels = np.zeros((40, 40), np.uint16)
    labels[5:10, 5:10], labels[15:35, 15:35] = 1, 2
    weight = data._weights(labels.astype(np.float32), labels, weak=False)
    assert weight[7, 7] < 0.5
    assert weight[25, 25] == weight[38, 5] == 1


@needs_data
def test_images_without_a_mask_are_no_training_images():
    assert all(r.mask.is_file() for r in read_manifest(SHARED, "train"))


@needs_data
def test_drawn_cores_lie_in_their_bodies_and_the_rest_is_unknown():
    drawn = 0
    for record in read_manifest(SHARED, "train"):
        if record.source not in {"spheroid_bf_ewing_wis", "spheroid_bf_claudidagostino"}:
            continue
        picture = load_picture(record)
        if picture.core is None:
            continue
        drawn += 1
        assert not (picture.core[picture.labels == 0] != 0).any()
        assert (picture.core == 1).sum() > 1000
        crop = make_crop(np.random.default_rng(0), picture)
        assert set(np.unique(crop.core)) <= {-1.0, 0.0, 1.0}
    assert drawn == 7
