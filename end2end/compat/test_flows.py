"""Flows that people run as scripts: everything they did must be on the server afterwards."""

import pytest
from servers import until


def run_of(reeve, flow, before):
    runs = reeve.post("/flow_runs/filter", {"flows": {"name": {"any_": [flow]}}, "sort": "ID_DESC"})
    new = [run for run in runs if run["id"] not in before]
    assert len(new) == 1, new
    return new[0]


def ids(reeve, flow):
    return {run["id"] for run in reeve.post("/flow_runs/filter", {"flows": {"name": {"any_": [flow]}}})}


@pytest.mark.essential
def test_subflow_and_task_retry(reeve, prefect, etl, tmp_path):
    before, children_before = ids(reeve, "parent"), ids(reeve, "child")
    prefect.python(etl / "more_flows.py", "parent", str(tmp_path / "marker"))
    parent = run_of(reeve, "parent", before)
    assert parent["state_type"] == "COMPLETED"
    child = run_of(reeve, "child", children_before)
    assert child["state_type"] == "COMPLETED" and child["parent_task_run_id"]

    def tasks():
        found = {task["name"].rsplit("-", 1)[0]: task for task in reeve.task_runs(parent["id"])}
        return found if len(found) == 3 and all(t["state_type"] == "COMPLETED" for t in found.values()) else None

    found = until("three completed task runs", tasks, 15)
    assert found["breaks_once"]["run_count"] == 2
    wrapper = reeve.get(f"/task_runs/{child['parent_task_run_id']}")
    assert wrapper["flow_run_id"] == parent["id"] and wrapper["state_type"] == "COMPLETED"
    names = [state["name"] for state in reeve.get(f"/task_run_states/?task_run_id={found['breaks_once']['id']}")]
    assert "AwaitingRetry" in names and names[-1] == "Completed"
    lines = reeve.logs(parent["id"])
    assert "parent begins" in lines and "total 42" in lines
    assert "child got 20" in reeve.logs(child["id"])


def test_a_failing_task_fails_the_flow(reeve, prefect, etl):
    before = ids(reeve, "failing")
    prefect.python(etl / "more_flows.py", "failing", code=1)
    run = run_of(reeve, "failing", before)
    assert run["state_type"] == "FAILED" and "this task always breaks" in run["state"]["message"]


@pytest.mark.essential
def test_a_flow_retry(reeve, prefect, etl, tmp_path):
    before = ids(reeve, "retried")
    prefect.python(etl / "more_flows.py", "retried", str(tmp_path / "marker"))
    run = run_of(reeve, "retried", before)
    assert run["state_type"] == "COMPLETED" and run["run_count"] == 2
    assert reeve.states(run["id"]).count("AwaitingRetry") == 1
    assert "flow works the second time" in reeve.logs(run["id"])


def test_flow_serve(reeve, prefect, etl, unique):
    with prefect.beside("python", "serve_hello.py", unique, cwd=etl, name=f"serve-{unique}") as served:
        found = until("the served deployment", lambda: reeve.call("GET", f"/deployments/name/hello/{unique}")[0] == 200, 40)
        assert found
        said = prefect.cli("deployment", "run", f"hello/{unique}", "--param", "times=2")
        deployment = reeve.get(f"/deployments/name/hello/{unique}")
        run = reeve.runs_of(deployment["id"])[0]
        assert run["name"] in said
        assert reeve.ended(run["id"])["state_type"] == "COMPLETED", served.said()
        until("both lines", lambda: reeve.logs(run["id"]).count("hello served") == 2, 15)
