"""The cluster's files: as Kubernetes' own schemas have them, and true to what they name.

KEDA publishes no schema in a package, so the fields that matter are written down here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from scripts.local_stack.stack import STOP_SECONDS
from scripts.settings_table import write_table
from tests.conftest import ROOT

FILES = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
VERSIONS = ("1.27", "1.30", "1.34")

SCALED_OBJECT = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": "keda.sh/v1alpha1"},
        "kind": {"const": "ScaledObject"},
        "metadata": {"type": "object", "required": ["name"]},
        "spec": {
            "type": "object",
            "required": ["scaleTargetRef", "triggers"],
            "additionalProperties": False,
            "properties": {
                "scaleTargetRef": {
                    "type": "object",
                    "required": ["name"],
                    "additionalProperties": False,
                    "properties": {"name": {"type": "string"}},
                },
                "minReplicaCount": {"type": "integer", "minimum": 0},
                "maxReplicaCount": {"type": "integer", "minimum": 1},
                "pollingInterval": {"type": "integer", "minimum": 1},
                "cooldownPeriod": {"type": "integer", "minimum": 0},
                "advanced": {"type": "object"},
                "triggers": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["type", "metadata"],
                        "additionalProperties": False,
                        "properties": {
                            "type": {"const": "metrics-api"},
                            "metricType": {"enum": ["AverageValue", "Value"]},
                            "metadata": {
                                "type": "object",
                                "required": ["url", "format", "valueLocation", "targetValue"],
                                # Numbers, too, must be quoted: KEDA reads texts only.
                                "additionalProperties": {"type": "string"},
                                "properties": {
                                    "format": {"const": "prometheus"},
                                    "targetValue": {"pattern": r"^\d+(\.\d+)?$"},
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


def read_documents(kind: str = "") -> Iterator[dict[str, Any]]:
    """Yield every document of the files, or those of one kind."""
    for file in FILES:
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            if kind in {"", document["kind"]}:
                yield document


def read_pods() -> Iterator[dict[str, Any]]:
    """Yield the specification of every pod."""
    for kind in ("Deployment", "StatefulSet"):
        for document in read_documents(kind):
            yield document["spec"]["template"]["spec"]


def find_document(kind: str, name: str) -> dict[str, Any]:
    """Return the one document of this kind and name."""
    [found] = [each for each in read_documents(kind) if each["metadata"]["name"] == name]
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_each_document_is_as_the_schema_of_kubernetes_has_it(version: str) -> None:
    """No field is misspelt, misplaced or of the wrong type, in old versions and new ones."""
    checked = 0
    for document in read_documents():
        if document["kind"] != "ScaledObject":
            kubernetes_validate.validate(document, version, strict=True)
            checked += 1

    assert checked == 13


def test_a_misspelt_field_would_be_found() -> None:
    """The check above can fail."""
    worker = find_document("Deployment", "ktts-worker")
    worker["spec"]["template"]["spec"]["terminationGracePeriod"] = 120

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(worker, VERSIONS[0], strict=True)


def test_the_scaler_is_as_keda_has_it() -> None:
    """Its trigger has what the metrics-api scaler asks for, all of it text."""
    scaler = find_document("ScaledObject", "ktts-worker")

    jsonschema.validate(scaler, SCALED_OBJECT)
    behaviour = scaler["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    kubernetes_validate.validate(
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "keda-makes-this"},
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "ktts-worker"},
                "maxReplicas": scaler["spec"]["maxReplicaCount"],
                "behavior": behaviour,
            },
        },
        VERSIONS[-1],
        strict=True,
    )


def test_what_the_files_name_is_there() -> None:
    """Deployment, service and port of the scaler, and every volume claim."""
    scaler = find_document("ScaledObject", "ktts-worker")["spec"]
    target = find_document("Deployment", scaler["scaleTargetRef"]["name"])
    url = scaler["triggers"][0]["metadata"]["url"]
    service = find_document("Service", url.removeprefix("http://").partition(":")[0])
    claims = {each["metadata"]["name"] for each in read_documents("PersistentVolumeClaim")}

    assert "replicas" not in target["spec"]  # it would undo the scaler at each apply
    assert (
        url == f"http://{service['metadata']['name']}:{service['spec']['ports'][0]['port']}/metrics"
    )
    for pod in read_pods():
        for volume in pod["volumes"]:
            assert volume.get("persistentVolumeClaim", {}).get("claimName", "ktts-work") in claims
            secret = volume.get("secret", {}).get("secretName", "ktts-redis")
            assert secret in {"ktts-redis", "ktts-web"}
        mounted = {mount["name"] for each in pod["containers"] for mount in each["volumeMounts"]}
        assert mounted >= {volume["name"] for volume in pod["volumes"]}


def test_a_service_finds_its_pods() -> None:
    """Each selector is the label of a pod's template."""
    labels = [
        document["spec"]["template"]["metadata"]["labels"]
        for kind in ("Deployment", "StatefulSet")
        for document in read_documents(kind)
    ]

    for service in read_documents("Service"):
        assert service["spec"]["selector"] in labels


def test_each_pod_talks_to_redis_alone_and_is_heard_where_it_listens() -> None:
    """Each pod is under a policy for both directions; a port that is opened is a container's."""
    policies = [each["spec"] for each in read_documents("NetworkPolicy")]
    ports = {
        document["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"]: {
            port["containerPort"]
            for container in document["spec"]["template"]["spec"]["containers"]
            for port in container.get("ports", [])
        }
        for kind in ("Deployment", "StatefulSet")
        for document in read_documents(kind)
    }
    opened: dict[str, set[int]] = {name: set() for name in ports}
    for policy in policies:
        for name in _pods_of(policy["podSelector"]):
            rules = policy.get("ingress", [])
            opened[name] |= {port["port"] for rule in rules for port in rule["ports"]}
    [redis] = [each for each in policies if _pods_of(each["podSelector"]) == {"ktts-redis"}]

    assert opened == ports
    assert "egress" not in redis
    assert _pods_of(redis["ingress"][0]["from"][0]["podSelector"]) == ports.keys() - {"ktts-redis"}
    closed = [each for each in policies if "Egress" in each["policyTypes"]]
    assert set().union(*(_pods_of(each["podSelector"]) for each in closed)) == ports.keys()


def _pods_of(selector: dict[str, Any]) -> set[str]:
    key = "app.kubernetes.io/name"
    named = {value for each in selector.get("matchExpressions", []) for value in each["values"]}
    return named | {value for name, value in selector.get("matchLabels", {}).items() if name == key}


def test_every_variable_is_a_setting() -> None:
    """A setting that was renamed does not live on here."""
    table = write_table()
    names = {
        variable["name"]
        for pod in read_pods()
        for container in pod["containers"]
        for variable in container.get("env", [])
    }

    assert len(names) >= 5
    assert [name for name in names if f"`{name}`" not in table] == []


def test_workers_have_the_time_to_finish_their_chunk() -> None:
    """The grace period is that of `ktts up`, and the model process is renewed below the limit."""
    [pod] = [pod for pod in read_pods() if pod["containers"][0]["name"] == "worker"]
    variables = {each["name"]: each["value"] for each in pod["containers"][0]["env"]}
    limits = pod["containers"][0]["resources"]["limits"]

    assert pod["terminationGracePeriodSeconds"] == STOP_SECONDS
    assert variables["KTTS_THREADS"] == limits["cpu"]
    assert int(variables["KTTS_RECYCLE_BYTES"]) < int(limits["memory"].removesuffix("Gi")) << 30


def test_no_pod_has_more_rights_than_it_needs() -> None:
    """No root, no way to get there, nothing to write but volumes, no token of the cluster."""
    for pod in read_pods():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
