"""Flows for what the scenario does not show: subflows, failures, retries, long runs."""

import os
import sys
import time

from prefect import flow, task


@task
def double(n: int) -> int:
    print(f"doubling {n}")
    return 2 * n


@task(retries=1, retry_delay_seconds=1)
def breaks_once(marker: str) -> str:
    if not os.path.exists(marker):
        open(marker, "w").close()
        raise ValueError("first try")
    return "second try"


@task
def always_breaks():
    raise ValueError("this task always breaks")


@flow(log_prints=True)
def child(n: int) -> int:
    print(f"child got {n}")
    return double(n)


@flow(log_prints=True)
def parent(marker: str) -> int:
    print("parent begins")
    breaks_once(marker)
    total = child(20) + double(1)
    print(f"total {total}")
    return total


@flow(log_prints=True)
def failing():
    always_breaks()


@flow(log_prints=True, retries=1, retry_delay_seconds=1)
def retried(marker: str):
    if not os.path.exists(marker):
        open(marker, "w").close()
        raise ValueError("flow breaks the first time")
    print("flow works the second time")


@flow(log_prints=True)
def sleeper(seconds: float = 120.0):
    print("sleeping")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.2)
    print("slept")


@flow(log_prints=True)
def hello(name: str = "world", times: int = 1):
    """Greets somebody."""
    for _ in range(times):
        print(f"hello {name}")


if __name__ == "__main__":
    flows = {each.fn.__name__: each for each in (parent, failing, retried, hello)}
    flows[sys.argv[1]](*sys.argv[2:])
