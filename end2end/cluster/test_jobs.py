"""Flow runs as Jobs on a real cluster."""

import time

from conftest import needs_our_cluster, needs_pods, until


def test_a_run_becomes_a_job_and_a_cancelled_run_takes_it_away(reeve, cluster, worker, run_of):
    script = "trap exit TERM; while true; do sleep 1; done"
    run_id = run_of(command=f"sh -c '{script}'", labels={"team": "data"})
    [job] = until("a Job", lambda: cluster.jobs_of(run_id))
    container = job["spec"]["template"]["spec"]["containers"][0]
    assert (container["image"], container["args"]) == ("busybox", ["sh", "-c", script])
    assert job["spec"]["backoffLimit"] == 0
    assert job["metadata"]["labels"]["team"] == "data"
    assert job["spec"]["template"]["metadata"]["labels"]["prefect.io/flow-run-id"] == run_id
    reeve.post(f"/flow_runs/{run_id}/set_state", {"state": {"type": "CANCELLING"}})
    assert reeve.ended(run_id, 60)["state_type"] == "CANCELLED"
    until("no Job", lambda: not cluster.jobs_of(run_id))


@needs_pods
def test_a_plain_image_runs_and_its_output_is_the_log(reeve, worker, run_of):
    run_id = run_of(command="sh -c 'for i in 1 2 3; do echo line $i; sleep 0.2; done; echo to stderr >&2'")
    assert reeve.ended(run_id, 60)["state_type"] == "COMPLETED", worker.said()
    lines = reeve.logs(run_id)
    assert [line for line in lines if line.startswith("line")] == ["line 1", "line 2", "line 3"]
    assert "to stderr" in lines
    assert reeve.states(run_id)[-2:] == ["Running", "Completed"]


@needs_pods
def test_a_command_that_fails_fails_the_run(reeve, worker, run_of):
    run_id = run_of(command="sh -c 'echo before; exit 3'")
    run = reeve.ended(run_id, 60)
    assert run["state_type"] == "FAILED"
    assert "3" in run["state"]["message"]
    assert "before" in reeve.logs(run_id)


@needs_pods
def test_a_run_over_its_memory_limit_says_so(reeve, worker, run_of):
    run_id = run_of(command="sh -c 'a=x; while true; do a=$a$a; done'", memory_limit="32Mi")
    run = reeve.ended(run_id, 60)
    assert run["state_type"] in ("FAILED", "CRASHED")
    assert "memory" in run["state"]["message"], run["state"]["message"]


@needs_pods
def test_an_image_that_cannot_be_had_crashes_the_run(reeve, cluster, worker, run_of):
    run_id = run_of(image="nowhere.test/none:1", command="true", pod_watch_timeout_seconds=10)
    run = reeve.ended(run_id, 90)
    assert run["state_type"] == "CRASHED"
    assert "nowhere.test/none:1" in run["state"]["message"], run["state"]["message"]


@needs_pods
def test_a_run_outlives_its_worker(reeve, cluster, start_worker, run_of):
    with start_worker("first") as first:
        run_id = run_of(command="sh -c 'echo started; sleep 6; echo done'")
        until("a running run", lambda: reeve.get(f"/flow_runs/{run_id}")["state_type"] == "RUNNING", 60)
        first.process.kill()
        first.process.wait()
    with start_worker("second") as second:
        assert reeve.ended(run_id, 90)["state_type"] == "COMPLETED", second.said()
    lines = reeve.logs(run_id)
    assert lines.count("started") == 1 and lines.count("done") == 1, lines
    assert len(cluster.jobs_of(run_id)) == 1


@needs_pods
@needs_our_cluster
def test_an_api_server_that_goes_away_for_a_while_loses_nothing(reeve, cluster, worker, run_of):
    run_id = run_of(command="sh -c 'echo started; sleep 5; echo done'")
    until("a running run", lambda: reeve.get(f"/flow_runs/{run_id}")["state_type"] == "RUNNING", 60)
    cluster.script("kill", "apiserver")
    time.sleep(3)
    cluster.script("start", "apiserver")
    assert reeve.ended(run_id, 120)["state_type"] == "COMPLETED", worker.said()
    assert reeve.logs(run_id).count("done") == 1
