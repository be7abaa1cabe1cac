"""Rules for objects: what each leaves out, that it can be taken back, and that a wrong one is told."""

from dataclasses import replace

import numpy as np
import pytest

from spheroseg.errors import ParameterError
from spheroseg.pipeline import Parameters, segment
from spheroseg.segmentation import DEFAULT_RULES, PRESETS, ObjectRules, Prediction, apply_rules, classical


def discs(
    shape: tuple[int, int], places: list[tuple[float, float, float]], blur: float = 1.0, noise: float = 2.0
) -> np.ndarray:
    """Bright discs (y, x, radius) on a dark ground, uint8."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    plane = np.full(shape, 30.0)
    for cy, cx, radius in places:
        plane += 160 / (1 + np.exp(np.clip((np.hypot(y - cy, x - cx) - radius) / blur, -30, 30)))
    return np.clip(plane + np.random.default_rng(0).normal(0, noise, shape), 0, 255).astype(np.uint8)


PLANE = discs((240, 320), [(60, 60, 30), (160, 150, 20), (120, 318, 25), (60, 220, 9)])


@pytest.fixture(scope="module")
def found() -> Prediction:
    return classical(PLANE)


def areas(prediction: Prediction) -> list[int]:
    return sorted(np.bincount(prediction.labels.ravel())[1:].tolist())


def test_the_default_keeps_everything(found: Prediction) -> None:
    assert len(found) == 4
    kept = apply_rules(found, PLANE, ObjectRules())
    assert np.array_equal(kept.labels, found.labels)
    assert kept.left_out == {}


@pytest.mark.parametrize(
    ("rules", "n_kept", "left_out"),
    [
        (ObjectRules(leave_out_border=True), 3, {"leave_out_border": 1}),
        (ObjectRules(min_diameter_px=30), 3, {"min_diameter_px": 1}),
        (ObjectRules(min_diameter_um=60), 3, {"min_diameter_um": 1}),  # 2 µm a pixel
        (ObjectRules(keep_largest=1), 1, {"keep_largest": 3}),
        (ObjectRules(leave_out_border=True, keep_largest=2), 2, {"leave_out_border": 1, "keep_largest": 1}),
        (ObjectRules(keep_largest=9), 4, {"keep_largest": 0}),
    ],
)
def test_a_rule_leaves_out_and_counts(
    found: Prediction, rules: ObjectRules, n_kept: int, left_out: dict[str, int]
) -> None:
    kept = apply_rules(found, PLANE, rules, (2.0, 2.0))
    assert len(kept) == n_kept == kept.labels.max() == len(kept.flags) == len(kept.diameter_intervals_px)
    assert kept.left_out == left_out
    assert kept.object_rules == rules
    # numbers stay in reading order, and what stays is what it was
    first = [int(np.flatnonzero(kept.labels.ravel() == n)[0]) for n in range(1, n_kept + 1)]
    assert first == sorted(first)
    assert set(areas(kept)) <= set(areas(found))


def test_the_largest_stays(found: Prediction) -> None:
    assert areas(apply_rules(found, PLANE, ObjectRules(keep_largest=1))) == areas(found)[-1:]


def test_rules_can_be_taken_back(found: Prediction) -> None:
    strict = apply_rules(found, PLANE, ObjectRules(keep_largest=1, split="never"))
    again = apply_rules(strict, PLANE, ObjectRules())
    assert np.array_equal(again.labels, found.labels)
    assert again.rule == found.rule
    assert np.allclose(again.confidences, found.confidences)
    assert again.flags == found.flags
    # a then b is b
    border = ObjectRules(leave_out_border=True)
    assert np.array_equal(apply_rules(strict, PLANE, border).labels, apply_rules(found, PLANE, border).labels)


def test_objects_out_of_focus_are_left_out() -> None:
    sharp, blurred = [(80, 80, 30)], [(150, 230, 30)]
    plane = discs((240, 320), sharp, noise=0) // 2 + discs((240, 320), blurred, blur=7, noise=0) // 2
    found = classical(plane)
    assert len(found) == 2
    assert sum("out_of_focus" in codes for codes in found.flags) == 1
    kept = apply_rules(found, plane, ObjectRules(in_focus_only=True))
    assert len(kept) == 1
    assert kept.labels[80, 80] == 1


def test_a_waist_is_split_or_kept() -> None:
    plane = discs((200, 300), [(100, 110, 40), (100, 175, 40)])
    found = classical(plane)
    assert len(apply_rules(found, plane, ObjectRules(split="always"))) >= 2
    whole = apply_rules(found, plane, ObjectRules(split="never"))
    assert len(whole) == 1
    assert whole.labels[100, 110] == whole.labels[100, 175] == 1


def test_an_empty_plane_has_nothing_to_leave_out() -> None:
    plane = np.zeros((50, 60), np.uint8)
    kept = apply_rules(classical(plane), plane, PRESETS["one_spheroid_a_well"])
    assert len(kept) == 0
    assert "empty" in kept.image_flags


def test_nothing_left_is_told(found: Prediction) -> None:
    kept = apply_rules(found, PLANE, ObjectRules(min_diameter_px=1000))
    assert len(kept) == 0
    assert "empty" in kept.image_flags
    assert kept.left_out == {"min_diameter_px": 4}


def test_rules_by_name_and_by_field() -> None:
    assert ObjectRules.of("cells") == PRESETS["cells"]
    assert ObjectRules.of({"keep_largest": 2}) == ObjectRules(keep_largest=2)
    assert ObjectRules.of(None) == ObjectRules()
    assert replace(ObjectRules.of("invasion"), keep_largest=None).split == "never"


def judged(areas: list[int], debris: list[bool], rules: ObjectRules) -> tuple[list[bool], dict[str, int]]:
    flags = tuple(("debris",) if is_debris else () for is_debris in debris)
    keep, left_out = rules.judge(np.array(areas), flags, None)
    return keep.tolist(), left_out


def test_by_content_debris_beside_one_body_is_left_out_and_counted() -> None:
    rules = PRESETS[DEFAULT_RULES]
    assert judged([40, 9000, 30], [True, False, True], rules) == ([False, True, False], {"by_content": 2})
    # two bodies, much debris, one a quarter across, small objects that nothing calls debris, nothing: all of it stays
    for areas, debris in (
        ([40, 9000, 8000], [True, False, False]),
        ([300] * 6 + [9000], [True] * 6 + [False]),
        ([40, 9000 // 16, 9000], [True, True, False]),
        ([40, 9000], [False, False]),
        ([40, 50], [True, True]),
        ([], []),
    ):
        assert judged(areas, debris, rules) == ([True] * len(areas), {"by_content": 0})


def test_by_content_is_what_is_asked_for_where_nothing_is_said() -> None:
    assert Parameters().rules == PRESETS["by_content"]
    plane = discs((240, 320), [(110, 150, 70)], noise=0)
    y, x = np.mgrid[:240, :320]
    spot = 0.62 * np.exp(
        -((y - 30) ** 2 + (x - 30) ** 2) / (2 * 9**2)
    )  # a soft, dim spot: its outline moves with the threshold
    noisy = (plane + spot * (float(plane[110, 150]) - float(plane[0, 0]))).astype(plane.dtype)
    everything = segment(noisy, model="classical", rules="everything")
    debris = [i for i, codes in enumerate(everything.prediction.flags) if "debris" in codes]
    assert len(everything.prediction) == 2
    assert len(debris) == 1
    usual = segment(noisy, model="classical")
    assert len(usual.prediction) == 1
    assert usual.labels[110, 150] == 1
    assert usual.run_card.left_out == {"by_content": 1}
    assert everything.run_card.left_out == {}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("organoid", "there is no preset 'organoid'; there are by_content, everything, one_spheroid_a_well"),
        ({"size": 3}, "rules for objects have no 'size'"),
        ({"split": "sometimes"}, "'touching', 'never' or 'always', not 'sometimes'"),
        ({"keep_largest": 0}, "at least one object is kept"),
        ({"min_diameter_px": float("nan")}, "must be a positive length"),
        ({"min_diameter_px": 3, "min_diameter_um": 3}, "not both"),
    ],
)
def test_a_wrong_rule_is_told(value: object, reason: str) -> None:
    with pytest.raises(ParameterError, match=reason):
        ObjectRules.of(value)  # type: ignore[arg-type]


def test_micrometres_need_a_pixel_size(found: Prediction) -> None:
    with pytest.raises(ParameterError, match="needs the pixel size"):
        apply_rules(found, PLANE, ObjectRules(min_diameter_um=10))
