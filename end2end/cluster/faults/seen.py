"""What a row saw, and what it should have seen."""

import time
from dataclasses import dataclass, field
from typing import Callable

from faults.stage import TERMINAL, Stage, moment, until


@dataclass
class Seen:
    """The end of one run."""

    state: str
    message: str
    seconds: float
    """From the fault to the final state; from the due time where the fault was there before."""
    path: list[str] = field(default_factory=list)
    told: float | None = None
    """Seconds until the run said for the first time what is wrong."""
    left: str = "nothing"
    """Jobs and pods that had not ended when the run had."""
    clean: float | None = None
    """Seconds until they were gone as well; None when they stayed."""
    jobs: int = 0
    """Jobs of the run when it had ended, whatever their state."""


@dataclass
class Row:
    """One fault with what is right."""

    name: str
    what: str
    play: Callable[[Stage], Seen]
    states: tuple[str, ...]
    words: tuple[str, ...]
    """Each of them is in the message."""
    within: float
    quick: bool = False
    """Runs among the tests."""
    needs_our_cluster: bool = False

    def mistakes(self, seen: Seen) -> list[str]:
        """What is wrong with what was seen, in words."""
        wrong = [] if seen.state in self.states else [f"{seen.state}, not {' or '.join(self.states)}"]
        wrong += [f"no word of {word!r}" for word in self.words if word.lower() not in seen.message.lower()]
        if seen.seconds > self.within:
            wrong.append(f"{seen.seconds:.1f} s, not {self.within:g} s")
        if seen.clean is None:
            wrong.append(f"left behind: {seen.left}")
        if seen.jobs > 1:
            wrong.append(f"{seen.jobs} Jobs")
        return wrong


def alive(stage: Stage, run_id: str, cluster) -> tuple[list[str], int]:
    """What of the run has not ended in the cluster, and the number of its Jobs."""
    jobs = cluster.jobs_of(run_id)
    lives = [f"Job {job['metadata']['name']}" for job in jobs if not job.get("status", {}).get("conditions")]
    pods = cluster.of_run("pods", run_id)
    lives += [f"pod {pod['metadata']['name']}" for pod in pods if pod["status"].get("phase") not in ("Succeeded", "Failed")]
    return lives, len(jobs)


def end_of(stage: Stage, run_id: str, since: float | None = None, seconds: float = 120, cluster=None) -> Seen:
    """Waits for the run's end. `since`: the moment of the fault; without it the run's due time."""
    server, cluster = stage.server, cluster or stage.cluster

    def ended():
        run = server.get(f"/flow_runs/{run_id}")
        return run if run["state_type"] in TERMINAL else None

    run = until(f"run {run_id} ended", ended, seconds)
    since = since or moment(run["expected_start_time"])
    left, jobs = alive(stage, run_id, cluster)
    states = server.get(f"/flow_run_states/?flow_run_id={run_id}")
    told = next((moment(state["timestamp"]) - since for state in states if state["name"] == "InfrastructurePending"), None)
    told = told if told is not None and told >= 0 else None
    at = moment(run["state"]["timestamp"])
    seen = Seen(run["state_type"], run["state"]["message"] or "", at - since, [state["name"] for state in states], told, ", ".join(left) or "nothing", None, jobs)
    until_gone = time.time() + 75
    while left and time.time() < until_gone:
        time.sleep(0.5)
        left, _ = alive(stage, run_id, cluster)
    if not left:
        seen.clean = 0.0 if seen.left == "nothing" else time.time() - at
    return seen
