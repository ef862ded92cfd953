"""Scheduled and ad hoc runs, executed by Reeve's worker and by the real ones."""

import json

import pytest
from servers import until


def deploy(prefect, etl, pool, entrypoints, **more):
    """Deploys an entrypoint for each name, all at once."""
    blocks = [{"name": name, "entrypoint": entrypoint, "work_pool": {"name": pool}} | more for name, entrypoint in entrypoints.items()]
    # JSON is YAML.
    (etl / "prefect.yaml").write_text(json.dumps({"deployments": blocks}))
    prefect.cli("deploy", "--all", cwd=etl)


@pytest.fixture(params=[pytest.param("reeve", marks=pytest.mark.essential), "prefect"])
def any_worker(request, reeve_worker):
    """Starts a process worker on a pool: ours, or the client's own."""

    def start(pool, prefect, cwd, env=None):
        if request.param == "prefect":
            return prefect.worker(pool, cwd, env)
        return reeve_worker(pool, prefect, cwd)

    start.kind = request.param
    return start


def test_a_scheduled_run_completes(reeve, prefect, etl, unique, service, any_worker, monkeypatch):
    pool = f"pool-{unique}"
    monkeypatch.setenv("DEMO_URL", f"{service.url}/{unique}")
    prefect.env["DEMO_URL"] = f"{service.url}/{unique}"
    prefect.cli("work-pool", "create", pool, "--type", "process")
    deploy(prefect, etl, pool, {f"due-{unique}": "./prefect_demo.py:repo_info"}, schedule={"interval": 5})
    deployment = reeve.get(f"/deployments/name/repo-info/due-{unique}")
    with any_worker(pool, prefect, etl):
        def completed():
            return [run for run in reeve.runs_of(deployment["id"]) if run["state_type"] == "COMPLETED"]

        run = until("a scheduled run that is Completed", completed, 90)[0]
        reeve.post(f"/deployments/{deployment['id']}/pause_deployment")
        # A worker that is stopped now would end processes that still send their last lines.
        until("the line with the star", lambda: any("Stars 🌠 of PrefectHQ/prefect" in line for line in reeve.logs(run["id"])), 15)
        tasks = until("the task run", lambda: reeve.task_runs(run["id"]), 15)
    assert run["auto_scheduled"] and "auto-scheduled" in run["tags"]
    assert run["total_run_time"] > 0
    states = reeve.states(run["id"])
    assert states[0] == "Scheduled" and states[-1] == "Completed" and "Pending" in states and "Running" in states
    assert [task["state_type"] for task in tasks] == ["COMPLETED"]


def test_a_failing_run_and_a_cancelled_one(reeve, prefect, etl, unique, any_worker):
    pool = f"pool-{unique}"
    prefect.cli("work-pool", "create", pool, "--type", "process")
    deploy(prefect, etl, pool, {f"failing-{unique}": "./more_flows.py:failing", f"sleeper-{unique}": "./more_flows.py:sleeper"})
    with any_worker(pool, prefect, etl) as worker:
        prefect.cli("deployment", "run", f"failing/failing-{unique}")
        failing = reeve.get(f"/deployments/name/failing/failing-{unique}")
        run = reeve.ended(reeve.runs_of(failing["id"])[0]["id"])
        assert run["state_type"] == "FAILED", worker.said()
        until("the failed task", lambda: [t["state_type"] for t in reeve.task_runs(run["id"])] == ["FAILED"], 15)
        # Clients send lines in the background: the last ones may come after the last state.
        until("the reason in the log", lambda: any("this task always breaks" in line for line in reeve.logs(run["id"])), 15)

        prefect.cli("deployment", "run", f"sleeper/sleeper-{unique}")
        sleeper = reeve.get(f"/deployments/name/sleeper/sleeper-{unique}")
        run_id = reeve.runs_of(sleeper["id"])[0]["id"]
        until("a running sleeper", lambda: any("sleeping" in line for line in reeve.logs(run_id)), 60)
        prefect.cli("flow-run", "cancel", run_id)
        if any_worker.kind == "prefect" and prefect.major == 3:
            # The real 3.8 worker kills the process and often tells nobody; the server's timer ends it later.
            assert reeve.get(f"/flow_runs/{run_id}")["state_type"] in ("CANCELLING", "CANCELLED")
        else:
            assert reeve.ended(run_id, 60)["state_type"] == "CANCELLED"
    assert not any("slept" in line for line in reeve.logs(run_id))


def test_a_command_without_any_prefect_code(reeve, prefect, unique, reeve_worker, tmp_path):
    pool = f"plain-{unique}"
    prefect.cli("work-pool", "create", pool, "--type", "process")
    flow = reeve.post("/flows/", {"name": f"plain-{unique}"})
    command = "sh -c 'echo to stdout; echo to stderr >&2; exit 0'"
    deployment = reeve.post("/deployments/", {"name": "plain", "flow_id": flow["id"], "work_pool_name": pool, "job_variables": {"command": command}})
    with reeve_worker(pool, prefect, tmp_path):
        run = reeve.post(f"/deployments/{deployment['id']}/create_flow_run", {})
        assert reeve.ended(run["id"], 30)["state_type"] == "COMPLETED"
    lines = reeve.logs(run["id"])
    assert "to stdout" in lines and "to stderr" in lines


@pytest.mark.essential
def test_both_majors_run_beside_each_other(reeve, both, etl, unique, reeve_worker):
    runs = []
    for client in both:
        pool = f"side-{client.major}-{unique}"
        client.cli("work-pool", "create", pool, "--type", "process")
        deploy(client, etl, pool, {f"side-{client.major}-{unique}": "./more_flows.py:hello"})
    with reeve_worker(f"side-2-{unique}", both[0], etl), reeve_worker(f"side-3-{unique}", both[1], etl):
        for client in both:
            found = reeve.get(f"/deployments/name/hello/side-{client.major}-{unique}")
            runs.append(reeve.post(f"/deployments/{found['id']}/create_flow_run", {"parameters": {"name": f"major {client.major}"}}))
        for client, run in zip(both, runs):
            assert reeve.ended(run["id"])["state_type"] == "COMPLETED"
            until("its line", lambda: f"hello major {client.major}" in reeve.logs(run["id"]), 15)
