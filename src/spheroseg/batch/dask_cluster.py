"""The batch on a Dask cluster: workers on other machines outline and measure, the leader keeps the results folder.

A worker gets one file at a time, from a folder that all machines see at the same path or from a bucket, and sends back the
rows of its objects and the files that were made of it. So only the leader writes, and what is true of a batch of one machine
(nothing half written, `--resume`) is true here. A worker that dies costs the files that it had in hand: Dask gives them to others.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.parquet as pq

from spheroseg.batch.inputs import InputFile
from spheroseg.batch.process import FileOutcome, ProcessOptions, fingerprint, process_file
from spheroseg.errors import ParameterError, SpheroSegError
from spheroseg.formats.parts.files import replacing
from spheroseg.pipeline import Parameters, model_identity, set_threads
from spheroseg.records import ModelIdentity
from spheroseg.version import __version__

if TYPE_CHECKING:
    from distributed import Client

CONNECT_S = 20
AHEAD = 2
"""Files that wait at each thread of a worker: it never idles, and memory and what a death costs stay small."""


@dataclass(frozen=True, slots=True)
class Work:
    """What every file of a batch has in common, and who leads it."""

    parameters: Parameters
    options: ProcessOptions
    version: str
    model: ModelIdentity


@dataclass(frozen=True, slots=True)
class Made:
    """What a worker made of one file: its rows, and its files by path below the results folder."""

    outcome: FileOutcome
    files: dict[str, bytes]


@contextlib.contextmanager
def connected(address: str) -> Iterator[Client]:
    """A connection to a cluster that can work for us.

    Raises:
        ParameterError: Dask is not installed, nobody answers, there are no workers, or they have another SpheroSeg.
    """
    try:
        from distributed import Client  # noqa: PLC0415 -- an optional part
    except ImportError:
        raise ParameterError(
            "--dask needs an optional part that is not installed here: pip install 'spheroseg[dask]'"
        ) from None
    try:
        client = Client(address, timeout=CONNECT_S)
    except (OSError, ValueError, TypeError) as error:
        raise ParameterError(f"--dask {address}: no Dask scheduler answers there ({type(error).__name__})") from error
    try:
        if not client.scheduler_info(n_workers=-1)["workers"]:
            raise ParameterError(f"--dask {address}: the scheduler has no workers")
        try:
            versions = client.run(installed_version)
        except Exception as error:
            raise ParameterError(f"--dask {address}: SpheroSeg cannot be used on its workers: {error}") from error
        for worker, version in versions.items():
            if version != __version__:
                raise ParameterError(
                    f"--dask {address}: worker {worker} has SpheroSeg {version}, this is {__version__}"
                )
        yield client
    finally:
        client.close(timeout=5)


def installed_version() -> str:
    """Runs on a worker."""
    return __version__


def outcomes_of_cluster(
    address: str, files: Sequence[InputFile], parameters: Parameters, options: ProcessOptions, out: Path
) -> Iterator[tuple[InputFile, FileOutcome]]:
    """Give the files to a cluster and yield their outcomes as they come; what they made is in `out` then.

    Raises:
        ParameterError: see `connected`.
    """
    with connected(address) as client:
        from distributed import as_completed  # noqa: PLC0415 -- an optional part

        work = Work(parameters, options, __version__, model_identity(parameters.model))
        shared = client.scatter(work, broadcast=True, hash=False)
        waiting = list(reversed(files))
        at_work: dict[Any, InputFile] = {}
        running = as_completed()

        def submit() -> None:
            file = waiting.pop()
            future = client.submit(work_on, file, shared, pure=False)
            at_work[future] = file
            running.add(future)

        def fill() -> None:
            room = AHEAD * max(1, sum(client.nthreads().values()))  # workers come and go
            while waiting and len(at_work) < room:
                submit()

        fill()
        for future in running:
            file = at_work.pop(future)
            yield file, _outcome(future, file, out)
            future.release()
            fill()


def _outcome(future: Any, file: InputFile, out: Path) -> FileOutcome:  # noqa: ANN401 -- a future of an optional part
    from distributed import CancelledError, KilledWorker  # noqa: PLC0415 -- an optional part

    mark = fingerprint(file)
    try:
        made: Made = future.result()
        for name, content in made.files.items():
            with replacing(out / name) as temporary:
                temporary.write_bytes(content)
    except KilledWorker:
        return FileOutcome.failure(
            file, mark, "the workers that worked on it died, one after the other (out of memory?)"
        )
    except CancelledError:
        return FileOutcome.failure(file, mark, "the Dask scheduler was lost; --resume does it again")
    except OSError as error:
        return FileOutcome.failure(file, mark, str(error.strerror or error))
    except SpheroSegError as error:
        return FileOutcome.failure(file, mark, str(error))
    return replace(made.outcome, fingerprint=mark)


def work_on(file: InputFile, work: Work) -> Made:
    """Runs on a worker: one file, into a folder of its own, and that folder's content.

    Raises:
        ParameterError: this worker cannot see the file, or has another SpheroSeg or model than the leader.
    """
    _prepare()
    if work.version != __version__ or model_identity(work.parameters.model) != work.model:
        raise ParameterError(
            "a Dask worker has another version of SpheroSeg or of the model than the machine that leads"
        )
    if not file.url and not file.path.exists():
        raise ParameterError(
            f"{file.path} is not on the worker's machine: the folder has to be seen by all machines at one path, or be a bucket"
        )
    with tempfile.TemporaryDirectory(prefix="spheroseg-dask-") as folder:
        out = Path(folder)
        outcome = process_file(file, work.parameters, out, work.options)
        made = {
            path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()
        }
    return Made(outcome, made)


@lru_cache(maxsize=1)
def _prepare() -> None:
    # a Dask thread stands for a core
    set_threads(1)


def columns_of_cluster(address: str) -> Callable[[Path, Sequence[str]], pd.DataFrame]:
    """A reader of Parquet columns whose row groups are read and unpacked side by side by a cluster's workers.

    The rows come in the file's order, so that whatever is calculated from them is the same as without a cluster.

    Args:
        address: of the scheduler; the workers see the file at the same path.
    """

    def read(path: Path, columns: Sequence[str]) -> pd.DataFrame:
        pieces = [
            (str(one), group)
            for one in ([path] if path.is_file() else sorted(path.rglob("*.parquet")))
            for group in range(pq.read_metadata(one).num_row_groups)
        ]
        with connected(address) as client:
            tables: list[pd.DataFrame] = client.gather(
                client.map(_row_group, pieces, columns=list(columns), pure=False)
            )
        return pd.concat(tables, ignore_index=True)

    return read


def _row_group(piece: tuple[str, int], columns: list[str]) -> pd.DataFrame:
    path, group = piece
    table: pd.DataFrame = pq.ParquetFile(path).read_row_group(group, columns=columns).to_pandas()
    return table
