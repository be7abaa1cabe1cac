import json

import pytest

from spheroseg.errors import ModelError
from spheroseg.segmentation import describe_file, read_card, write_card


def change(folder, **fields):
    card = json.loads((folder / "model.json").read_text())
    card.update(fields)
    (folder / "model.json").write_text(json.dumps(card))


def test_a_card_comes_back_as_it_was_written(model_folder, tmp_path):
    card = read_card(model_folder)
    assert read_card(write_card(card, tmp_path)) == card


def test_the_network_file_is_found_and_checked(model_folder):
    assert read_card(model_folder).file(model_folder, "fp32") == model_folder / "model.onnx"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "EOF"),
        ("{", "EOF"),
        ("[]", "object"),
        ("{}", "name"),
        ('{"format": 99}', "format"),
    ],
)
def test_a_damaged_card_is_named_with_the_reason(tmp_path, text, reason):
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(ModelError, match=reason) as caught:
        read_card(tmp_path)
    assert str(tmp_path / "model.json") in str(caught.value)


def test_a_missing_card_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"model\.json: the model card cannot be read"):
        read_card(tmp_path)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"surprise": 1}, "surprise"),
        ({"outputs": ["foreground"]}, "outputs foreground and distance"),
        ({"outputs": ["foreground", "distance", "distance"]}, "named twice"),
        ({"outputs": ["distance", "edges"]}, "outputs"),
        ({"files": {}}, "fp32"),
        ({"files": {"fp32": {"path": "../model.onnx", "sha256": "0" * 64, "size_bytes": 1}}}, "path"),
        ({"threshold": 1.0}, "threshold"),
        ({"target_diameter_px": -3}, "target_diameter_px"),
        ({"native_diameter_px_range": [90, 30]}, "smaller than the second"),
        ({"confidence_calibration": [[0.5, 0.4], [0.5, 0.9]]}, "must rise"),
        ({"name": "Bad Name"}, "name"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(tmp_path, write_model, fields, reason):
    folder = write_model(tmp_path)
    change(folder, **fields)
    with pytest.raises(ModelError, match=reason):
        read_card(folder)


def test_a_replaced_network_file_is_noticed(tmp_path, write_model):
    folder = write_model(tmp_path)
    with (folder / "model.onnx").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(ModelError, match=r"model\.onnx: the file is not the one that its card describes"):
        read_card(folder).file(folder, "fp32")


def test_a_missing_network_file_is_named(tmp_path, write_model):
    folder = write_model(tmp_path)
    (folder / "model.onnx").unlink()
    with pytest.raises(ModelError, match=r"model\.onnx: the network file of model blurred-threshold cannot be read"):
        read_card(folder).file(folder, "fp32")


def test_a_precision_that_a_model_lacks_is_said(model_folder):
    with pytest.raises(ModelError, match="has no int8 file; it has fp32"):
        read_card(model_folder).file(model_folder, "int8")


def test_a_file_is_described_by_its_bytes(tmp_path):
    path = tmp_path / "a.onnx"
    path.write_bytes(b"abc")
    entry = describe_file(path)
    assert entry.size_bytes == 3
    # FIPS 180-4's own example
    assert entry.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
