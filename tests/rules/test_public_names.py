"""Each room says in `__all__` what it offers, and all of it is documented."""

import importlib
import inspect

import pytest

ROOMS = ["imaging", "segmentation", "geometry", "measurement", "analysis", "formats"]


@pytest.mark.parametrize("room", ROOMS)
def test_public_names_exist_and_are_documented(room: str) -> None:
    module = importlib.import_module(f"spheroseg.{room}")
    assert module.__all__, f"{room} offers nothing"
    for name in module.__all__:
        thing = getattr(module, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), f"{room}.{name} has no docstring"


def test_top_level_names() -> None:
    sg = importlib.import_module("spheroseg")
    assert set(sg.__all__) == {
        "Segmentation",
        "__version__",
        "measure",
        "rasterise",
        "read_image",
        "read_plate",
        "segment",
        "trace",
    }
    for name in sg.__all__:
        assert getattr(sg, name) is not None
