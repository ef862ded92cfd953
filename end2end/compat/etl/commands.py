"""Many commands in one process: starting a command line takes seconds.

Reads lines of JSON: a command as a list of words; answers each with its exit code and what it said.
"""

import contextlib
import io
import json
import shlex
import sys
import traceback

import prefect

MAJOR = int(prefect.__version__.split(".")[0])


def run(words):
    said = io.StringIO()
    code = 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            if MAJOR == 3:
                from prefect.cli import app

                sys.argv = ["prefect", "--no-prompt", *words]
                app()
            else:
                from prefect.cli import app
                from typer.testing import CliRunner

                result = CliRunner().invoke(app, ["--no-prompt", *words], input="y\n", catch_exceptions=True)
                said.write(result.output)
                if result.exception and not isinstance(result.exception, SystemExit):
                    traceback.print_exception(result.exception)
                code = result.exit_code
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
        except Exception:
            traceback.print_exc()
            code = 99
    return code, said.getvalue()


for line in sys.stdin:
    words = shlex.split(line)
    if words:
        code, said = run(words)
        print("ANSWER " + json.dumps({"command": line.strip(), "code": code, "said": said}), flush=True)
