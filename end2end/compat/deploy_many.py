"""Runs `prefect --no-prompt deploy --all` on many files in one process: starting the client takes seconds.

PYTHON deploy_many.py FILE... prints a line of JSON for each file: its name, and what went wrong, if anything did.
"""

import contextlib
import io
import json
import sys


def command():
    """The client's command line as a function of words."""
    import prefect

    if prefect.__version__.startswith("2."):
        from prefect.cli.root import app

        return lambda words: app(words, standalone_mode=False)
    from prefect.cli import app

    def run(words):
        sys.argv = ["prefect", *words]
        app()

    return run


def main(files: list[str]):
    run = command()
    for file in files:
        printed = io.StringIO()
        wrong = None
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                run(["--no-prompt", "deploy", "--all", "--prefect-file", file])
        except SystemExit as end:
            wrong = None if end.code in (0, None) else f"exit {end.code}"
        except BaseException as error:
            wrong = repr(error)
        print(json.dumps({"file": file, "wrong": wrong, "said": printed.getvalue()[-3000:]}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
