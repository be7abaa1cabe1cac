"""Inputs in a bucket (`s3://`, `gs://`, `az://`): listed once, fetched one at a time by whoever works on them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from spheroseg.batch.inputs import InputFile, Inputs
from spheroseg.batch.names import result_names
from spheroseg.errors import ParameterError
from spheroseg.imaging import is_image_path
from spheroseg.imaging.filenames import forms_by_folder
from spheroseg.imaging.folder import natural_key

if TYPE_CHECKING:
    from obstore.store import ObjectStore

SCHEMES = ("s3://", "gs://", "az://")
_RETRIES = 6
_RETRY_FOR = timedelta(seconds=60)


def is_bucket(text: str) -> bool:
    """Whether an input is a place in a bucket, not on a disk."""
    return text.startswith(SCHEMES)


def find_in_buckets(urls: Sequence[str]) -> Inputs:
    """All images below some places in buckets, in natural order.

    Each object is an image of its own: sets of files and plate folders are understood on disks only.
    Credentials come from the usual environment variables of the cloud.

    Raises:
        ParameterError: a place cannot be read, or needs a part that is not installed.
    """
    found: dict[str, tuple[str, str]] = {}  # URL of the object → (path below the given place, mark)
    problems, left_out = [], []
    for url in urls:
        place = url.rstrip("/")
        n_others, before = 0, len(found)
        for key, mark in _listing(place):
            if is_image_path(key):
                found[f"{place}/{key}"] = key, mark
            else:
                n_others += 1
        if len(found) == before:
            problems.append(f"{url}: no images in here")
        if n_others:
            left_out.append(f"{url}: {n_others} objects that are no images are left out")
    ordered = sorted(found.items(), key=lambda item: natural_key(item[1][0]))
    names = result_names([relative for _, (relative, _) in ordered])
    forms = forms_by_folder(Path(relative) for _, (relative, _) in ordered)
    files = tuple(
        InputFile(
            path=Path(relative), name=name, relative=relative, url=url, mark=mark, forms=forms[Path(relative).parent]
        )
        for (url, (relative, mark)), name in zip(ordered, names, strict=True)
    )
    return Inputs(files, tuple(problems), tuple(left_out))


@contextmanager
def on_this_machine(file: InputFile) -> Iterator[InputFile]:
    """The input as a file of this machine while it is worked on; one that lies on a disk is it already.

    Raises:
        ParameterError: it cannot be fetched.
    """
    if not file.url:
        yield file
        return
    import obstore  # noqa: PLC0415 -- an optional part

    folder_url, _, name = file.url.rpartition("/")
    with tempfile.TemporaryDirectory(prefix="spheroseg-") as folder:
        path = Path(folder, *PurePosixPath(file.relative).parts)  # folders' names may tell the plate
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("wb") as target:
                for piece in obstore.get(_store(folder_url), name).stream(min_chunk_size=2**20):
                    target.write(piece)
        except (obstore.exceptions.BaseError, FileNotFoundError) as error:
            raise ParameterError(f"{file.url} cannot be fetched: {_first_line(error)}") from error
        yield replace(file, path=path, url="")


def _listing(place: str) -> Iterator[tuple[str, str]]:
    """Key below the place, and what tells one content from another, of each object."""
    store = _store(place)
    import obstore  # noqa: PLC0415 -- an optional part

    try:
        for entries in obstore.list(store):
            for entry in entries:
                yield entry["path"], entry["e_tag"] or f"{entry['size']}-{entry['last_modified'].timestamp()}"
    except (obstore.exceptions.BaseError, FileNotFoundError) as error:
        raise ParameterError(f"{place} cannot be listed: {_first_line(error)}") from error


@lru_cache(maxsize=64)
def _store(url: str) -> ObjectStore:
    try:
        import obstore  # noqa: PLC0415 -- an optional part
        from obstore.store import from_url  # noqa: PLC0415
    except ImportError:
        raise ParameterError(
            "buckets need an optional part that is not installed here: pip install 'spheroseg[dask]'"
        ) from None
    try:
        return from_url(url, retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRY_FOR})
    except (obstore.exceptions.BaseError, ValueError, TypeError) as error:
        raise ParameterError(f"{url} cannot be opened: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
