"""A Reeve that was installed in the cluster from deploy/, and what a person does with it."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

from clients import Prefect
from cluster import Cluster
from servers import Reeve, until

ETL = Path(__file__).parent.parent / "compat/etl"
AUTH = "admin:s3cret"


class Installed(Reeve):
    """The server behind a NodePort."""

    headers = {"Authorization": f"Basic {base64.b64encode(AUTH.encode()).decode()}"}

    def __init__(self, cluster: Cluster, port: int):
        node = json.loads(cluster.kubectl("get", "nodes", "-o", "json"))["items"][0]
        [address] = [found["address"] for found in node["status"]["addresses"] if found["type"] == "InternalIP"]
        self.cluster, self.site = cluster, f"http://{address}:{port}"
        self.api = f"{self.site}/api"

    def wait(self, *workloads: str):
        """Until they are rolled out, every pod is Ready, the node forwards, and the worker has made its pool."""
        for workload in workloads:
            self.cluster.kubectl("rollout", "status", workload, "--timeout=80s")
        until("the worker's pool", self.has_pool, 60)

    def has_pool(self) -> bool:
        try:
            return self.call("GET", "/work_pools/worker-pool")[0] == 200
        except OSError:
            return False

    def client(self, major: int, home: Path) -> Prefect:
        """A client of this machine. Prefect 2 knows no auth string: it is part of the address."""
        client = Prefect(major, Path(os.environ[f"REEVE_PREFECT{major}"]), home, self)
        client.env |= {"PREFECT_API_AUTH_STRING": AUTH} if major == 3 else {"PREFECT_API_URL": self.api.replace("://", f"://{AUTH}@")}
        return client


def secret(cluster: Cluster):
    """The Secret that one makes before an installation."""
    words = ["--from-literal", "database-password=pass word/1", "--from-literal", f"auth-string={AUTH}"]
    cluster.kubectl("create", "secret", "generic", "reeve", *words)


def volume(cluster: Cluster, claim: str, folder: Path):
    """A volume for a claim: nobody makes them on this cluster."""
    folder.mkdir()
    node = cluster.kubectl("get", "nodes", "-o", "name").strip().removeprefix("node/")
    here = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}
    spec = {
        "capacity": {"storage": "10Gi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "local": {"path": str(folder)},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [here]}},
        "claimRef": {"namespace": cluster.namespace, "name": claim},
    }
    body = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": f"{cluster.namespace}-{claim}", "labels": {"of": cluster.namespace}}, "spec": spec}
    cluster.kubectl("apply", "-f", "-", given=json.dumps(body))


def breaches(pods: list[dict]) -> list[str]:
    """Where the pods fall short of the restricted Pod Security Standard, or may write to their root."""
    found = []
    for pod in pods:
        spec, name = pod["spec"], pod["metadata"]["name"]
        own = spec["securityContext"]
        found += [f"{name}: {key}" for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]
        found += [f"{name}: volume {volume['name']}" for volume in spec["volumes"] if "hostPath" in volume]
        if not own.get("runAsNonRoot") or not own.get("runAsUser") or own.get("seccompProfile") != {"type": "RuntimeDefault"}:
            found.append(f"{name}: {own}")
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            wanted = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
            if container["securityContext"] != wanted or "lifecycle" in container:
                found.append(f"{name}/{container['name']}: {container['securityContext']}")
    return found


class Etl:
    """The scenario's folder, for a client of one major."""

    def __init__(self, major: int, folder: Path):
        self.major, self.folder, self.image = major, folder, f"docker.io/library/prefect_worker:{major}.0"
        shutil.copytree(ETL, folder, ignore=lambda _, names: [name for name in names if not name.startswith("prefect")])

    def address(self, cluster: Cluster, service: str) -> dict:
        """What a pod of Prefect 2 must be told in place of the worker's PREFECT_API_URL."""
        return {"PREFECT_API_URL": f"http://{AUTH}@{service}.{cluster.namespace}:4200/api"} if self.major == 2 else {}

    def deploy(self, client: Prefect, cluster: Cluster, env: dict) -> dict:
        """`prefect deploy --all` with the scenario's file but for names of this test; the deployment."""
        (self.folder / "prefect.yaml").write_text(self.file(f"demo{self.major}", cluster, env))
        client.cli("deploy", "--all", cwd=self.folder)
        return client.reeve.get(f"/deployments/name/repo-info/demo{self.major}")

    def file(self, name: str, cluster: Cluster, env: dict) -> str:
        """The scenario's `prefect.yaml` but for names of this test."""
        text = (ETL / "prefect.yaml").read_text()
        changes = {
            "- name: demo": f"- name: {name}",
            "version: 1.0": 'version: "1.0"',
            'namespace: "dev"': f"namespace: {cluster.namespace}\n      env: {json.dumps(env)}",
            "docker.io/library/prefect_worker:1.0": self.image,
        }
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        return text


def of_schedule(reeve: Reeve, deployment: dict, seconds: float = 150) -> dict:
    """The first run that its schedule made, once it has ended."""

    def look():
        runs = [run for run in reeve.runs_of(deployment["id"]) if run["state_type"] not in ("SCHEDULED", "PENDING", "RUNNING")]
        return runs and runs[0]

    run = until(f"a run of {deployment['name']}", look, seconds, pause=0.5)
    assert run["auto_scheduled"]
    return run
