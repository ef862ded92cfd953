"""A flow of the real Prefect clients in a pod. There is no registry to get an image from, so the pod is a
busybox that sees this machine's Python, the client's environment and the flow's file as read-only folders."""

import os
import subprocess
import uuid
from pathlib import Path

import pytest

from conftest import Background, clean_env, needs_pods, until

FLOW = '''
from prefect import flow, task

@task
def double(number: int) -> int:
    return 2 * number

@flow(log_prints=True)
def hello(number: int = 21):
    print("the answer is", double(number))
'''


def folders(venv: Path, flows: Path) -> list[str]:
    """What the pod must see for the environment's Python to start."""
    code = "import sys; print(sys.base_prefix)"
    base = subprocess.run([venv / "bin/python", "-c", code], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
    wanted = ["/usr", "/lib", "/lib64", str(venv), str(flows)]
    return wanted if base.startswith("/usr") else [*wanted, base]


def template_with(template: dict, paths: list[str]) -> dict:
    """The template with the folders in every pod."""
    pod = template["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]
    mounts = [{"name": f"folder-{i}", "mountPath": path, "readOnly": True} for i, path in enumerate(paths)]
    pod["volumes"] = [{"name": m["name"], "hostPath": {"path": os.path.realpath(m["mountPath"])}} for m in mounts]
    pod["containers"][0]["volumeMounts"] = mounts
    return template


@needs_pods
@pytest.mark.parametrize("major", [2, 3], ids=["prefect2", "prefect3"])
def test_a_flow_runs_in_a_pod(reeve, cluster, tmp_path, major):
    venv = Path(os.environ[f"REEVE_PREFECT{major}"])
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "hello.py").write_text(FLOW)
    name = f"client{major}-{uuid.uuid4().hex[:8]}"
    kinds = reeve.get("/collections/views/aggregate-worker-metadata")["prefect-kubernetes"]
    template = template_with(kinds["kubernetes"]["default_base_job_configuration"], folders(venv, flows))
    reeve.post("/work_pools/", {"name": name, "type": "kubernetes", "base_job_template": template})
    flow = reeve.post("/flows/", {"name": "hello"})
    deployment = reeve.post(
        "/deployments/",
        {
            "name": name,
            "flow_id": flow["id"],
            "work_pool_name": name,
            "entrypoint": "hello.py:hello",
            "parameters": {"number": 4},
            "pull_steps": [{"prefect.deployments.steps.set_working_directory": {"directory": str(flows)}}],
            "job_variables": {
                "image": "busybox",
                "namespace": cluster.namespace,
                "env": {"PATH": f"{venv}/bin:/usr/bin:/bin", "HOME": "/tmp", "TZ": "UTC", "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.3"},
            },
        },
    )
    env = clean_env() | {"KUBECONFIG": os.environ["REEVE_TEST_KUBECONFIG"], "PREFECT_API_URL": reeve.api, "REEVE_HOME": str(tmp_path / "home")}
    command = [os.environ["REEVE_BIN"], "worker", "start", "--pool", name, "--type", "kubernetes"]
    with Background(command, env, tmp_path, tmp_path / "worker.log") as worker:
        run = reeve.post(f"/deployments/{deployment['id']}/create_flow_run", {})
        assert reeve.ended(run["id"], 150)["state_type"] == "COMPLETED", (reeve.logs(run["id"]), worker.said())
        until("its line", lambda: "the answer is 8" in reeve.logs(run["id"]), 15)
        until("its task", lambda: [task["state_type"] for task in reeve.task_runs(run["id"])] == ["COMPLETED"], 15)
