"""What flows do beside running tasks: the real clients report whether they saw what they should."""

import json
import signal

import pytest
from servers import until


def report(said: str) -> dict:
    line = next(line for line in said.splitlines() if line.startswith("REPORT "))
    return json.loads(line.removeprefix("REPORT "))


@pytest.mark.essential
def test_features_of_flows(reeve, prefect, etl, unique):
    reeve.post("/concurrency_limits/", {"tag": "compat-one", "concurrency_limit": 1})
    reeve.post("/v2/concurrency_limits/", {"name": f"gcl-{unique}", "limit": 1})
    reeve.post("/v2/concurrency_limits/", {"name": f"rate-{unique}", "limit": 1, "slot_decay_per_second": 2.0})
    outcomes = report(prefect.python(etl / "features.py", unique))
    wrong = {name: outcome for name, outcome in outcomes.items() if outcome is not True}
    assert not wrong, "\n".join(f"{name}: {outcome}" for name, outcome in wrong.items())

    def runs(flow):
        return reeve.post("/flow_runs/filter", {"flows": {"name": {"any_": [flow]}}, "sort": "START_TIME_DESC"})

    def tasks(flow, wanted):
        def completed():
            found = reeve.task_runs(runs(flow)[0]["id"])
            return found if len(found) == wanted and all(task["state_type"] == "COMPLETED" for task in found) else None

        return until(f"{wanted} completed task runs of {flow}", completed, 30)

    cached = tasks("caching", 2)
    assert sorted(task["state_name"] for task in cached) == ["Cached", "Completed"]
    tasks("mapped", 6)
    assert tasks("jitter", 1)[0]["run_count"] == 3
    assert reeve.get(f"/artifacts/md-{unique}/latest")["data"] == f"# {unique} again"
    status, document = reeve.call("GET", f"/block_types/slug/secret/block_documents/name/secret-{unique}")
    assert status == 200 and document["data"]["value"] == "********"
    assert reeve.get(f"/variables/name/v_{unique}")["value"] == f"{unique}-2"
    assert reeve.get("/concurrency_limits/tag/compat-one")["active_slots"] == []
    assert reeve.get(f"/v2/concurrency_limits/gcl-{unique}")["active_slots"] == 0


def test_a_pause_with_input(reeve, prefect, etl, unique):
    def run():
        found = reeve.post("/flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": ["PAUSED"]}}}, "flows": {"name": {"any_": ["pausing"]}}})
        return next((run for run in found if run["parameters"]["word"] == unique), None)

    with prefect.beside("python", "pausing.py", "pause", unique, cwd=etl, name=f"pausing-{unique}") as script:
        paused = until("a paused run", run, 60)
        schema = paused["state"]["state_details"]["run_input_keyset"]["schema"]
        # Prefect 2 pauses first and says then what it wants to hear.
        until("the schema of the answer", lambda: reeve.call("GET", f"/flow_runs/{paused['id']}/input/{schema}")[0] == 200, 20)
        answer = reeve.post(f"/flow_runs/{paused['id']}/resume", {"run_input": {"number": "none"}})
        assert answer["status"] == "REJECT", answer
        answer = reeve.post(f"/flow_runs/{paused['id']}/resume", {"run_input": {"number": 42}})
        assert answer["status"] == "ACCEPT", answer
        assert reeve.ended(paused["id"])["state_type"] == "COMPLETED", script.said()
        until("the answer", lambda: f"{unique} heard 42" in reeve.logs(paused["id"]), 15)
    assert "Paused" in reeve.states(paused["id"])


def test_a_suspended_run_goes_on_and_serving_ends_with_a_pause(reeve, prefect, etl, unique):
    with prefect.beside("python", "pausing.py", "serve", unique, cwd=etl, name=f"suspending-{unique}") as served:
        until("the deployment", lambda: reeve.call("GET", f"/deployments/name/suspending/{unique}")[0] == 200, 60)
        deployment = reeve.get(f"/deployments/name/suspending/{unique}")
        run = reeve.post(f"/deployments/{deployment['id']}/create_flow_run", {"parameters": {"word": unique}})
        path = f"/flow_runs/{run['id']}"
        until("a suspended run", lambda: reeve.get(path)["state_name"] == "Suspended", 90)
        assert reeve.post(f"{path}/resume")["status"] == "ACCEPT"
        assert reeve.ended(run["id"], 90)["state_type"] == "COMPLETED", served.said()
        until("the last line", lambda: f"{unique} goes on" in reeve.logs(run["id"]), 15)
        served.process.send_signal(signal.SIGINT)
        until("a paused deployment", lambda: reeve.get(f"/deployments/{deployment['id']}")["paused"], 40)


def test_background_tasks(reeve, prefect, etl, unique):
    # Prefect 2 has them behind a setting of its clients.
    wanted = {"PREFECT_EXPERIMENTAL_ENABLE_TASK_SCHEDULING": "true"} if prefect.major == 2 else {}
    before = {worker["identifier"] for worker in reeve.post("/task_workers/filter")}
    with prefect.beside("python", "background.py", "serve", cwd=etl, name=f"background-{unique}", env=wanted) as worker:
        if prefect.major == 3:
            until("a task worker", lambda: {one["identifier"] for one in reeve.post("/task_workers/filter")} - before, 60)
        said = prefect.python(etl / "background.py", "delay", unique, env=wanted).split()
        task_run = said[said.index("RUN") + 1]
        until("a completed task run", lambda: reeve.get(f"/task_runs/{task_run}")["state_type"] == "COMPLETED", 60)
    assert worker.process.returncode is not None
    assert f"background {unique}" in worker.said()


def test_a_worker_shows_on_its_channel_that_it_lives(reeve, both, etl, unique):
    prefect, pool = both[1], f"channel-{unique}"
    with prefect.worker(pool, etl) as worker:
        online = lambda: reeve.call("GET", f"/work_pools/{pool}")[1].get("status") == "READY"
        until("a pool that its worker made", online, 60)
        template = reeve.get(f"/work_pools/{pool}")["base_job_template"]
        assert set(template) == {"job_configuration", "variables"}
        assert [one["status"] for one in reeve.post(f"/work_pools/{pool}/workers/filter")] == ["ONLINE"]
        assert "protocol_error" not in worker.said()
