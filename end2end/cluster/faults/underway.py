"""Faults that hit a run that is under way."""

import json
import os
import signal
import time

from faults.seen import Row, Seen, end_of
from faults.stage import Stage, flow


def with_kubectl(*words: str):
    """A row that deletes something of a running run; `{job}` and `{pod}` in the words are its names."""

    def play(stage: Stage) -> Seen:
        with stage.worker():
            run_id = stage.running(stage.run(flow(60)))
            names = {kind: stage.cluster.of_run(f"{kind}s", run_id)[0]["metadata"]["name"] for kind in ("job", "pod")}
            at = time.time()
            stage.cluster.kubectl(*(word.format(**names) for word in words), "--wait=false")
            return end_of(stage, run_id, at)

    return play


def cancel(obeys: bool, grace: int):
    def play(stage: Stage) -> Seen:
        def change(job: dict):
            job["template"]["spec"]["terminationGracePeriodSeconds"] = grace

        pool = stage.pool(change)
        with stage.worker(pool=pool):
            run_id = stage.running(stage.run(flow(60, obeys), pool=pool))
            at = time.time()
            stage.server.post(f"/flow_runs/{run_id}/set_state", {"state": {"type": "CANCELLING"}})
            return end_of(stage, run_id, at)

    return play


def cancel_pending(stage: Stage) -> Seen:
    """Cancelled while its pod cannot start."""
    with stage.worker():
        run_id = stage.run("true", image="nowhere.test/none:1", image_pull_policy="Always")
        while not stage.cluster.of_run("pods", run_id):
            time.sleep(0.05)
        at = time.time()
        stage.server.post(f"/flow_runs/{run_id}/set_state", {"state": {"type": "CANCELLING"}})
        return end_of(stage, run_id, at)


def worker_killed(next_name: str, seconds: int, pod_dies: bool = False):
    """The worker is killed, perhaps the pod's processes as well; the next worker starts two seconds later. Timed from
    the next worker's start, or from the flow's end when that is later."""

    def play(stage: Stage) -> Seen:
        with stage.worker() as first:
            run_id = stage.running(stage.run(flow(seconds)))
            began = time.time()
            stage.kill(first)
        if pod_dies:
            for process in stage.processes_in(run_id):
                os.kill(process, signal.SIGKILL)
        time.sleep(2)
        since = time.time()
        with stage.worker(next_name):
            return end_of(stage, run_id, since if pod_dies else max(since, began + seconds), 150)

    return play


def worker_killed_cancelled(stage: Stage) -> Seen:
    """The run is cancelled while there is no worker. Timed from the next worker's start."""
    with stage.worker() as first:
        run_id = stage.running(stage.run(flow(60)))
        stage.kill(first)
    stage.server.post(f"/flow_runs/{run_id}/set_state", {"state": {"type": "CANCELLING"}})
    time.sleep(1)
    since = time.time()
    with stage.worker():
        return end_of(stage, run_id, since)


def drained(stage: Stage) -> Seen:
    """The only node is drained, and opened again afterwards."""
    with stage.worker():
        run_id = stage.running(stage.run(flow(60)))
        node = json.loads(stage.cluster.kubectl("get", "nodes", "-o", "json"))["items"][0]["metadata"]["name"]
        at = time.time()
        try:
            stage.cluster.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=60s")
            return end_of(stage, run_id, at)
        finally:
            stage.cluster.kubectl("uncordon", node)


ROWS = [
    Row("pod-deleted", "`kubectl delete pod`", with_kubectl("delete", "pod", "{pod}"), ("CRASHED",), ("deleted",), 5, quick=True),
    Row("pod-force-deleted", "`kubectl delete pod --force`", with_kubectl("delete", "pod", "{pod}", "--force", "--grace-period=0"), ("CRASHED",), ("deleted",), 5, quick=True),
    Row("job-deleted", "`kubectl delete job`", with_kubectl("delete", "job", "{job}"), ("CRASHED",), ("deleted",), 5, quick=True),
    Row("job-deleted-alone", "`kubectl delete job --cascade=orphan`, which leaves the pod", with_kubectl("delete", "job", "{job}", "--cascade=orphan"), ("CRASHED",), ("deleted",), 5, quick=True),
    Row("cancel", "cancelled; the flow obeys SIGTERM", cancel(True, 30), ("CANCELLED",), (), 5, quick=True),
    Row("cancel-stubborn", "cancelled; the flow ignores SIGTERM, grace period 5 s", cancel(False, 5), ("CANCELLED",), (), 8),
    Row("cancel-pending", "cancelled while its image is being pulled", cancel_pending, ("CANCELLED",), (), 5, quick=True),
    Row("worker-kill9", "worker `kill -9`, started again 2 s later", worker_killed("worker", 8), ("COMPLETED",), (), 10),
    Row("worker-kill9-other", "the same, and the next worker has another name", worker_killed("other", 8), ("COMPLETED",), (), 10),
    Row("worker-kill9-pod-dies", "worker `kill -9`, and the pod's processes die while there is none", worker_killed("worker", 60, True), ("FAILED", "CRASHED"), ("137",), 10, needs_our_cluster=True),
    Row("worker-kill9-pod-dies-other", "the same, and the next worker has another name", worker_killed("other", 60, True), ("FAILED", "CRASHED"), ("137",), 10, needs_our_cluster=True),
    Row("worker-kill9-cancelled", "worker `kill -9`, and the run is cancelled while there is none", worker_killed_cancelled, ("CANCELLED",), (), 10),
    Row("node-drained", "`kubectl drain` of the run's node", drained, ("CRASHED",), ("deleted",), 5, needs_our_cluster=True),
]
