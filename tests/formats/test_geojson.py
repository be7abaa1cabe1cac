import gzip
import json
import uuid

import geojson as geojson_library
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import shape

from spheroseg.formats import AnnotatedImage, Annotations, geojson
from spheroseg.geometry import trace

SQUARE = [[[1, 1], [5, 1], [5, 4], [1, 4], [1, 1]]]


def feature(geometry=None, **properties):
    return {
        "type": "Feature",
        "geometry": geometry or {"type": "Polygon", "coordinates": SQUARE},
        "properties": properties,
    }


def read_json(tmp_path, data, name="a.geojson"):
    path = tmp_path / name
    path.write_text(json.dumps(data), encoding="utf-8")
    annotations, report = geojson.read(path)
    return (annotations.images[0] if annotations.images else None), report


def test_the_geojson_library_and_shapely_find_it_valid(labels, annotate, tmp_path):
    geojson.write(annotate(labels), tmp_path / "a.geojson")
    collection = geojson_library.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    assert collection.is_valid
    assert len(collection.features) == len(np.unique(labels[labels > 0]))
    for item in collection.features:
        geometry = shape(item.geometry)
        assert geometry.is_valid
        # pixels are unit squares: the areas are equal, not close
        assert geometry.area == (labels == int(item.properties["name"])).sum()
        for polygon in getattr(geometry, "geoms", [geometry]):
            assert polygon.exterior.is_ccw  # RFC 7946: outer rings counter-clockwise, holes clockwise
            assert not any(hole.is_ccw for hole in polygon.interiors)


def test_qupath_finds_what_it_reads(tmp_path):
    labels = np.array([[1, 1, 0, 2]], np.uint16)
    measurements = pd.DataFrame(
        {"label": [1, 2], "class_name": ["spheroid"] * 2, "area_um2": [0.65, np.nan], "flags": ["a", ""]}
    )
    image = AnnotatedImage("a.tif", 4, 1, trace(labels, confidences={1: 0.5}), (0.5, 0.65), measurements)
    geojson.write(Annotations((image,)), tmp_path, object_type="detection")
    first, second = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))["features"]
    assert uuid.UUID(first["id"]) != uuid.UUID(second["id"])
    assert first["properties"]["objectType"] == "detection"
    assert first["properties"]["classification"] == {"name": "spheroid", "color": [86, 180, 233]}
    assert first["properties"]["measurements"] == {"confidence": 0.5, "area_um2": 0.65}
    assert second["properties"]["measurements"] == {}, "what has no value is left out, never 0"


def test_the_same_objects_give_the_same_file(annotate, tmp_path):
    labels = np.array([[1, 0, 2]], np.uint16)
    for name in ("a.geojson", "b.geojson"):
        geojson.write(annotate(labels), tmp_path / name)
    assert (tmp_path / "a.geojson").read_bytes() == (tmp_path / "b.geojson").read_bytes()


class TestDialects:
    @pytest.mark.parametrize(
        "wrap",
        [
            lambda item: {"type": "FeatureCollection", "features": [item]},
            lambda item: [item],
            lambda item: item,
            lambda item: item["geometry"],
            lambda item: {"type": "GeometryCollection", "geometries": [item["geometry"]]},
        ],
    )
    def test_collections_lists_features_and_bare_geometries(self, tmp_path, wrap):
        image, report = read_json(tmp_path, wrap(feature()))
        assert image.labels().sum() == 12
        assert not report.has_errors

    def test_the_size_is_that_of_the_outlines_where_nobody_says(self, tmp_path, reasons):
        image, report = read_json(tmp_path, feature())
        assert image.shape == (4, 5)
        assert "5 × 4 px hold all outlines" in reasons(report, "info")

    def test_gzip(self, tmp_path):
        (tmp_path / "a.geojson.gz").write_bytes(gzip.compress(json.dumps(feature()).encode()))
        annotations, _ = geojson.read(tmp_path / "a.geojson.gz")
        assert annotations.images[0].name == "a"

    @pytest.mark.parametrize(
        ("classification", "name"),
        [
            ({"name": "Tumor"}, "Tumor"),
            ({"names": ["Tumor", "Positive"]}, "Tumor: Positive"),
            (None, "spheroid"),
            ("Cell", "Cell"),
        ],
    )
    def test_classifications_of_each_age(self, tmp_path, classification, name):
        image, _ = read_json(tmp_path, feature(classification=classification))
        assert image.polygons.class_names == (name,)

    def test_measurements_as_a_list(self, tmp_path):
        image, _ = read_json(tmp_path, feature(measurements=[{"name": "confidence", "value": 0.5}]))
        assert image.polygons.confidences.tolist() == [0.5]

    def test_names_become_numbers_where_they_are_numbers_and_free(self, tmp_path):
        items = [feature(name=name) for name in ("7", "7", "left one", None)]
        image, _ = read_json(tmp_path, {"type": "FeatureCollection", "features": items})
        assert image.polygons.labels.tolist() == [7, 1, 2, 3]

    def test_another_plane_is_noted(self, tmp_path, reasons):
        geometry = {"type": "Polygon", "coordinates": SQUARE, "plane": {"c": -1, "z": 3, "t": 0}}
        _, report = read_json(tmp_path, feature(geometry))
        assert "lies on z 3" in reasons(report, "lost")


@pytest.mark.parametrize(
    ("item", "severity", "reason"),
    [
        (feature({"type": "Point", "coordinates": [1, 2]}), "refused", "feature 2: a Point bounds no area"),
        (feature({"type": "LineString", "coordinates": [[1, 2], [3, 4]]}), "refused", "LineString"),
        ({"type": "Feature", "geometry": None}, "refused", "without a geometry"),
        (feature({"type": "Polygon", "coordinates": []}), "refused", "empty"),
        (feature({"type": "Polygon", "coordinates": [[[1, 1], [2, 2]]]}), "refused", "fewer than three"),
        (feature({"type": "Polygon", "coordinates": [[1, 1, 2, 2]]}), "refused", "pairs of x and y"),
        (
            feature({"type": "Polygon", "coordinates": [[[1, 1], [5, 5], [5, 1], [1, 5], [1, 1]]]}),
            "repaired",
            "feature 2",
        ),
        ("text", "refused", "without a geometry"),
        ({**feature(), "nucleusGeometry": {}}, "lost", "nucleus"),
    ],
)
def test_one_bad_feature_is_noted_and_the_rest_is_read(tmp_path, reasons, item, severity, reason):
    image, report = read_json(tmp_path, {"type": "FeatureCollection", "features": [feature(), item, feature()]})
    assert reason in reasons(report, severity)
    assert len({polygon.label for polygon in image.polygons}) >= 2


@pytest.mark.parametrize("text", ['{"type": "Topology"}', "{", "[1, 2"])
def test_a_file_that_is_no_geojson_is_refused_and_the_others_are_read(tmp_path, reasons, text):
    (tmp_path / "b.geojson").write_text(text, encoding="utf-8")
    (tmp_path / "a.geojson").write_text(json.dumps(feature()), encoding="utf-8")
    annotations, report = geojson.read(tmp_path)
    assert [image.name for image in annotations.images] == ["a"]
    assert "b.geojson: is" in reasons(report, "refused")


def test_sub_pixel_outlines_keep_their_coordinates(tmp_path):
    corners = [[1.25, 1.5], [5.125, 1.5], [5.125, 4.75], [1.25, 1.5]]
    image, _ = read_json(tmp_path, feature({"type": "Polygon", "coordinates": [corners]}))
    geojson.write(Annotations((image,)), tmp_path / "b.geojson")
    again = geojson.read(tmp_path / "b.geojson")[0].images[0]
    assert shapely.Polygon(again.polygons[0].exterior).equals(shapely.Polygon(corners))
