"""A task that is run by whoever serves it."""

import sys

import prefect
from prefect import task

if prefect.__version__.startswith("2."):
    from prefect.task_server import serve
else:
    from prefect.task_worker import serve


@task(log_prints=True)
def background(word: str) -> str:
    print(f"background {word}")
    return word


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(background)
    elif prefect.__version__.startswith("2."):
        print("RUN", background.submit(sys.argv[2]).id)
    else:
        print("RUN", background.delay(sys.argv[2]).task_run_id)
