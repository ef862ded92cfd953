"""`prefect deploy --all` with the scenario's file, and what the scheduler makes of it."""

import time
from datetime import datetime, timedelta, timezone

import pytest
from servers import until

JOB_VARIABLES = {
    "service_account_name": "worker",
    "name": "testestset",
    "namespace": "dev",
    "image": "docker.io/library/prefect_worker:1.0",
    "image_pull_policy": "IfNotPresent",
    "finished_job_ttl": 300,
}


def write_yaml(etl, prefect, **changes):
    """The scenario's file word for word, but for the version, which Prefect 3 wants quoted, and changes."""
    path = etl / "prefect.yaml"
    text = path.read_text()
    if prefect.major == 3:
        text = text.replace("version: 1.0", 'version: "1.0"')
    for old, new in changes.items():
        text = text.replace({"pool": "worker-pool", "cron": '"* * * * *"', "name": "- name: demo"}[old], new)
    path.write_text(text)


def deployment(reeve, name="demo"):
    status, found = reeve.call("GET", f"/deployments/name/repo-info/{name}")
    return found if status == 200 else None


def planned(reeve, deployment_id):
    runs = [run for run in reeve.runs_of(deployment_id) if run["state_type"] == "SCHEDULED"]
    return [datetime.fromisoformat(run["next_scheduled_start_time"]) for run in runs]


@pytest.mark.parametrize("kind", ["kubernetes", pytest.param("process", marks=pytest.mark.essential)])
def test_deploy_all_with_the_scenarios_file(reeve, prefect, etl, kind):
    reeve.call("DELETE", "/work_pools/worker-pool")
    prefect.cli("work-pool", "create", "worker-pool", "--type", kind)
    assert reeve.get("/work_pools/worker-pool")["type"] == kind
    write_yaml(etl, prefect)
    started = time.monotonic()
    said = prefect.cli("deploy", "--all", cwd=etl)
    assert "repo-info/demo" in said
    found = deployment(reeve)
    assert (found["version"], found["tags"], found["description"]) == ("1.0", ["test"], "demo")
    assert (found["entrypoint"], found["work_pool_name"], found["work_queue_name"]) == ("./prefect_demo.py:repo_info", "worker-pool", "default")
    assert found["job_variables"] == JOB_VARIABLES
    assert [schedule["schedule"] for schedule in found["schedules"]] == [{"cron": "* * * * *", "timezone": "Asia/Taipei", "day_or": True}]
    times = until("planned runs", lambda: planned(reeve, found["id"]), 5)
    assert time.monotonic() - started < 60
    assert len(times) >= 3 and all(at.second == 0 for at in times)
    assert len(set(times)) == len(times)
    assert {later - earlier for earlier, later in zip(times, times[1:])} == {timedelta(minutes=1)}

    first = deployment(reeve)["schedules"][0]["id"]
    prefect.cli("deploy", "--all", cwd=etl)
    again = deployment(reeve)
    assert again["id"] == found["id"] and again["schedules"][0]["id"] != first
    until("planned runs after the second deploy", lambda: planned(reeve, found["id"]), 5)
    time.sleep(1)
    times = planned(reeve, found["id"])
    assert len(set(times)) == len(times), "a second deploy must not double the planned runs"


def test_an_edited_schedule_leaves_no_stale_run(reeve, prefect, etl, unique):
    pool = f"edit-{unique}"
    prefect.cli("work-pool", "create", pool, "--type", "process")
    write_yaml(etl, prefect, pool=pool, cron='"0 9 * * *"', name=f"- name: edit-{unique}")
    text = (etl / "prefect.yaml").read_text()
    (etl / "prefect.yaml").write_text(text[: text.index("    job_variables:")])
    prefect.cli("deploy", "--all", cwd=etl)
    found = deployment(reeve, f"edit-{unique}")
    times = until("planned runs", lambda: planned(reeve, found["id"]), 5)
    taipei = timezone(timedelta(hours=8))
    assert {(at.astimezone(taipei).hour, at.astimezone(taipei).minute) for at in times} == {(9, 0)}

    schedule = found["schedules"][0]["id"]
    new = {"schedule": {"cron": "30 10 * * *", "timezone": "Asia/Taipei", "day_or": True}}
    status, _ = reeve.call("PATCH", f"/deployments/{found['id']}/schedules/{schedule}", new)
    assert status == 204

    def moved():
        times = planned(reeve, found["id"])
        return times and {(at.astimezone(taipei).hour, at.astimezone(taipei).minute) for at in times} == {(10, 30)}

    until("runs at the new time only", moved, 5)
    reeve.post(f"/deployments/{found['id']}/pause_deployment")
    time.sleep(2)
    assert planned(reeve, found["id"]) == []
    reeve.post(f"/deployments/{found['id']}/resume_deployment")
    until("planned runs after resuming", lambda: planned(reeve, found["id"]), 5)
