"""The everyday commands of both command lines."""

import json

import pytest
from servers import until


@pytest.mark.parametrize("kind", ["kubernetes", "process"])
def test_a_work_pool_of_each_type(reeve, prefect, unique, kind):
    pool = f"cli-{unique}"
    assert pool in prefect.cli("work-pool", "create", pool, "--type", kind)
    assert kind in prefect.cli("work-pool", "inspect", pool)
    found = reeve.get(f"/work_pools/{pool}")
    assert found["type"] == kind and set(found["base_job_template"]) == {"job_configuration", "variables"}
    template = json.loads(prefect.cli("work-pool", "get-default-base-job-template", "--type", kind))
    assert template == found["base_job_template"]
    assert kind != "kubernetes" or template["job_configuration"]["job_manifest"]["kind"] == "Job"


def test_work_pool_commands(reeve, prefect, unique):
    pool = f"cli-{unique}"
    prefect.cli("work-pool", "create", pool, "--type", "process")
    assert pool in prefect.cli("work-pool", "ls")
    assert "already exists" in prefect.cli("work-pool", "create", pool, "--type", "process", code=1)
    prefect.cli("work-pool", "pause", pool)
    assert reeve.get(f"/work_pools/{pool}")["status"] == "PAUSED"
    prefect.cli("work-pool", "resume", pool)
    assert reeve.get(f"/work_pools/{pool}")["status"] != "PAUSED"
    prefect.cli("work-pool", "set-concurrency-limit", pool, "3")
    assert reeve.get(f"/work_pools/{pool}")["concurrency_limit"] == 3
    prefect.cli("work-pool", "clear-concurrency-limit", pool)
    assert reeve.get(f"/work_pools/{pool}")["concurrency_limit"] is None
    prefect.cli("work-pool", "delete", pool)
    assert reeve.call("GET", f"/work_pools/{pool}")[0] == 404


def test_deployment_and_flow_run_commands(reeve, prefect, etl, unique, tmp_path):
    pool = f"cmd-{unique}"
    prefect.cli("work-pool", "create", pool, "--type", "process")
    block = {"name": unique, "entrypoint": "./more_flows.py:hello", "work_pool": {"name": pool}}
    (etl / "prefect.yaml").write_text(json.dumps({"deployments": [block]}))
    prefect.cli("deploy", "--all", cwd=etl)
    assert f"hello/{unique}" in prefect.cli("deployment", "ls")
    assert unique in prefect.cli("deployment", "inspect", f"hello/{unique}")

    said = prefect.cli("deployment", "run", f"hello/{unique}", "--param", "name=cli")
    deployment = reeve.get(f"/deployments/name/hello/{unique}")
    run = reeve.runs_of(deployment["id"])[0]
    assert run["name"] in said and run["parameters"]["name"] == "cli"
    # The newest by expected start come first, so planned runs of other deployments could fill the default page.
    assert run["name"] in prefect.cli("flow-run", "ls", "--flow-name", "hello", "--limit", "200")
    assert run["name"] in prefect.cli("flow-run", "inspect", run["id"])
    prefect.cli("flow-run", "logs", run["id"])
    prefect.cli("flow-run", "cancel", run["id"])
    assert until("cancelled without infrastructure", lambda: reeve.get(f"/flow_runs/{run['id']}")["state_type"] == "CANCELLED", 5)
    prefect.cli("flow-run", "delete", run["id"])
    assert reeve.call("GET", f"/flow_runs/{run['id']}")[0] == 404
    prefect.cli("deployment", "delete", f"hello/{unique}")
    assert reeve.call("GET", f"/deployments/name/hello/{unique}")[0] == 404


def test_logs_of_a_run_on_the_command_line(reeve, prefect, etl):
    before = {run["id"] for run in reeve.post("/flow_runs/filter", {"flows": {"name": {"any_": ["hello"]}}})}
    prefect.python(etl / "more_flows.py", "hello", "terminal")
    runs = reeve.post("/flow_runs/filter", {"flows": {"name": {"any_": ["hello"]}}})
    run = next(run for run in runs if run["id"] not in before)
    assert "hello terminal" in prefect.cli("flow-run", "logs", run["id"])
