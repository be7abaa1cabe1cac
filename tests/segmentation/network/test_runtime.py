import json
import os
import subprocess
import sys
import threading

import numpy as np
import onnxruntime
import pytest

from spheroseg.errors import ModelError, ParameterError
from spheroseg.segmentation import describe_file, load_model, predict
from spheroseg.segmentation.network.runtime import self_test_picture


def accept_the_file(folder):
    """Give the card the hash of the file that is there now."""
    card = json.loads((folder / "model.json").read_text())
    card["files"]["fp32"] = describe_file(folder / "model.onnx").model_dump()
    (folder / "model.json").write_text(json.dumps(card))


def test_both_engines_give_the_same_logits(model_folder):
    batch = np.random.default_rng(1).normal(size=(2, 1, 64, 96)).astype(np.float32)
    first = load_model(model_folder, runtime="openvino", threads=1).network.run(batch)
    second = load_model(model_folder, runtime="onnxruntime", threads=1).network.run(batch)
    assert first.shape == second.shape == (2, 2, 64, 96)
    assert first.dtype == second.dtype == np.float32
    # float32 sums in another order
    np.testing.assert_allclose(first, second, atol=2e-3)


def test_both_engines_give_the_same_masks(model_folder, draw_discs):
    plane = draw_discs((96, 128), [(40, 40, 20), (50, 90, 17)])
    plane = plane + np.random.default_rng(0).integers(0, 20, plane.shape, dtype=np.uint8)
    masks = [
        predict(plane, load_model(model_folder, runtime=runtime, threads=1)).labels
        for runtime in ("openvino", "onnxruntime")
    ]
    assert (masks[0] != masks[1]).mean() <= 1e-3


def test_the_record_says_what_runs(model):
    record = model.record
    assert record.runtime.startswith("openvino ")
    assert (record.precision, record.device, record.threads) == ("fp32", "cpu", 1)
    assert record.sha256 == model.card.sha256
    assert record.self_test_difference < 1e-4


@pytest.fixture
def write_both(tmp_path, write_model, write_network):
    """Writes a model with files for both precisions: `write_both()`, or one whose int8 computes something else by its gain."""

    def write(gain=12.01):
        write_model(tmp_path / "model")
        write_network(tmp_path / "model" / "model.int8.onnx", gain=gain)
        names = {"fp32": "model.onnx", "int8": "model.int8.onnx"}
        files = {precision: describe_file(tmp_path / "model" / name) for precision, name in names.items()}
        return write_model(tmp_path / "model", files=files)

    return write


def test_an_int8_file_that_computes_something_else_is_not_used(write_both, monkeypatch):
    folder = write_both(gain=-3.0)
    with pytest.raises(ModelError, match="failed the self-test"):
        load_model(folder, precision="int8", threads=1)
    monkeypatch.setenv("SPHEROSEG_FAST_INT8", "1")
    tried = load_model(folder, threads=1).record
    assert tried.precision == "fp32"
    assert any("int8" in note and "failed the self-test" in note for note in tried.notes)
    monkeypatch.setenv("SPHEROSEG_FAST_INT8", "0")
    never_tried = load_model(folder, threads=1).record
    assert never_tried.precision == "fp32"
    assert never_tried.notes == ("int8 is stated to be slow here, so fp32 is used",)


@pytest.mark.parametrize(("is_fast", "precision"), [("1", "int8"), ("0", "fp32")])
def test_a_sound_int8_file_is_taken_where_it_is_fast(is_fast, precision, write_both, monkeypatch):
    monkeypatch.setenv("SPHEROSEG_FAST_INT8", is_fast)
    assert load_model(write_both(), threads=1).record.precision == precision


def test_another_value_of_the_variable_is_refused(write_both, monkeypatch):
    monkeypatch.setenv("SPHEROSEG_FAST_INT8", "yes")
    with pytest.raises(ParameterError, match="SPHEROSEG_FAST_INT8 is 0 or 1, not 'yes'"):
        load_model(write_both(), threads=1)


def test_bytes_that_are_no_network_are_refused(tmp_path, write_model):
    write_model(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"this is no network")
    accept_the_file(tmp_path)
    with pytest.raises(ModelError, match=r"model\.onnx: this is not a network that can be run"):
        load_model(tmp_path)


def test_a_network_with_other_outputs_than_its_card_is_refused(tmp_path, write_model, write_network):
    write_model(tmp_path)
    write_network(tmp_path / "model.onnx", n_outputs=3)
    accept_the_file(tmp_path)
    with pytest.raises(ModelError, match="its card asks for"):
        load_model(tmp_path)


def test_no_threads_is_refused(model_folder):
    with pytest.raises(ParameterError, match="at least one thread"):
        load_model(model_folder, threads=0)


def test_a_device_that_is_not_here_is_said(model_folder):
    with pytest.raises(ModelError, match="cuda"):
        load_model(model_folder, device="cuda")


def test_the_libraries_of_cuda_are_loaded_from_where_pip_put_them(model_folder, monkeypatch):
    """Without it ONNX Runtime finds none, says so in its log, and computes on the processor."""
    loaded = []
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: loaded.append("cuda"))
    load_model(model_folder, device="cpu", runtime="onnxruntime")
    assert not loaded
    with pytest.raises(ModelError, match="cuda"):
        load_model(model_folder, device="cuda")
    assert loaded == ["cuda"]


def test_no_engine_reports_home(model_folder, tmp_path):
    """Both would: each keeps an id of the machine in the home, and tells its makers what is used."""
    script = (
        "import sys; from pathlib import Path; from spheroseg.segmentation import load_model\n"
        "for runtime in ('openvino', 'onnxruntime'): load_model(Path(sys.argv[1]), runtime=runtime, threads=1)"
    )
    home = tmp_path / "home"
    home.mkdir()
    named = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    subprocess.run([sys.executable, "-c", script, model_folder], env=named | {"HOME": str(home)}, check=True)
    assert {path.name for path in home.rglob("*") if path.is_file()} <= {
        "engines.json"
    }  # ours: which engine is quicker here


def test_threads_may_share_a_network(model):
    batch = self_test_picture(model.card)
    expected = model.network.run(batch)
    results: list[np.ndarray] = []

    def work():
        results.extend(model.network.run(batch) for _ in range(10))

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(results) == 30
    assert all((result == expected).all() for result in results)


def test_the_input_is_not_changed(model):
    batch = self_test_picture(model.card)
    before = batch.copy()
    model.network.run(batch)
    assert (batch == before).all()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of measurements of its own."""
    monkeypatch.delenv("SPHEROSEG_FAST_INT8", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "spheroseg" / "engines.json"


def test_the_speed_of_both_precisions_is_measured_once_and_kept(cache):
    first = load_model("spheroid", threads=1).record
    kept = json.loads(cache.read_text(encoding="utf-8"))
    assert len(kept) == 2  # its networks, the first one first
    assert all("1 threads" in key and set(times) == {"fp32", "int8"} for key, times in kept.items())
    times = next(iter(kept.values()))
    assert (first.precision == "int8") == (times["int8"] <= 0.8 * times["fp32"])
    load_model("spheroid", threads=1)
    assert json.loads(cache.read_text(encoding="utf-8")) == kept  # not measured again


@pytest.mark.parametrize(
    ("fp32", "int8", "taken"), [(100.0, 50.0, "int8"), (50.0, 100.0, "fp32"), (100.0, 90.0, "fp32")]
)
def test_what_was_measured_decides(cache, write_both, fp32, int8, taken):
    folder = write_both()
    load_model(folder, threads=1)
    kept = json.loads(cache.read_text(encoding="utf-8"))
    cache.write_text(json.dumps({key: {"fp32": fp32, "int8": int8} for key in kept}), encoding="utf-8")
    record = load_model(folder, threads=1).record
    assert record.precision == taken
    assert any("int8 does not pay here" in note for note in record.notes) == (taken == "fp32")


@pytest.mark.parametrize(
    "damage", ["", "[]", "{not json", '{"KEY": {"fp32": "fast"}}', '{"KEY": {"fp32": 0, "int8": -1}}']
)
def test_a_damaged_cache_is_measured_anew(cache, write_both, damage):
    folder = write_both()
    load_model(folder, threads=1)
    key = next(iter(json.loads(cache.read_text(encoding="utf-8"))))
    cache.write_text(damage.replace("KEY", key), encoding="utf-8")
    load_model(folder, threads=1)
    assert json.loads(cache.read_text(encoding="utf-8"))[key]["fp32"] > 0


def test_a_cache_that_cannot_be_written_stops_nothing(tmp_path, write_both, monkeypatch):
    monkeypatch.delenv("SPHEROSEG_FAST_INT8", raising=False)
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert load_model(write_both(), threads=1).record.precision in {"fp32", "int8"}
