"""The cluster that `cargo xtask` names, and kubectl for a namespace of it."""

import json
import os
import subprocess
import time
import uuid
from pathlib import Path

KUBECONFIG = os.environ.get("REEVE_TEST_KUBECONFIG")
HOST = os.environ.get("REEVE_TEST_KUBERNETES_HOST")
SCRIPT = os.environ.get("REEVE_TEST_CLUSTER")


class Cluster:
    """kubectl in a namespace that is made for the session."""

    def __init__(self):
        assert KUBECONFIG, "REEVE_TEST_KUBECONFIG names no cluster"
        cached = Path(os.environ.get("REEVE_CACHE", Path.home() / ".cache/reeve")) / "kubernetes-1.20.2/bin/kubectl"
        self.program = [str(cached) if cached.exists() else "kubectl", "--kubeconfig", KUBECONFIG]
        self.namespace = f"reeve-{uuid.uuid4().hex[:8]}"
        subprocess.run([*self.program, "create", "namespace", self.namespace], check=True, stdout=subprocess.DEVNULL)
        # Pods need the namespace's service account, which comes a moment later.
        while subprocess.run([*self.program, "-n", self.namespace, "get", "serviceaccount", "default"], capture_output=True).returncode:
            time.sleep(0.1)

    def kubectl(self, *words: str, given: str | None = None) -> str:
        """What kubectl prints; `given` is what it reads."""
        command = [*self.program, "-n", self.namespace, *words]
        done = subprocess.run(command, input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=90)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def of_run(self, kind: str, run_id: str) -> list[dict]:
        return json.loads(self.kubectl("get", kind, "-l", f"prefect.io/flow-run-id={run_id}", "-o", "json"))["items"]

    def jobs_of(self, run_id: str) -> list[dict]:
        return self.of_run("jobs", run_id)

    def quota(self, **hard: str):
        """A ResourceQuota in this namespace."""
        quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": hard}}
        self.kubectl("apply", "-f", "-", given=json.dumps(quota))

    def script(self, *words: str):
        subprocess.run([SCRIPT, *words], check=True)

    def remove(self):
        subprocess.run([*self.program, "delete", "namespace", self.namespace, "--wait=false"], stdout=subprocess.DEVNULL)
