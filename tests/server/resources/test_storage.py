"""Storage: whole objects or none, hashed on the way, in a folder, in a bucket over HTTP, and in memory."""

import hashlib
import tracemalloc

import pytest

from spheroseg.server.resources.storage import ObjectMissing, Storage, StorageError


@pytest.fixture(params=["folder", "memory", "bucket"])
def storage(request, tmp_path):
    match request.param:
        case "folder":
            return Storage.open(str(tmp_path / "files"))
        case "memory":
            return Storage.open("memory://")
        case _:
            return Storage.open(request.getfixturevalue("bucket"))


async def pieces(n, size_bytes=1_000_000):
    for i in range(n):
        yield bytes([i % 256]) * size_bytes


@pytest.mark.parametrize("n", [0, 1, 3, 30])
async def test_what_was_put_is_there_with_its_hash(storage, n):
    expected = b"".join([piece async for piece in pieces(n)])
    stored = await storage.put("files/a", pieces(n))
    assert (stored.size_bytes, stored.sha256) == (len(expected), hashlib.sha256(expected).digest())
    assert await storage.get("files/a") == expected
    assert await storage.size_bytes("files/a") == len(expected)
    assert b"".join([piece async for piece in storage.stream("files/a")]) == expected
    if n:
        assert b"".join([piece async for piece in storage.stream("files/a", 10, 25)]) == expected[10:25]
        assert b"".join([piece async for piece in storage.stream("files/a", len(expected) - 5)]) == expected[-5:]


@pytest.mark.parametrize("n", [2, 30])
async def test_a_source_that_breaks_leaves_nothing(storage, n):
    async def broken():
        async for piece in pieces(n):
            yield piece
        raise KeyError("cut")

    with pytest.raises(KeyError):
        await storage.put("files/b", broken())
    assert not await storage.exists("files/b")
    assert [entry async for entry in storage.list("files")] == []


async def test_a_missing_object_says_so(storage):
    with pytest.raises(ObjectMissing):
        await storage.get("files/none")
    with pytest.raises(ObjectMissing):
        async with storage.as_file("files/none"):
            pass
    await storage.delete(["files/none"])


async def test_list_rename_delete(storage):
    await storage.put("uploads/x/1", b"one")
    await storage.put("uploads/y/1", b"two")
    assert sorted([entry.key async for entry in storage.list("uploads")]) == ["uploads/x/1", "uploads/y/1"]
    assert [entry.size_bytes async for entry in storage.list("uploads/x")] == [3]
    await storage.rename("uploads/x/1", "files/z")
    assert await storage.get("files/z") == b"one"
    await storage.delete(["uploads/x/1", "uploads/y/1"])
    assert [entry.key async for entry in storage.list("uploads")] == []


async def test_a_reader_that_needs_a_path_gets_one(storage):
    await storage.put("files/c", b"II*\0 and more")
    async with storage.as_file("files/c", ".tif") as path:
        assert path.suffix == ".tif"
        assert path.read_bytes() == b"II*\0 and more"
    assert not path.exists()
    assert await storage.exists("files/c")


@pytest.mark.parametrize("key", ["../etc/passwd", "/etc/passwd", "files/../x", "files//x", "", "Files/A", "files/a\0"])
async def test_a_key_that_is_none_of_ours_is_refused(storage, key):
    with pytest.raises(StorageError):
        await storage.get(key)


async def test_a_large_file_needs_little_memory(tmp_path):
    storage = Storage.open(str(tmp_path))
    tracemalloc.start()
    await storage.put("files/large", pieces(200))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 60_000_000  # of 200 MB: what waits is a few pieces, more where the disk is busy


def test_an_unknown_kind_of_storage_is_refused_without_its_secrets():
    with pytest.raises(StorageError) as refused:
        Storage.open("ftp://name:secret@host/folder")
    assert "secret" not in str(refused.value)
