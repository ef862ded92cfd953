"""A task that is run by whoever serves it."""

import sys

from prefect import task
from prefect.task_worker import serve


@task(log_prints=True)
def background(word: str) -> str:
    print(f"background {word}")
    return word


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(background)
    else:
        print("RUN", background.delay(sys.argv[2]).task_run_id)
