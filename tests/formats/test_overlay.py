import numpy as np
import pytest
from PIL import Image as Picture

from spheroseg.errors import ParameterError
from spheroseg.formats.overlay import COLOURS, draw_overlay, overlay_picture, write_overlay
from spheroseg.geometry import Polygons, trace
from spheroseg.imaging import Image


def image_of(height, width):
    return Image(data=np.full((1, 1, 1, height, width), 100, np.uint16))


def squares(height, width, side, gap):
    labels = np.zeros((height, width), np.uint16)
    n = 0
    for top in range(gap, height - side, side + gap):
        for left in range(gap, width - side, side + gap):
            n += 1
            labels[top : top + side, left : left + side] = n
    return labels


def share_of(picture, colour):
    return (np.abs(picture.astype(int) - colour).sum(axis=2) < 30).mean()


@pytest.mark.parametrize(
    ("height", "width", "scale"), [(40, 40, 20), (150, 200, 6), (1024, 1024, 1), (5000, 3000, 0.8192), (10, 4000, 1)]
)
def test_small_images_are_enlarged_and_large_ones_reduced(height, width, scale):
    labels = np.zeros((height, width), np.uint8)
    labels[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = 1
    picture = overlay_picture(image_of(height, width), trace(labels))
    assert picture.shape == (round(height * scale), round(width * scale), 3)
    assert picture.dtype == np.uint8


def test_images_of_small_objects_are_enlarged_until_numbers_fit():
    picture = overlay_picture(image_of(500, 500), trace(squares(500, 500, 12, 8)))
    assert picture.shape == (1500, 1500, 3)


def test_outlines_lie_on_the_pixel_edges():
    # a square from 20 to 60 at scale 10: its sides are at 200 and 600
    labels = np.zeros((80, 80), np.uint8)
    labels[20:60, 20:60] = 1
    picture = draw_overlay(np.zeros((800, 800), np.uint8), trace(labels), scale=10, show_ids=False)
    rows, columns = np.nonzero(picture.sum(axis=2) > 200)
    for values in (rows, columns):
        assert values.min() == pytest.approx(199.5, abs=1.5)
        assert values.max() == pytest.approx(599.5, abs=1.5)


def test_every_object_has_a_line_of_its_colour_and_cores_are_white():
    labels = squares(120, 200, 20, 10)
    lines = draw_overlay(np.zeros((480, 800), np.uint8), trace(labels), scale=4, show_ids=False)
    for colour in COLOURS:
        assert share_of(lines, colour) > 0.005
    cores = draw_overlay(np.zeros((480, 800), np.uint8), trace(labels, class_name="core"), scale=4, show_ids=False)
    assert share_of(cores, (255, 255, 255)) > 0.03


def test_lines_are_seen_on_black_and_on_white():
    labels = squares(120, 200, 20, 10)
    for value in (0, 255):
        background = np.full((120, 200), value, np.uint8)
        difference = draw_overlay(background, trace(labels), show_ids=False).astype(int) - value
        assert (np.abs(difference).sum(axis=2) > 150).mean() > 0.05


def test_numbers_are_drawn_in_the_middle_or_beside_small_objects():
    large = np.zeros((300, 300), np.uint16)
    large[50:250, 50:250] = 7
    empty = np.zeros((300, 300), np.uint8)
    with_ids = draw_overlay(empty, trace(large)).astype(int)
    without = draw_overlay(empty, trace(large), show_ids=False).astype(int)
    rows, columns = np.nonzero(np.abs(with_ids - without).sum(axis=2))
    assert abs(rows.mean() - 150) < 10
    assert abs(columns.mean() - 150) < 10
    small = np.zeros((300, 300), np.uint16)
    small[150:156, 150:156] = 1234
    changed = np.abs(draw_overlay(empty, trace(small)).astype(int) - draw_overlay(empty, trace(small), show_ids=False))
    rows, _ = np.nonzero(changed.sum(axis=2))
    assert rows.max() < 150


def test_numbers_stay_inside_the_picture():
    corner = np.zeros((100, 100), np.uint16)
    corner[0:3, 0:3] = 8888
    empty = np.zeros((100, 100), np.uint8)
    changed = np.abs(
        draw_overlay(empty, trace(corner)).astype(int) - draw_overlay(empty, trace(corner), show_ids=False)
    )
    assert (changed.sum(axis=2) > 0).sum() > 100


def test_the_picture_that_was_given_is_left_alone():
    picture = np.zeros((50, 50, 3), np.uint8)
    draw_overlay(picture, trace(np.ones((40, 40), np.uint8)))
    assert picture.sum() == 0


def test_no_objects_no_lines(tmp_path):
    write_overlay(image_of(30, 40), Polygons.from_list([]), tmp_path / "a.png")
    with Picture.open(tmp_path / "a.png") as picture:
        assert picture.size == (1040, 780)


@pytest.mark.parametrize("bad", [np.zeros((5, 5)), np.zeros((5, 5, 4), np.uint8), np.zeros(5, np.uint8)])
def test_what_is_no_picture_is_refused(bad):
    with pytest.raises(ParameterError, match="uint8"):
        draw_overlay(bad, Polygons.from_list([]))
