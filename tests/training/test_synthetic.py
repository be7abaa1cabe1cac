import subprocess
import sys

import cv2
import numpy as np
import pytest

from spheroseg.errors import ParameterError
from spheroseg.training.optics import plate_well
from spheroseg.training.synthetic import KINDS, RENDERERS, SPHEROIDS, render_example, render_scene


@pytest.mark.parametrize("kind", KINDS)
def test_a_scene_depends_on_its_seed_alone(kind):
    first, again, other = (render_scene(seed, (192, 224), kind) for seed in (5, 5, 6))
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.labels, again.labels)
    assert not np.array_equal(first.image, other.image)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("modality", RENDERERS)
def test_every_kind_renders_in_every_modality(kind, modality):
    scene = render_scene(11, (160, 192), kind, modality)
    assert scene.image.dtype == np.float32
    assert scene.image.shape == scene.labels.shape == scene.core.shape == (160, 192)
    assert np.isfinite(scene.image).all()
    assert scene.core_known == (kind in SPHEROIDS)
    assert (scene.labels.max() == 0) == (kind == "empty")


def test_an_object_stands_out_of_its_background():
    contrasts = []
    for seed in range(12):
        scene = render_scene(seed, (256, 256), "compact", "brightfield")
        body = scene.labels > 0
        around = cv2.dilate(body.astype(np.uint8), np.ones((25, 25), np.uint8)).astype(bool) & ~body
        edge = cv2.GaussianBlur(scene.image, (0, 0), 1)
        contrasts.append(abs(edge[body].mean() - edge[around].mean()) + edge[body].std())
    assert np.median(contrasts) > 0.05


def test_the_core_of_an_invading_spheroid_is_the_body_without_its_protrusions():
    for seed in range(5):
        scene = render_scene(seed, kind="invading")
        assert not (scene.core & (scene.labels == 0)).any()
        assert 0.2 < scene.core.sum() / (scene.labels > 0).sum() < 1


def test_debris_around_a_disintegrating_spheroid_is_no_object():
    assert all(render_scene(seed, kind="disintegrating").labels.max() == 1 for seed in range(6))


def test_touching_spheroids_touch():
    pairs = 0
    for seed in range(8):
        labels = render_scene(seed, kind="touching").labels
        right, down = labels[:, 1:] != labels[:, :-1], labels[1:] != labels[:-1]
        pairs += bool((right & (labels[:, 1:] > 0) & (labels[:, :-1] > 0)).any())
        pairs += bool((down & (labels[1:] > 0) & (labels[:-1] > 0)).any())
    assert pairs >= 12


def test_an_example_has_camera_counts_and_a_pixel_size():
    image, labels, pixel_size_um = render_example(3, "nuclei", (200, 300))
    assert image.shape == labels.shape == (200, 300)
    assert image.dtype in (np.uint8, np.uint16)
    assert pixel_size_um == 0.65


def test_an_unknown_kind_is_refused_by_name():
    with pytest.raises(ParameterError, match="banana"):
        render_scene(0, kind="banana")


def test_rendering_needs_no_torch():
    code = "import sys, spheroseg.training.synthetic, spheroseg.training.augment; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_clumps_of_single_cells_are_seen_and_not_labelled():
    for seed in range(4):
        scene = render_scene(seed, (192, 192), "shedding", "brightfield")
        assert 1 <= scene.labels.max() <= 7


def test_a_well_that_is_whole_in_view_hides_no_spheroid():
    plane = np.full((200, 240), 0.6, np.float32)
    labels = np.zeros(plane.shape, np.uint16)
    labels[80:120, 90:150] = 1
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y, x = np.nonzero(labels)
        seen = plate_well(rng, plane, labels)
        corner = seen[:12, :12]
        assert np.isfinite(seen).all()
        assert np.ptp(seen[y, x]) < 0.6  # shading, no wall
        assert abs(float(corner.mean()) - 0.6) > 0.001
