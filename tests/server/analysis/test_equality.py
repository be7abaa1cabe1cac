"""The example plate, once by the command line and once by the service: outlined, analysed and reported with the same numbers."""

import asyncio
import difflib
import io
import itertools
import re
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest

TABLES = ("plate", "growth", "dose_response", "series", "curves", "quality", "comparison", "review_order")
NOT_THE_SAME = {
    "image",
    "review",
}  # the service's answers hold ids of images and beside them names, and it knows of each whether somebody looked at it
VIEWS: tuple[tuple[str, ...], ...] = (
    (),
    ("--response", "growth-rate", "--window", "late=24:72"),
    ("--response", "diameter", "--time", "48", "--relative"),
    ("--response", "area", "--per-well", "median", "--window", "early=0:48!24"),
)


async def command(*arguments: str, folder) -> None:
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "spheroseg", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def as_query(arguments: tuple[str, ...]) -> dict[str, object]:
    given = list(arguments)
    query: dict[str, object] = {"relative": True} if "--relative" in given else {}
    names = {"--response": "response", "--time": "time_h", "--window": "window", "--per-well": "per_well"}
    return query | {names[option]: value for option, value in itertools.pairwise(given) if option in names}


def read_csv(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content))


def differences(by_cli: pd.DataFrame, by_service: pd.DataFrame) -> list[str]:
    """The columns that are not the same, each with the first values that differ."""
    if list(by_cli.columns) != list(by_service.columns) or len(by_cli) != len(by_service):
        return [f"{list(by_cli)} × {len(by_cli)}", f"{list(by_service)} × {len(by_service)}"]
    found = []
    for column in sorted(set(by_cli) - NOT_THE_SAME):
        one, other = by_cli[column], by_service[column]
        if pd.api.types.is_numeric_dtype(one) and not pd.api.types.is_bool_dtype(one):
            numbers, others = one.to_numpy(float), pd.to_numeric(other.replace("", np.nan)).to_numpy(float)
            alike = np.isclose(numbers, others, rtol=1e-9, atol=0, equal_nan=True)
        else:
            alike = (one.fillna("").astype(str) == other.fillna("").astype(str)).to_numpy()
        found += [f"{column}: {list(zip(one[~alike], other[~alike], strict=True))[:3]}"] if not alike.all() else []
    return found


def numbers_of(report: str) -> list[str]:
    """The words of a report without how it was made, its pictures and what images are called."""
    body = re.sub(r"(?s)<(style|script|svg)[^>]*>.*?</\1>|<img[^>]*>", "", report.partition("Run card")[0])
    words = re.sub(r"<[^>]+>", " ", body).split()
    return [word for word in words if not re.fullmatch(r"example_[\w.]+|[0-9a-f-]{36}/\d+", word)]


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_command_line_and_service_conclude_the_same_of_the_example_plate(lab, tmp_path):
    alice = await lab.person()
    project = (await alice.post("/api/v1/examples", json={"name": "Plate report"})).json()
    url = f"/api/v1/projects/{project['id']}"
    for _ in range(3):  # prepare, begin the run, run: each is a job that the one before queues
        await lab.work()
    exported = read_csv((await alice.post(f"{url}/table", json={})).content)
    answers, archives = [], []
    for view in VIEWS:  # all before the command line begins: alice is signed in for a quarter of an hour
        answer = await alice.get(f"{url}/analysis", params=as_query(view))
        assert answer.status_code == 200, answer.text
        answers.append(answer.json()["tables"])
        report = await alice.get(f"{url}/analysis/report", params=as_query(view) | {"format": "zip"})
        archives.append(zipfile.ZipFile(io.BytesIO(report.content)))
    await command("examples", "--plate", "--out", "plate", folder=tmp_path)
    await command("segment", "plate/images", "--out", "results", folder=tmp_path)
    objects = pd.read_csv(tmp_path / "results" / "objects.csv")
    assert len(exported) == len(objects) > 300
    shared = sorted({name for name in objects.select_dtypes("number") if name in exported} - {"label"})
    assert {"area_um2", "equivalent_diameter_um", "volume_sphere_um3", "time_h"} <= set(shared)
    order = ["well", "time_h", "centroid_x_um", "centroid_y_um"]
    one, other = (table.sort_values(order).reset_index(drop=True)[shared] for table in (objects, exported))
    wrong = {"objects": differences(one, other)}
    for number, (view, tables, archive) in enumerate(zip(VIEWS, answers, archives, strict=True)):
        out = tmp_path / f"out{number}"
        arguments = ("analyse", "results/objects.csv", "--layout", "plate/layout.csv", "--out", str(out), *view)
        await command(*arguments, folder=tmp_path)
        for name in TABLES:
            by_cli, table = pd.read_csv(out / f"{name}.csv"), tables[name]
            answered = pd.DataFrame(table["rows"], columns=table["columns"]).drop(columns="name", errors="ignore")
            wrong[f"{name} {view}"] = differences(by_cli, answered)
            wrong[f"{name}.csv {view}"] = differences(by_cli, read_csv(archive.read(f"{name}.csv")))
        lines = difflib.unified_diff(
            numbers_of((out / "report.html").read_text("utf-8")), numbers_of(archive.read("report.html").decode()), n=2
        )
        wrong[f"report {view}"] = list(itertools.islice(lines, 40))
    assert {name: found for name, found in wrong.items() if found} == {}
