"""The batch itself: files to worker processes, results to the folder, faults kept to the file they belong to."""

from __future__ import annotations

import multiprocessing
import os
import platform
import signal
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from spheroseg.batch.dask_cluster import outcomes_of_cluster
from spheroseg.batch.folder import ResultsFolder
from spheroseg.batch.inputs import InputFile
from spheroseg.batch.outlines import write_outlines
from spheroseg.batch.process import FileOutcome, ProcessOptions, fingerprint, process_file, start_worker
from spheroseg.formats.parts.files import discard_unfinished
from spheroseg.pipeline import Parameters, model_identity
from spheroseg.records import RESULT_PATHS, ResultFormat, RunCard

#: formats of outlines that are written for all images at the end, from the masks and tables
OUTLINE_FORMATS: tuple[ResultFormat, ...] = ("coco", "geojson", "imagej", "yolo")


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a batch is run and what it writes.

    Attributes:
        out: the results folder.
        process: what is written for each file.
        workers: processes that work side by side.
        resume: continue the run that is in `out`.
        dask: address of a Dask scheduler whose workers do the work; "" for processes of this machine.
    """

    out: Path
    process: ProcessOptions = field(default_factory=ProcessOptions)
    workers: int = 1
    resume: bool = False
    dask: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the batch stands, told after every file."""

    done: int
    total: int
    failed: int
    file: InputFile
    error: str


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What came out of a batch.

    Attributes:
        n_files, n_skipped, n_images, n_objects: counts; skipped files were finished by an earlier run.
        errors: (file, reason) of each input that failed.
        errors_of_outputs: (file, reason) of each table or outline file that could not be written.
        notes: what a person should know besides: what a format cannot hold, files that are no longer in the run.
        interrupted: True when it was stopped before its end; what is finished is in the tables.
        seconds: wall time.
    """

    n_files: int
    n_skipped: int
    n_images: int
    n_objects: int
    errors: tuple[tuple[str, str], ...]
    errors_of_outputs: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    interrupted: bool
    seconds: float


def run_batch(
    files: Sequence[InputFile],
    parameters: Parameters,
    options: BatchOptions,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> BatchSummary:
    """Outline and measure every file; a file that fails is recorded and the rest goes on.

    Ctrl-C (SIGINT) and SIGTERM end the batch in order: files in work are dropped, finished ones are put
    into the tables, `interrupted` is set.

    Raises:
        ParameterError: the results folder cannot be used.
        ModelError: the model is missing or damaged.
    """
    start = time.monotonic()
    folder = ResultsFolder(options.out)
    card = run_card(parameters, options)
    folder.begin(card, resume=options.resume)
    waiting = [file for file in files if not _is_finished(folder, file, options)]
    errors: list[tuple[str, str]] = []
    gone = folder.no_longer_wanted([file.name for file in files])
    notes = [f"{len(gone)} files of the earlier run are not among the inputs: {_some(gone)}; left out"] if gone else []
    for file in waiting:
        folder.forget(file.name)
    folder.set_aside()
    interrupted = False
    try:
        with _sigterm_as_interrupt(), closing(_outcomes(waiting, parameters, options)) as outcomes:
            for done, (file, outcome) in enumerate(outcomes, 1):
                unwritten = folder.finish(file, outcome.fingerprint, outcome.images, outcome.objects, outcome.error)
                if outcome.error or unwritten:
                    reason = outcome.error or f"done, but --resume will do it again: {unwritten}"
                    errors.append((file.relative, reason))
                on_progress(Progress(done, len(waiting), len(errors), file, outcome.error))
    except KeyboardInterrupt:
        interrupted = True
        discard_unfinished(options.out)  # by workers that were ended in the middle of a file
    suffixes = [".csv", *(f".{name}" for name in ("xlsx", "parquet") if name in options.process.formats)]
    names = [file.name for file in files]
    assembled = folder.assemble(names, card, suffixes)
    unwritten_files = list(assembled.errors)
    for name in OUTLINE_FORMATS:
        if name in options.process.formats:
            report, reason = write_outlines(folder, names, name, card)
            unwritten_files += [(RESULT_PATHS[name], reason)] if reason else []
            notes += [f"{RESULT_PATHS[name]}: {line}" for line in report.lines()[1:]]
    return BatchSummary(
        n_files=len(files),
        n_skipped=len(files) - len(waiting),
        n_images=assembled.n_images,
        n_objects=assembled.n_objects,
        errors=tuple(errors),
        errors_of_outputs=tuple(unwritten_files),
        notes=tuple(notes),
        interrupted=interrupted,
        seconds=time.monotonic() - start,
    )


def _is_finished(folder: ResultsFolder, file: InputFile, options: BatchOptions) -> bool:
    return options.resume and folder.is_finished(file, fingerprint(file))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")


def run_card(parameters: Parameters, options: BatchOptions) -> RunCard:
    """Everything that decides the numbers of a batch."""
    return RunCard.now(
        model_identity(parameters.model),
        asdict(parameters),
        options={
            "region": options.process.region,
            "filename_pattern": options.process.filename_pattern,
            **({"axes": options.process.axes} if options.process.axes else {}),
            **({"interval_s": options.process.interval_s} if options.process.interval_s else {}),
        },
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=f"{platform.system()} {platform.machine()}",
    )


def _outcomes(
    files: Sequence[InputFile], parameters: Parameters, options: BatchOptions
) -> Generator[tuple[InputFile, FileOutcome]]:
    if options.dask:
        if files:
            yield from outcomes_of_cluster(options.dask, files, parameters, options.process, options.out)
        return
    if options.workers == 1 or len(files) <= 1:
        start_worker(threads=os.cpu_count() or 1, ignore_interrupt=False)
        for file in files:
            yield file, process_file(file, parameters, options.out, options.process)
        return
    suspects: list[InputFile] = []
    remaining = list(files)
    while remaining:
        unfinished: list[InputFile] = []
        yield from _side_by_side(remaining, parameters, options, unfinished)
        # a worker died: one of the files that were in work is to blame; each gets a process to itself
        suspects, remaining = unfinished[: options.workers * 2], unfinished[options.workers * 2 :]
        for file in suspects:
            yield file, _alone(file, parameters, options)


def _side_by_side(
    files: Sequence[InputFile], parameters: Parameters, options: BatchOptions, unfinished: list[InputFile]
) -> Iterator[tuple[InputFile, FileOutcome]]:
    """Yield outcomes as they come; when a worker dies, leave the files without one in `unfinished`."""
    pool = _pool(options.workers)
    queue = list(reversed(files))
    running: dict[Future[FileOutcome], InputFile] = {}
    try:
        while queue or running:
            # a short queue ahead of the workers: memory stays bounded, and an interrupt drops little work
            while queue and len(running) < options.workers * 2:
                file = queue.pop()
                running[pool.submit(process_file, file, parameters, options.out, options.process)] = file
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                outcome = future.result()
                yield running.pop(future), outcome
    except BrokenProcessPool:
        unfinished.extend([*running.values(), *reversed(queue)])
    finally:
        for process in list((pool._processes or {}).values()):  # noqa: SLF001 -- the pool offers no way to end a running task
            process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)


def _alone(file: InputFile, parameters: Parameters, options: BatchOptions) -> FileOutcome:
    try:
        with _pool(1) as pool:
            return pool.submit(process_file, file, parameters, options.out, options.process).result()
    except BrokenProcessPool:
        reason = "the process that worked on it died (out of memory, or killed)"
        return FileOutcome.failure(file, fingerprint(file), reason)


def _pool(workers: int) -> ProcessPoolExecutor:
    # spawn: a forked child would inherit the engines' threads in an undefined state
    return ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=start_worker,
        initargs=(max(1, (os.cpu_count() or 1) // workers), True),
    )


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        previous = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread: the caller handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
