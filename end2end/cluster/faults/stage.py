"""A server, a cluster and a worker, each of which a row may break."""

import os
import shlex
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "compat"))

from cluster import HOST, KUBECONFIG, Cluster  # noqa: E402
from servers import Background, Reeve, clean_env, until  # noqa: E402

POOL = "faults"
TERMINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


def moment(text: str) -> float:
    """Seconds since 1970 of a time of the API."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def flow(seconds: int, obeys: bool = True) -> str:
    """A shell in place of a flow: it says `started` and, `seconds` later, `done`. One that obeys ends on SIGTERM."""
    trap = 'trap "exit 143" TERM; ' if obeys else 'trap "" TERM; '
    return shell(f"{trap}echo started; i=0; while [ $i -lt {seconds} ]; do sleep 1; i=$((i+1)); done; echo done")


def shell(script: str) -> str:
    """The command that runs a script."""
    return f"sh -c {shlex.quote(script)}"


class Stage:
    """Everything a row needs; made once for all rows."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.cluster = Cluster()
        self.namespaces = [self.cluster]
        self.server = Reeve(f"sqlite://{folder}/reeve.db", folder, HOST or "127.0.0.1")
        kinds = self.server.get("/collections/views/aggregate-worker-metadata")["prefect-kubernetes"]
        template = kinds["kubernetes"]["default_base_job_configuration"]
        self.server.post("/work_pools/", {"name": POOL, "type": "kubernetes", "base_job_template": template})

    def close(self):
        self.server.stop()
        for namespace in self.namespaces:
            namespace.remove()

    def namespace(self) -> Cluster:
        """A namespace of its own, for faults that concern all of it."""
        self.namespaces.append(Cluster())
        return self.namespaces[-1]

    def template(self) -> dict:
        """The base job template of the pool."""
        return self.server.get(f"/work_pools/{POOL}")["base_job_template"]

    def pool(self, change) -> str:
        """A pool whose template has been changed; its name."""
        template = self.template()
        change(template["job_configuration"]["job_manifest"]["spec"])
        name = f"faults-{uuid.uuid4().hex[:8]}"
        self.server.post("/work_pools/", {"name": name, "type": "kubernetes", "base_job_template": template})
        return name

    def deployment(self, command: str, pool: str = POOL, namespace: str | None = None, **variables) -> str:
        """The id of a new deployment of a plain command in a busybox."""
        flow_id = self.server.post("/flows/", {"name": f"flow-{uuid.uuid4().hex[:8]}"})["id"]
        variables = {
            "image": "busybox",
            "image_pull_policy": "IfNotPresent",
            "namespace": namespace or self.cluster.namespace,
            "command": command,
        } | variables
        body = {"name": "it", "flow_id": flow_id, "work_pool_name": pool, "job_variables": variables}
        return self.server.post("/deployments/", body)["id"]

    def run(self, command: str, **more) -> str:
        """Schedules a run for now; its id."""
        return self.server.post(f"/deployments/{self.deployment(command, **more)}/create_flow_run", {})["id"]

    def running(self, run_id: str) -> str:
        """The run once it is RUNNING and heeds signals; its id."""
        until("a running run", lambda: self.server.get(f"/flow_runs/{run_id}")["state_type"] == "RUNNING", 60)
        until("its first line", lambda: "started" in self.server.logs(run_id), 30)
        return run_id

    @contextmanager
    def worker(self, name: str = "worker", pool: str = POOL, **env: str):
        """A worker that works for the pool while the context lasts; it may be killed meanwhile."""
        env = clean_env() | {"KUBECONFIG": KUBECONFIG, "PREFECT_API_URL": self.server.api, "REEVE_HOME": str(self.folder / name)} | env
        command = [os.environ["REEVE_BIN"], "worker", "start", "--pool", pool, "--type", "kubernetes", "--name", name]
        log = self.folder / f"{name}-{uuid.uuid4().hex[:4]}.log"
        with Background(command, env, self.folder, log) as worker:
            until("a worker at work", lambda: "works for" in worker.said(), 20)
            yield worker

    def kill(self, program: Background | Reeve) -> float:
        """`kill -9`; when that was."""
        at = time.time()
        program.process.kill()
        program.process.wait()
        return at

    def processes_in(self, run_id: str) -> list[int]:
        """Processes on this machine of the run's containers, found by the id in their environment."""
        found = subprocess.run(["grep", "-lsa", run_id, *map(str, Path("/proc").glob("[0-9]*/environ"))], stdout=subprocess.PIPE, text=True)
        return [int(path.split("/")[2]) for path in found.stdout.split()]
