"""A worker with the smallest Role that it says it needs, and without it."""

import json
import os
import subprocess

import pytest

from cluster import KUBECONFIG, Cluster
from conftest import Background, clean_env, needs_our_cluster, needs_pods, until


def command(*words: str, kubeconfig: str | None = None) -> subprocess.CompletedProcess:
    env = clean_env() | {"KUBECONFIG": kubeconfig or KUBECONFIG}
    return subprocess.run([os.environ["REEVE_BIN"], "worker", "permissions", *words], env=env, capture_output=True, text=True, timeout=30)


@pytest.fixture
def account(cluster: Cluster, tmp_path) -> str:
    """A kubeconfig with the rights of a new ServiceAccount alone."""
    cluster.kubectl("create", "serviceaccount", "small")
    file = tmp_path / "account.conf"
    script = os.environ["REEVE_TEST_CLUSTER"]

    def kubeconfig() -> str:
        made = subprocess.run([script, "account", cluster.namespace, "small"], capture_output=True, text=True)
        return made.stdout if made.returncode == 0 else ""

    file.write_text(until("a token", kubeconfig))
    return str(file)


@needs_our_cluster
@needs_pods
def test_the_smallest_role_suffices(reeve, pool, cluster, account, run_of, tmp_path):
    refused = command("--namespace", cluster.namespace, kubeconfig=account)
    assert refused.returncode == 1, refused.stdout
    assert "missing" in refused.stdout and "granted" not in refused.stdout
    assert f"missing in namespace {cluster.namespace}" in refused.stderr
    role = command("--namespace", cluster.namespace, "--service-account", "small", "--yaml")
    assert role.returncode == 0, role.stderr
    cluster.kubectl("apply", "-f", "-", given=role.stdout)
    granted = command("--namespace", cluster.namespace, "-o", "json", kubeconfig=account)
    assert granted.returncode == 0, granted.stdout
    assert all(verb["granted"] for verb in json.loads(granted.stdout)["verbs"])

    env = clean_env() | {"KUBECONFIG": account, "PREFECT_API_URL": reeve.api, "REEVE_HOME": str(tmp_path / "home")}
    worker = [os.environ["REEVE_BIN"], "worker", "start", "--pool", pool["name"], "--type", "kubernetes"]
    with Background(worker, env, tmp_path, tmp_path / "worker.log") as worker:
        done, cancelled = run_of(command="echo hello"), run_of(command="sh -c 'trap exit TERM; while true; do sleep 1; done'")
        assert reeve.ended(done, 30)["state_type"] == "COMPLETED", worker.said()
        assert "hello" in reeve.logs(done)
        until("a running run", lambda: reeve.get(f"/flow_runs/{cancelled}")["state_type"] == "RUNNING")
        reeve.post(f"/flow_runs/{cancelled}/set_state", {"state": {"type": "CANCELLING"}})
        assert reeve.ended(cancelled, 60)["state_type"] == "CANCELLED"
        refused = run_of(image="nowhere.test/none:1", command="true")
        assert reeve.ended(refused, 40)["state_type"] == "CRASHED"
        assert "forbidden" not in worker.said(), worker.said()


def test_a_cluster_that_cannot_be_reached_is_one_sentence(tmp_path):
    file = tmp_path / "none.conf"
    file.write_text("apiVersion: v1\nkind: Config\n")
    done = command(kubeconfig=str(file))
    assert done.returncode == 1
    assert done.stderr.startswith("error: No Kubernetes cluster to use"), done.stderr
