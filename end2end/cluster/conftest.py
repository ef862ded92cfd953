"""A Reeve server and a Kubernetes worker beside a real cluster.

`cargo xtask test` names the cluster: REEVE_TEST_KUBECONFIG, and REEVE_TEST_KUBERNETES_HOST where pods run: the address
at which they reach this machine. REEVE_TEST_CLUSTER is the script that controls a cluster of our own.
"""

import os
import sys
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "compat"))

from servers import Background, Reeve, clean_env, until  # noqa: E402

from cluster import HOST, KUBECONFIG, SCRIPT, Cluster  # noqa: E402

needs_pods = pytest.mark.skipif(not HOST, reason="no pod can run on this cluster")
needs_our_cluster = pytest.mark.skipif(not SCRIPT, reason="the cluster is not ours to break")


@pytest.fixture(scope="session")
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def reeve(tmp_path_factory):
    """A server that pods can reach."""
    folder = tmp_path_factory.mktemp("server")
    server = Reeve(f"sqlite://{folder}/reeve.db", folder, HOST or "127.0.0.1")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def pool(reeve):
    return reeve.post("/work_pools/", {"name": "cluster", "type": "kubernetes"})


@pytest.fixture
def start_worker(reeve, pool, tmp_path):
    """Starts `reeve worker start` on the pool."""

    def start(name: str = "worker") -> Background:
        env = clean_env() | {"KUBECONFIG": KUBECONFIG, "PREFECT_API_URL": reeve.api, "REEVE_HOME": str(tmp_path / name)}
        command = [os.environ["REEVE_BIN"], "worker", "start", "--pool", pool["name"], "--type", "kubernetes", "--name", name]
        return Background(command, env, tmp_path, tmp_path / f"{name}.log")

    return start


@pytest.fixture
def worker(start_worker):
    with start_worker() as worker:
        yield worker


@pytest.fixture
def run_of(reeve, pool, cluster):
    """Schedules a run of a new deployment with these job variables; its id."""

    def run(entrypoint: str | None = None, **variables) -> str:
        flow = reeve.post("/flows/", {"name": f"flow-{uuid.uuid4().hex[:8]}"})
        variables = {"image": "busybox", "image_pull_policy": "IfNotPresent", "namespace": cluster.namespace} | variables
        body = {"name": "it", "flow_id": flow["id"], "work_pool_name": pool["name"], "job_variables": variables}
        if entrypoint:
            body |= {"entrypoint": entrypoint, "path": "/flows"}
        deployment = reeve.post("/deployments/", body)
        return reeve.post(f"/deployments/{deployment['id']}/create_flow_run", {})["id"]

    return run


__all__ = ["needs_pods", "needs_our_cluster", "until"]
