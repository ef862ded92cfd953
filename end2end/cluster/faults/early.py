"""Faults that are there before the run is due."""

import time

from faults.seen import Row, Seen, end_of
from faults.stage import Stage, flow, shell


def simple(command: str, **variables):
    """A row that schedules one run with these variables."""

    def play(stage: Stage) -> Seen:
        with stage.worker():
            return end_of(stage, stage.run(command, **variables))

    return play


def with_quota(hard: dict[str, str], **variables):
    def play(stage: Stage) -> Seen:
        cluster = stage.namespace()
        cluster.quota(**hard)
        with stage.worker():
            return end_of(stage, stage.run("true", namespace=cluster.namespace, **variables), cluster=cluster)

    return play


def with_template(change, command: str, **variables):
    def play(stage: Stage) -> Seen:
        pool = stage.pool(change)
        with stage.worker(pool=pool):
            return end_of(stage, stage.run(command, pool=pool, **variables))

    return play


def no_namespace(stage: Stage) -> Seen:
    with stage.worker():
        return end_of(stage, stage.run("true", namespace="no-such-namespace"))


def missing_secret(job: dict):
    wanted = {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "no-such-secret", "key": "password"}}}
    job["template"]["spec"]["containers"][0]["env"] = [wanted]


def no_node(job: dict):
    job["template"]["spec"]["nodeSelector"] = {"reeve.test/none": "such"}


def deadline(job: dict):
    job["activeDeadlineSeconds"] = 3


def invalid_template(stage: Stage) -> Seen:
    """The pool is refused; were it not, a run would be made to see what becomes of it."""

    def change(job: dict):
        job["backoffLimit"] = "many"

    asked = time.time()
    template = stage.template()
    change(template["job_configuration"]["job_manifest"]["spec"])
    body = {"name": f"invalid-{asked:.0f}", "type": "kubernetes", "base_job_template": template}
    status, answer = stage.server.call("POST", "/work_pools/", body)
    if status >= 400:
        return Seen("REFUSED", str(answer), time.time() - asked, clean=0.0)
    with stage.worker(pool=body["name"]):
        return end_of(stage, stage.run("true", pool=body["name"]))


def invalid_variable(stage: Stage) -> Seen:
    asked = time.time()
    deployment = stage.deployment("true")
    body = {"job_variables": {"finished_job_ttl": "soon"}}
    status, answer = stage.server.call("POST", f"/deployments/{deployment}/create_flow_run", body)
    if status >= 400:
        return Seen("REFUSED", str(answer), time.time() - asked, clean=0.0)
    with stage.worker():
        return end_of(stage, answer["id"])


PATIENCE = {"pod_watch_timeout_seconds": 10}
HUNGRY = shell("a=x; while true; do a=$a$a; done")

ROWS = [
    Row("image-pull-error", "the image's registry does not exist", simple("true", image="nowhere.test/none:1"), ("CRASHED",), ("nowhere.test/none:1", "pull"), 15, quick=True),
    Row("image-never-pulled", "`image_pull_policy: Never`, and the node has no such image", simple("true", image="none:1", image_pull_policy="Never"), ("CRASHED",), ("none:1",), 5, quick=True),
    Row("exit-1", "the command exits with 1 after a second", simple(shell("echo before; sleep 1; exit 1")), ("FAILED",), ("status 1",), 4, quick=True),
    Row("oom-killed", "the command takes more than its 32 MiB", simple(HUNGRY, memory_limit="32Mi"), ("FAILED", "CRASHED"), ("memory", "OOMKilled"), 5, quick=True),
    Row("job-quota", "ResourceQuota count/jobs.batch=0", with_quota({"count/jobs.batch": "0"}), ("CRASHED",), ("quota",), 3, quick=True),
    Row("pod-quota", "ResourceQuota pods=0; 10 s to start", with_quota({"pods": "0"}, **PATIENCE), ("CRASHED",), ("quota",), 13),
    Row("no-namespace", "the namespace does not exist", no_namespace, ("CRASHED",), ("no-such-namespace",), 3, quick=True),
    Row("no-service-account", "the service account does not exist", simple("true", service_account_name="nobody"), ("CRASHED",), ("nobody",), 10, quick=True),
    Row("no-secret", "a variable comes from a Secret that does not exist", with_template(missing_secret, "true"), ("CRASHED",), ("no-such-secret",), 10, quick=True),
    Row("unschedulable", "a node selector that no node fits; 10 s to start", with_template(no_node, "true", **PATIENCE), ("CRASHED",), ("node",), 13),
    Row("invalid-template", 'the template has `backoffLimit: "many"`', invalid_template, ("REFUSED",), ("backoffLimit",), 1, quick=True),
    Row("invalid-variable", '`finished_job_ttl: "soon"`', invalid_variable, ("REFUSED",), ("soon",), 1, quick=True),
    Row("deadline", "`activeDeadlineSeconds: 3`, a flow of 30 s", with_template(deadline, flow(30)), ("CRASHED",), ("deadline",), 8),
    Row("job-watch-timeout", "`job_watch_timeout_seconds: 3`, a flow of 30 s", simple(flow(30), job_watch_timeout_seconds=3), ("CRASHED",), ("3 s",), 8),
]
