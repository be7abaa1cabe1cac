"""Small drawn label images that hold everything a format can get wrong, and how to make annotations of them."""

import numpy as np
import pytest

from spheroseg.formats import AnnotatedImage, Annotations
from spheroseg.geometry import Polygons, trace

DRAWINGS = {
    "hole": """
        11111...
        1...1.22
        1.1.1.22
        1...1...
        11111...""",
    "parts": """
        11..2222
        11..2..2
        ....2.22
        .1..2.2.
        ....2222""",
    "single pixels": """
        1.2.3
        .4.5.
        6.7.8""",
    "diagonal touches": """
        1.1..22
        .1...22
        1.1.2..
        33442..""",
    "whole image": """
        111
        111""",
    "one pixel image": "1",
    "hole touching a corner": """
        1111
        1.11
        11.1
        1111""",
    "nested rings": """
        1111111
        1.....1
        1.222.1
        1.2.2.1
        1.222.1
        1.....1
        1111111""",
    "empty": """
        ...
        ...""",
    "column of the last pixel": """
        ..1
        ..1
        ..1""",
}


def draw(text):
    """A label image: a digit is a label, a dot background."""
    rows = [row.strip() for row in text.strip().splitlines()]
    return np.array([[0 if cell == "." else int(cell) for cell in row] for row in rows], dtype=np.uint16)


@pytest.fixture(params=DRAWINGS, ids=str)
def labels(request):
    return draw(DRAWINGS[request.param])


@pytest.fixture
def annotate():
    """Annotations of one image from labels; more images by more labels."""

    def make(*labels, name="plate 1/A01.tif", pixel_size_um=(0.5, 0.65), confidences=None, cores=None):
        images = []
        for i, plane in enumerate(labels):
            polygons = list(trace(plane, confidences=confidences))
            if cores is not None:
                polygons += trace(cores, class_name="core")
            images.append(
                AnnotatedImage(
                    name if i == 0 else name.replace(".tif", f"_{i}.tif"),
                    plane.shape[1],
                    plane.shape[0],
                    Polygons.from_list(polygons),
                    pixel_size_um,
                )
            )
        return Annotations(tuple(images), {"model": {"name": "classical"}})

    return make


@pytest.fixture
def reasons():
    """The reasons in a report, of one severity or all, joined to one text."""

    def of(report, severity=None):
        return "\n".join(str(note) for note in report.notes if severity in {None, note.severity})

    return of
