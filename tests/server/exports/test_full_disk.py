"""An export for which the disk has no room ends with that reason; when there is room it is made."""

import tempfile
from pathlib import Path

import pytest
from tests.fixtures.disks import mounted


@pytest.fixture
def small_disk(tmp_path: Path):
    """A disk of 64 KiB."""
    with mounted(tmp_path / "disk", "size=64k") as folder:
        yield folder


@pytest.mark.parametrize("n_free_bytes", [0, 8_192], ids=["nothing can be collected", "the archive has no room"])
async def test_an_export_without_room_fails_with_the_reason(lab, make_png, small_disk, monkeypatch, n_free_bytes):
    alice = await lab.person()
    project_id = await lab.project(alice)
    await lab.upload(alice, project_id, A01=make_png(seed=1))
    await lab.work()
    await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    await lab.work()
    (small_disk / "ballast").write_bytes(bytes(64 * 1024 - n_free_bytes))
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    export = (await alice.post(f"/api/v1/projects/{project_id}/exports", json={"formats": ["masks", "xlsx"]})).json()
    await lab.work()
    ended = (await alice.get(f"/api/v1/exports/{export['id']}")).json()
    assert (ended["state"], ended["error_reason"]) == ("failed", "The service has no room left for it")
    assert [path.name for path in small_disk.iterdir()] == ["ballast"], "nothing half made stays"
    (small_disk / "ballast").unlink()
    monkeypatch.undo()
    again = (await alice.post(f"/api/v1/projects/{project_id}/exports", json={"formats": ["masks"]})).json()
    await lab.work()
    assert (await alice.get(f"/api/v1/exports/{again['id']}")).json()["state"] == "done"
