"""The service as a value: projects, uploads, runs, tables, files."""

from __future__ import annotations

import tempfile
import time
import uuid
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx

from spheroseg.client.answers import Changes, Project, Run
from spheroseg.client.connection import Connection, ServiceError, check
from spheroseg.client.folders import send_folder
from spheroseg.client.uploads import (
    RESUMABLE_BYTES,
    UploadedImage,
    batches_of,
    files_of,
    send_form,
    send_resumable,
)
from spheroseg.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""

_POLL_S = (0.2, 0.5, 1.0, 2.0)


class Client:
    """A connection to a service.

    Args:
        url: of the service, such as "http://127.0.0.1:8000".
        token: a personal token ("sph_…"); without one, `sign_in`.
        timeout_s: for one answer.
        transport: of httpx, for special networks.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._service = Connection(url, token, timeout_s, transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._service.http.close()

    def sign_up(self, email: str, password: str) -> None:
        """Make an account.

        Raises:
            ServiceError: sign-up is closed, the address is taken, the password is weak.
        """
        self._service.ask("POST", "/auth/sign-up", json={"email": email, "password": password})

    def sign_in(self, email: str, password: str) -> None:
        """Begin a session; it is continued by itself as long as this object lives.

        Raises:
            ServiceError: address or password are wrong.
        """
        answer = self._service.ask(
            "POST", "/auth/sign-in", json={"email": email, "password": password, "cookies": False}
        ).json()
        self._service.keep(answer)

    def create_project(self, name: str, pixel_size_um: float | None = None, **more: Any) -> Project:  # noqa: ANN401 -- fields of the API
        """Make a project.

        Args:
            name: of the project.
            pixel_size_um: for images that state none.
            more: further fields of the API: kind, region, description, filename_pattern.
        """
        answer = self._service.ask(
            "POST", "/projects", json={"name": name, "pixel_size_um": pixel_size_um, **more}
        ).json()
        return _made(Project, answer)

    def projects(self) -> list[Project]:
        """The projects that the account can see."""
        return [_made(Project, answer) for answer in self._service.pages("/projects")]

    def upload(
        self, project: Project | str, paths: Iterable[Path | str] | Path | str, progress: Progress | None = None
    ) -> list[UploadedImage]:
        """Upload image files; folders are gone through. What the project has already is not doubled.

        Args:
            project: the project or its id.
            paths: files and folders.
            progress: called after each batch.

        Raises:
            ServiceError: a file is refused; those of earlier batches are there.
            ParameterError: there is no such file, or none at all.
        """
        files = list(files_of(paths))
        if not files:
            raise ParameterError("there is nothing to upload")
        uploaded: list[UploadedImage] = []
        for batch in batches_of(files):
            if batch[0][0].stat().st_size > RESUMABLE_BYTES:
                uploaded += [send_resumable(self._service, _id(project), *batch[0])]
            else:
                uploaded += send_form(self._service, _id(project), batch)
            if progress is not None:
                progress(len(uploaded), len(files))
        return uploaded

    def unreadable(self, project: Project | str, uploaded: Sequence[UploadedImage]) -> list[dict[str, Any]]:
        """Images of uploaded files that cannot be read, with `name`, `series` and `failure_reason`; waits until all were tried."""
        self._wait_prepared(_id(project))
        ids, names = {image.id for image in uploaded}, {image.name for image in uploaded}
        failed = self._service.pages(f"/projects/{_id(project)}/images", state="failed")
        return [image for image in failed if image["id"] in ids or (image["series"] > 0 and image["name"] in names)]

    def upload_folder(
        self, project: Project | str, folder: Path | str, progress: Progress | None = None
    ) -> dict[str, Any]:
        """Upload a folder whose files belong together (a plate, OME-TIFF sets, OME-Zarr, images with an index beside them).

        Returns:
            What the service understood (`found`) and how many images it made of it (`n_added`).

        Raises:
            ServiceError: a file is refused, or there is no image among them.
            ParameterError: there is no such folder, or nothing in it.
        """
        return send_folder(self._service, _id(project), Path(folder), progress)

    def segment(
        self,
        project: Project | str,
        model: str | None = None,
        *,
        image_ids: Sequence[str] | None = None,
        **parameters: Any,  # noqa: ANN401 -- parameters of the API
    ) -> Run:
        """Start a run over a project, or over some of its images, when they are prepared.

        Args:
            project: the project or its id.
            model: a model's name; None takes the default.
            image_ids: None for all.
            parameters: diameter_um, diameter_px, threshold, accurate, channel, z.

        Raises:
            ServiceError: there is no such model, or no image that can be segmented.
        """
        self._wait_prepared(_id(project))
        body = {"model": model, "parameters": parameters, "image_ids": None if image_ids is None else list(image_ids)}
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return _made(
            Run, self._service.ask("POST", f"/projects/{_id(project)}/runs", json=body, headers=headers).json()
        )

    def run(self, run: Run | str) -> Run:
        """How far a run is."""
        return _made(Run, self._service.ask("GET", f"/runs/{_id(run)}").json())

    def cancel(self, run: Run | str) -> Run:
        """Stop a run."""
        return _made(Run, self._service.ask("POST", f"/runs/{_id(run)}/cancel").json())

    def wait(self, run: Run | str, timeout_s: float | None = None, progress: Progress | None = None) -> Run:
        """Wait until a run is over.

        Args:
            run: the run or its id.
            timeout_s: give up after so long; None waits for ever.
            progress: called with the frames that ended and all frames.

        Raises:
            TimeoutError: it is not over in time; it goes on.
        """
        for _ in _moments(timeout_s):
            found = self.run(run)
            if progress is not None:
                progress(found.n_done + found.n_failed + found.n_cancelled, found.n_items)
            if found.is_over:
                return found
        raise TimeoutError(f"the run is not over after {timeout_s:g} s; it goes on")

    def failures(self, run: Run | str) -> list[dict[str, Any]]:
        """Frames of a run that failed, with `image_id`, `error_code` and `error_reason`."""
        return list(self._service.pages(f"/runs/{_id(run)}/results", state="failed"))

    def changes(self, project: Project | str, since: str = "") -> Changes:
        """The images that changed, for a script that keeps up with a project without reading all of it again.

        Args:
            project: the project or its id.
            since: `since` of the last answer; "" for everything. What changed at that very moment may come twice, and is never missed.
        """
        images: dict[str, dict[str, Any]] = {}
        removed: dict[str, None] = {}
        is_complete = False
        while not is_complete:
            query = {"since": since}
            page = self._service.ask("GET", f"/projects/{_id(project)}/changes", params=query).json()
            images |= {image["id"]: image for image in page["images"]}
            removed |= dict.fromkeys(page["removed"])
            since, is_complete = page["since"], page["is_complete"]
        return Changes(tuple(images.values()), tuple(removed), since)

    def history(self, project: Project | str) -> Iterator[dict[str, Any]]:
        """What was changed in a project, when and by whom, the newest first, each as the API says it; for its editors."""
        return self._service.pages(f"/projects/{_id(project)}/log")

    def objects(self, project: Project | str) -> pd.DataFrame:
        """Every object that a project shows with its measures, one row each, as the web page's table."""
        import pandas as pd  # noqa: PLC0415 -- loads slowly

        tables, cursor = [], None
        while True:
            params = {"limit": 5000} | ({"cursor": cursor} if cursor else {})
            answer = self._service.ask("GET", f"/projects/{_id(project)}/objects", params=params).json()
            tables.append(pd.DataFrame(answer["rows"], columns=answer["columns"]))
            cursor = answer["next_cursor"]
            if cursor is None:
                break
        filled = [table for table in tables if len(table)]
        return pd.concat(filled, ignore_index=True) if filled else tables[0]

    def download_table(
        self,
        project: Project | str,
        path: Path | str,
        *,
        columns: Sequence[str] | None = None,
        sort: str | None = None,
        **more: Any,  # noqa: ANN401 -- fields of the API
    ) -> Path:
        """Fetch the objects that a project shows as one file.

        Args:
            project: the project or its id.
            path: of the file to write; .csv or .xlsx.
            columns: in this order; None for all.
            sort: a column; what is not known comes last.
            more: further fields of the API: descending, well, plate, class_name, flag, where (["area_um2:ge:1000"]),
                include_excluded.

        Raises:
            ServiceError: there is no such column, or a condition makes no sense.
            ParameterError: the file is neither .csv nor .xlsx.
        """
        target = Path(path)
        kind = target.suffix.lower().removeprefix(".")
        if kind not in {"csv", "xlsx"}:
            raise ParameterError(f"a table is a .csv or .xlsx file, not {target.name}")
        wanted = {"format": kind, "columns": None if columns is None else list(columns), "sort": sort, **more}
        answer = self._service.ask("POST", f"/projects/{_id(project)}/table", json=wanted)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(answer.content)
        return target

    def to_review(
        self, project: Project | str, *, order: str = "next", state: str = "unreviewed"
    ) -> Iterator[dict[str, Any]]:
        """Frames to look at, each as the API says it (image_id, image, frame, result_id, flags, min_confidence …).

        Args:
            project: the project or its id.
            order: "next", "least_confident" or "flagged".
            state: "unreviewed", "accepted" or "excluded".
        """
        return self._service.pages(f"/projects/{_id(project)}/review", order=order, state=state)

    def review_order(self, project: Project | str, *, limit: int = 200, **view: Any) -> dict[str, Any]:  # noqa: ANN401 -- of the API
        """Which outlines of a plate to look at first: those that move an IC50 most, as the API says it.

        Args:
            project: the project or its id.
            limit: how many frames at most.
            view: how the plate is analysed, as the API takes it: response, time_h, relative, per_well …
        """
        path = f"/projects/{_id(project)}/analysis/review-order"
        return dict(self._service.ask("GET", path, params=view | {"limit": limit}).json())

    def review(self, image_id: str, state: str, *, frame: int = 0, reason: str | None = None, note: str = "") -> None:
        """Accept what a frame shows ("accepted"), leave the frame out ("excluded", with a reason) or take it back.

        Args:
            image_id: of the image.
            state: "accepted", "excluded" or "unreviewed".
            frame: time point.
            reason: of an exclusion: out_of_focus, debris, wrong_outline, empty, damaged, other.
            note: for people.
        """
        wanted = {"state": state, "reason": reason, "note": note}
        self._service.ask("PUT", f"/images/{image_id}/frames/{frame}/review", json=wanted)

    def download(
        self,
        project: Project | str,
        out: Path | str,
        formats: Sequence[str] = ("csv",),
        *,
        timeout_s: float = 3600,
    ) -> list[Path]:
        """Fetch a project's results as files.

        Args:
            project: the project or its id.
            out: folder for the files; it is made.
            formats: of `spheroseg.records.RESULT_FORMATS`.
            timeout_s: how long the service may take to make them.

        Returns:
            The files.

        Raises:
            ServiceError: an unknown format, or the service could not make the files.
            TimeoutError: they are not ready in time.
        """
        answer = self._service.ask("POST", f"/projects/{_id(project)}/exports", json={"formats": list(formats)}).json()
        for _ in _moments(timeout_s):
            answer = self._service.ask("GET", f"/exports/{answer['id']}").json()
            if answer["state"] == "failed":
                raise ServiceError(0, "export_failed", answer["error_reason"] or "the export could not be made")
            if answer["state"] == "done":
                return self._fetch(f"/exports/{answer['id']}/file", Path(out))
        raise TimeoutError(f"the files are not ready after {timeout_s:g} s")

    def _fetch(self, path: str, out: Path) -> list[Path]:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile() as file:
            with self._service.http.stream("GET", path) as response:
                if response.status_code >= 400:
                    response.read()
                check(response)
                for piece in response.iter_bytes():
                    file.write(piece)
            with zipfile.ZipFile(file) as archive:
                names = [name for name in archive.namelist() if _is_inside(name)]
                archive.extractall(out, names)
        return [out / name for name in names]

    def _wait_prepared(self, project_id: str) -> None:
        for _ in _moments(None):
            counts = self._service.ask("GET", f"/projects/{project_id}/summary").json()
            if not counts["by_state"].get("processing"):
                return


def _made(kind: type[T], answer: dict[str, Any]) -> T:
    """A dataclass from an answer that says more than it."""
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # only dataclasses are given
    return kind(**{key: value for key, value in answer.items() if key in names})


def _id(thing: Project | Run | str) -> str:
    return thing if isinstance(thing, str) else thing.id


def _moments(timeout_s: float | None) -> Iterator[None]:
    """Moments to look again: soon at first, then every two seconds, until the time is over."""
    started = time.monotonic()
    for number in range(10**9):
        yield
        if timeout_s is not None and time.monotonic() - started > timeout_s:
            return
        time.sleep(_POLL_S[min(number, len(_POLL_S) - 1)])


def _is_inside(name: str) -> bool:
    """Whether a member of an archive stays in the folder that it is unpacked to."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name
