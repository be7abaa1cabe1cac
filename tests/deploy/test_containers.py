"""The container files by their own checkers, and what they promise: nobody is root, nothing is pulled by a name that can move."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.deploy.programs import DEPLOY, ROOT

FILES = sorted((DEPLOY / "containers").glob("*.Containerfile"))
COMPOSE = [DEPLOY / "compose.yaml", DEPLOY / "compose.gpu.yaml"]
# DL3008, versions of Debian's packages: security updates are wanted. DL3066: the accounts are the image's own
LINT = ("--failure-threshold", "warning", "--ignore", "DL3008", "--ignore", "DL3066", "--no-color")


def services() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in COMPOSE:
        yield from yaml.safe_load(file.read_text())["services"].items()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_linter_agrees(file: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    answer = subprocess.run([hadolint, *LINT, file], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("files", [COMPOSE[:1], COMPOSE], ids=["cpu", "gpu"])
def test_compose_reads_its_files(files: list[Path]) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed; a Debian host needs podman or Docker for the container tests")
    command = [
        docker,
        "compose",
        *(part for file in files for part in ("--file", str(file))),
        "config",
        "--format",
        "json",
    ]
    answer = subprocess.run([*command, "--no-interpolate"], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert {"api", "worker", "proxy", "postgres"} <= set(json.loads(answer.stdout)["services"])


def test_what_is_pulled_is_pinned_by_digest() -> None:
    pulled = [service["image"] for _, service in services() if "spheroseg/" not in service.get("image", "spheroseg/")]
    bases = [
        line.partition("=")[2]
        for file in FILES
        for line in file.read_text().splitlines()
        if line.startswith("ARG BASE=")
    ]
    assert len(pulled) == 2  # Grafana, and the exporter of GPUs
    assert len(bases) == 2
    for image in pulled + bases:
        assert re.search(r"@sha256:[0-9a-f]{64}$", image), image


def test_what_compose_builds_needs_no_image_that_somebody_built_before() -> None:
    stages: dict[str, set[str]] = {}
    for file in FILES:
        named = set()
        for line in file.read_text().splitlines():
            if line.startswith("FROM "):
                base, _, stage = line.removeprefix("FROM ").partition(" AS ")
                assert base in {"${BASE}", *named}, f"{file.name}: {line}"
                named.add(stage)
        stages[f"deploy/containers/{file.name}"] = named
    written = {name: service["build"] for name, service in services() if "dockerfile" in service.get("build", {})}
    for name, service in services():
        if build := service.get("build"):
            assert build["target"] in stages[build.get("dockerfile", written[name]["dockerfile"])], name


def test_every_image_ends_as_somebody_who_is_not_root() -> None:
    for file in FILES:
        accounts: dict[str, str] = {}
        stage, base = "", ""
        for line in file.read_text().splitlines():
            if line.startswith("FROM "):
                base, _, stage = line.removeprefix("FROM ").partition(" AS ")
                accounts[stage] = accounts.get(base, "root")
            elif line.startswith("USER "):
                accounts[stage] = line.removeprefix("USER ")
        ended = {name: account for name, account in accounts.items() if name not in {"system", "page", "environment"}}
        assert "root" not in ended.values(), ended


def test_the_page_is_built_from_all_that_it_reads() -> None:
    (inputs,) = re.findall(r"^stamp=.*?find (.*?) -type f", (ROOT / "web" / "build.sh").read_text(), re.MULTILINE)
    outside = [path.removeprefix("../") for path in inputs.split() if path.startswith("../")]
    assert outside
    copied = re.findall(
        r"^COPY (?!--)(\S+) ", (DEPLOY / "containers" / "spheroseg.Containerfile").read_text(), re.MULTILINE
    )
    taken = [
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    for path in outside:
        assert any(Path(path).is_relative_to(each) for each in copied), f"{path} is not copied for web/build.sh"
        assert any(Path(path).is_relative_to(each) for each in taken), f".dockerignore keeps {path} out"


def test_every_service_is_hardened_and_bounded() -> None:
    seen = set()
    for name, service in services():
        if name in seen:  # the GPU's file adds to the worker
            continue
        seen.add(name)
        assert service["cap_drop"] == ["ALL"], name
        assert service["restart"], name
        assert service["logging"]["options"]["max-size"], name
        if name != "gpu-exporter":  # NVIDIA's image writes its own files
            assert service["read_only"] is True, name
            assert "no-new-privileges:true" in service["security_opt"], name
        limited = service.get("deploy", {}).get("resources", {}).get("limits", {})
        assert limited.get("memory") or name == "migrate", name
