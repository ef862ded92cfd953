"""Flows that stop and go on: a pause with input in this process, a suspension that ends the process."""

import sys

import prefect
from prefect import flow
from prefect.input import RunInput

if int(prefect.__version__.split(".")[0]) == 3:
    from prefect.flow_runs import pause_flow_run, suspend_flow_run
else:
    from prefect import pause_flow_run, suspend_flow_run


class Answer(RunInput):
    number: int


@flow(log_prints=True)
def pausing(word: str = "x"):
    answer = pause_flow_run(wait_for_input=Answer, timeout=60, poll_interval=1)
    print(f"{word} heard {answer.number}")


@flow(log_prints=True, persist_result=True)
def suspending(word: str = "x"):
    print(f"{word} begins")
    suspend_flow_run(timeout=60, key="only-once")
    print(f"{word} goes on")


if __name__ == "__main__":
    if sys.argv[1] == "pause":
        pausing(sys.argv[2])
    else:
        suspending.serve(name=sys.argv[2], interval=86400, pause_on_shutdown=True)
