"""The Kubernetes files as kubectl puts them together, against Kubernetes' own schemas."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import kubernetes_validate
import pytest
import yaml
from tests.deploy.programs import DEPLOY

OVERLAYS = ("small", "large", "gpu")


@pytest.fixture(params=OVERLAYS)
def objects(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed; Debian has no package of it")
    answer = subprocess.run(
        [kubectl, "kustomize", str(DEPLOY / "kubernetes" / "overlays" / request.param)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [each for each in yaml.safe_load_all(answer.stdout) if each]


def pods(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found = {}
    for each in objects:
        spec = each.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found[f"{each['kind']}/{each['metadata']['name']}"] = spec["template"]["spec"]
    return found


def test_kubernetes_own_schemas_know_every_field(objects: list[dict[str, Any]]) -> None:
    for each in objects:
        if each["kind"] != "ScaledObject":  # KEDA's, which brings its own schema into the cluster
            kubernetes_validate.validate(each, kubernetes_validate.latest_version(), strict=True)


def test_every_pod_keeps_the_restricted_policy(objects: list[dict[str, Any]]) -> None:
    assert set(pods(objects)) == {"Deployment/api", "Deployment/worker", "Job/migrate", "CronJob/backup"}
    for pod in pods(objects).values():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert {"requests", "limits"} <= set(container["resources"])


def test_what_serves_says_when_it_can(objects: list[dict[str, Any]]) -> None:
    for name in ("api", "worker"):
        container = pods(objects)[f"Deployment/{name}"]["containers"][0]
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
        budgets = [each for each in objects if each["kind"] == "PodDisruptionBudget"]
        assert name in [each["metadata"]["name"] for each in budgets]


def test_everything_lies_in_one_namespace(objects: list[dict[str, Any]]) -> None:
    assert {each["metadata"].get("namespace", "spheroseg") for each in objects} == {"spheroseg"}
