"""The API server, our server or the right time are gone for a while."""

import subprocess
import time
from pathlib import Path

from faults.seen import Row, Seen, end_of
from faults.stage import Stage, flow


def api_server_gone(seconds: int, ends_after: int):
    """The API server is killed and comes back. Timed from its return or the flow's end, whichever is later."""

    def play(stage: Stage) -> Seen:
        with stage.worker():
            run_id = stage.running(stage.run(flow(ends_after)))
            began = time.time()
            stage.cluster.script("kill", "apiserver")
            time.sleep(seconds)
            stage.cluster.script("start", "apiserver")
            return end_of(stage, run_id, max(time.time(), began + ends_after), 150)

    return play


def server_gone(seconds: int):
    """Our server is killed, the flow ends, the server comes back. Timed from its return."""

    def play(stage: Stage) -> Seen:
        with stage.worker():
            run_id = stage.running(stage.run(flow(5)))
            stage.kill(stage.server)
            time.sleep(seconds)
            stage.server.start()
            return end_of(stage, run_id, time.time(), 150)

    return play


CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t which, struct timespec *at) {
  int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(which, at);
  if (which == CLOCK_REALTIME) at->tv_sec += OFF;
  return result;
}
"""


def wrong_clock(stage: Stage, seconds: int) -> Path:
    """A library that makes a program's clock wrong by so many seconds."""
    library = stage.folder / f"clock{seconds}.so"
    compiler = ["cc", "-shared", "-fPIC", f"-DOFF=({seconds})", "-o", str(library), "-x", "c", "-", "-ldl"]
    subprocess.run(compiler, input=CLOCK, text=True, check=True)
    return library


def clock_off(seconds: int):
    """A run is due in five seconds by the server's clock; the worker's goes wrong. Timed from the due time."""

    def play(stage: Stage) -> Seen:
        with stage.worker(LD_PRELOAD=str(wrong_clock(stage, seconds))):
            due = time.time() + 5
            when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(due)) + f".{int(due % 1 * 1e6):06}Z"
            state = {"type": "SCHEDULED", "state_details": {"scheduled_time": when}}
            deployment = stage.deployment("echo done")
            run_id = stage.server.post(f"/deployments/{deployment}/create_flow_run", {"state": state})["id"]
            return end_of(stage, run_id, due)

    return play


ROWS = [
    Row("api-server-5s", "API server `kill -9`, down 5 s, under a flow of 8 s", api_server_gone(5, 8), ("COMPLETED",), (), 5, needs_our_cluster=True),
    Row("api-server-60s", "API server `kill -9`, down 60 s, the flow ends meanwhile", api_server_gone(60, 20), ("COMPLETED",), (), 10, needs_our_cluster=True),
    Row("server-60s", "Reeve's server `kill -9`, down 60 s, the flow ends meanwhile", server_gone(60), ("COMPLETED",), (), 15),
    Row("clock-behind", "the worker's clock is 30 s behind", clock_off(-30), ("COMPLETED",), (), 4),
    Row("clock-ahead", "the worker's clock is 30 s ahead", clock_off(30), ("COMPLETED",), (), 4),
]
