"""Programs that the suite starts on spare loopback ports and stops again."""

import http.server
import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path


def spare_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what: str, check, seconds: float = 30, pause: float = 0.1):
    """Waits for `check` to give something true and returns it; fails with what was seen last."""
    end = time.monotonic() + seconds
    while True:
        seen = check()
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds} s still not: {what}; last seen: {seen!r}")
        time.sleep(pause)


class Reeve:
    """One `reeve server start` over one database."""

    # What every request carries besides.
    headers: dict[str, str] = {}

    def __init__(self, database_url: str, folder: Path, host: str = "127.0.0.1"):
        self.folder = folder
        self.port = spare_port()
        self.api = f"http://{host}:{self.port}/api"
        self.database_url = database_url
        self.host = host
        self.log = folder / "server.log"
        self.start()

    def start(self):
        """Starts the program, on the same port and database each time, and waits until it answers."""
        self.process = subprocess.Popen(
            [os.environ["REEVE_BIN"], "server", "start", "--host", self.host, "--port", str(self.port)],
            env=clean_env() | {"REEVE_DATABASE_URL": self.database_url, "REEVE_HOME": str(self.folder)},
            cwd=self.folder,
            stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT,
        )
        until("a healthy server", self.is_healthy)

    def is_healthy(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended: {self.log.read_text()[-2000:]}")
        try:
            return self.get("/health") is True
        except OSError:
            return False

    def call(self, method: str, path: str, body=None, agent: str = "compat"):
        """Status and decoded body of one request."""
        data = None if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
        headers = {"Content-Type": "application/json", "User-Agent": agent} | self.headers
        request = urllib.request.Request(self.api + path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            status, text = refused.code, refused.read()
        try:
            return status, json.loads(text) if text else None
        except ValueError:
            return status, text.decode()

    def get(self, path: str):
        status, body = self.call("GET", path)
        assert status == 200, (path, status, body)
        return body

    def post(self, path: str, body=None):
        status, answer = self.call("POST", path, {} if body is None else body)
        assert status < 300, (path, status, answer)
        return answer

    def runs_of(self, deployment_id: str) -> list:
        """Runs of a deployment, soonest first."""
        runs = self.post("/flow_runs/filter", {"flow_runs": {"deployment_id": {"any_": [deployment_id]}}, "sort": "EXPECTED_START_TIME_ASC"})
        return runs

    def run_named(self, name: str) -> dict | None:
        runs = self.post("/flow_runs/filter", {"flow_runs": {"name": {"any_": [name]}}})
        return runs[0] if runs else None

    def ended(self, run_id: str, seconds: float = 90) -> dict:
        """The run once it has reached a terminal state."""
        terminal = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}

        def look():
            run = self.get(f"/flow_runs/{run_id}")
            return run if run["state_type"] in terminal else None

        return until(f"run {run_id} ended", look, seconds)

    def logs(self, run_id: str) -> list[str]:
        lines = self.post("/logs/filter", {"logs": {"flow_run_id": {"any_": [run_id]}}, "sort": "TIMESTAMP_ASC"})
        return [line["message"] for line in lines]

    def states(self, run_id: str) -> list[str]:
        return [state["name"] for state in self.get(f"/flow_run_states/?flow_run_id={run_id}")]

    def task_runs(self, run_id: str) -> list[dict]:
        return self.post("/task_runs/filter", {"flow_runs": {"id": {"any_": [run_id]}}})

    def stop(self):
        self.process.terminate()
        code = self.process.wait(20)
        assert code == 0, f"the server ended with {code}: {self.log.read_text()[-2000:]}"


class Background:
    """A program that runs beside the test; its output goes to a file."""

    def __init__(self, command: list[str], env: dict, cwd: Path, log: Path):
        self.log = log
        self.process = subprocess.Popen(command, env=env, cwd=cwd, stdout=log.open("ab"), stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if kind is not None:
            print(f"--- {self.log.name}\n{self.log.read_text()[-6000:]}")

    def said(self) -> str:
        return self.log.read_text()


class Flaky(threading.Thread):
    """The web service that the demo flow asks: it fails once for each path, then it works."""

    def __init__(self, host: str = "127.0.0.1"):
        super().__init__(daemon=True)
        seen = set()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                first = self.path not in seen
                seen.add(self.path)
                self.send_response(500 if first else 200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer((host, 0), Handler)
        self.url = f"http://{host}:{self.http.server_port}"
        self.start()

    def run(self):
        self.http.serve_forever()


def clean_env() -> dict:
    """This process's environment without settings of a Prefect or a Reeve that somebody has here."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "REEVE_")) or name == "REEVE_SITE_DIR"}
