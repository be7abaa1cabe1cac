"""The limits of docs/reference/conformance.md, on a thinner set of the same shapes."""

import importlib.util
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "conformance.md"


@pytest.fixture(scope="module")
def conformance():
    sys.path.insert(0, str(BENCH))
    try:
        spec = importlib.util.spec_from_file_location("conformance", BENCH / "conformance.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules["conformance"] = module
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(BENCH))
        sys.modules.pop("conformance", None)


STEPS = {
    "Regular polygons, drawn": 23,
    "Ellipses, drawn": 37,
    "Objects of few pixels": 1,
    "Digital discs, radius 20 to 200 px": 6,
    "Digital discs, radius 3 to 20 px": 4,
    "Digital ellipses": 24,
    "Digital rectangles": 18,
    "Pixels that are not square; holes": 9,
    "Real masks": 30,
}


@pytest.mark.parametrize("section", STEPS)
def test_no_error_is_above_its_limit(conformance, section):
    found = conformance.errors(section, STEPS[section])
    if found.empty:
        pytest.skip("the real masks are not here")
    held = 0
    for (against, measure), group in found.groupby(["against", "measure"]):
        limit = conformance.limit(section, against, measure)
        if limit is not None:
            worst = group.loc[group.error.abs().idxmax()]
            assert abs(worst.error) <= limit.worst, f"{measure} against {against}: {worst.case}, {limit.why}"
            held += 1
    assert held > 0


def test_every_section_is_tested_and_on_the_page(conformance):
    assert list(STEPS) == list(conformance.SECTIONS)
    page = PAGE.read_text(encoding="utf-8")
    for section in STEPS:
        assert f"## {section}\n" in page
    assert all(limit.why in page for limit in conformance.LIMITS)
