"""Reeve beside the real Prefect servers: memory, start, log writes, claims, page weight.

Run it with `cargo xtask bench`; it prints a Markdown table. Everything is on loopback, each server has
its own folder, and only what was started here is stopped.
"""

import argparse
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "compat"))

from servers import clean_env, spare_port, until  # noqa: E402


class Server:
    """A server of any make, started with `command` and found on `port`."""

    def __init__(self, name: str, command: list[str], env: dict, port: int, folder: Path):
        self.name, self.command, self.env, self.port, self.folder = name, command, env, port, folder
        self.process = None

    def start(self) -> float:
        """Starts it; seconds until the first healthy answer."""
        began = time.monotonic()
        log = (self.folder / "server.log").open("ab")
        self.process = subprocess.Popen(self.command, env=self.env, cwd=self.folder, stdout=log, stderr=log)
        until(f"{self.name} healthy", self.healthy, 120, pause=0.005)
        return time.monotonic() - began

    def healthy(self) -> bool:
        assert self.process.poll() is None, (self.folder / "server.log").read_text()[-2000:]
        try:
            return self.call("GET", "/api/health")[0] == 200
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def call(self, method: str, path: str, body=None, connection=None):
        http_ = connection or self.connection()
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        http_.request(method, path, data, {"Content-Type": "application/json"})
        answer = http_.getresponse()
        text = answer.read()
        return answer.status, text

    def json(self, method: str, path: str, body=None):
        status, text = self.call(method, path, body)
        assert status < 300, (self.name, path, status, text[:500])
        return json.loads(text) if text else None

    def resident_mb(self) -> float:
        """Resident memory of the server's processes, in MB of 10^6 bytes."""
        total = 0
        for pid in descendants(self.process.pid):
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            total += sum(int(kb) for kb in re.findall(r"VmRSS:\s+(\d+) kB", status))
        return total * 1024 / 1e6


def descendants(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += descendants(int(child))
    return found


def servers(folder: Path) -> list[Server]:
    made = []
    port = spare_port()
    home = folder / "reeve"
    home.mkdir()
    env = clean_env() | {"REEVE_HOME": str(home)}
    made.append(Server("Reeve", [os.environ["REEVE_BIN"], "server", "start", "--port", str(port)], env, port, home))
    for major in (2, 3):
        venv = os.environ.get(f"REEVE_PREFECT{major}")
        if not venv:
            continue
        port = spare_port()
        home = folder / f"prefect{major}"
        home.mkdir()
        env = clean_env() | {"PREFECT_HOME": str(home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PATH": f"{venv}/bin:{os.environ['PATH']}"}
        command = [f"{venv}/bin/prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        made.append(Server(f"Prefect {'2.20.26' if major == 2 else '3.8.8'}", command, env, port, home))
    return made


def log_batches(server: Server, seconds: float) -> tuple[float, float]:
    """Posts batches of 200 lines for some seconds: lines a second, and the median ms of a batch."""
    flow = server.json("POST", "/api/flows/", {"name": f"bench-{uuid.uuid4().hex[:6]}"})
    run = server.json("POST", "/api/flow_runs/", {"flow_id": flow["id"], "state": {"type": "RUNNING", "name": "Running"}})
    line = {"name": "prefect.flow_runs", "level": 20, "message": "x" * 90, "flow_run_id": run["id"], "timestamp": "2026-01-01T00:00:00.000001+00:00"}
    body = json.dumps([line] * 200).encode()
    connection, took = server.connection(), []
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(took) < 5:
        began = time.perf_counter()
        status, text = server.call("POST", "/api/logs/", body, connection)
        took.append(time.perf_counter() - began)
        assert status == 201, (server.name, status, text[:200])
    return 200 * len(took) / sum(took), 1000 * statistics.median(took)


def claims(reeve: Server, deployments: int) -> tuple[float, float, int]:
    """Many deployments due in the same second, one polling worker: p50 and p99 ms from due to claimed."""
    pool = f"bench-{uuid.uuid4().hex[:6]}"
    reeve.json("POST", "/api/work_pools/", {"name": pool, "type": "process"})
    command = [os.environ["REEVE_BIN"], "worker", "start", "--pool", pool, "--type", "process", "--limit", str(deployments)]
    env = reeve.env | {"PREFECT_API_URL": f"http://127.0.0.1:{reeve.port}/api"}
    log = (reeve.folder / "worker.log").open("ab")
    worker = subprocess.Popen(command, env=env, cwd=reeve.folder, stdout=log, stderr=log)
    try:
        until("a polling worker", lambda: reeve.json("POST", f"/api/work_pools/{pool}/workers/filter", {}), 30)
        flow = reeve.json("POST", "/api/flows/", {"name": pool})
        due = (datetime.now(timezone.utc) + timedelta(seconds=25)).replace(microsecond=0)
        schedule = {"schedule": {"interval": 86400 * 30, "anchor_date": due.isoformat()}, "active": True}
        for n in range(deployments):
            reeve.json("POST", "/api/deployments/", {"name": f"d{n}", "flow_id": flow["id"], "work_pool_name": pool, "schedules": [schedule], "job_variables": {"command": "true"}})
        spare = (due - datetime.now(timezone.utc)).total_seconds()
        assert spare > 3, "making the deployments took too long"
        time.sleep(spare + 8)
        delays = []
        for offset in range(0, deployments, 200):
            body = {"flows": {"name": {"any_": [pool]}}, "flow_runs": {"expected_start_time": {"before_": (due + timedelta(seconds=1)).isoformat()}}, "limit": 200, "offset": offset}
            for run in reeve.json("POST", "/api/flow_runs/filter", body):
                states = reeve.json("GET", f"/api/flow_run_states/?flow_run_id={run['id']}")
                pending = [s for s in states if s["type"] == "PENDING"]
                if pending:
                    delays.append((datetime.fromisoformat(pending[0]["timestamp"]) - due).total_seconds() * 1000)
        delays.sort()
        assert delays, (reeve.folder / "worker.log").read_text()[-2000:]
        return delays[len(delays) // 2], delays[int(len(delays) * 0.99) - 1], len(delays)
    finally:
        worker.terminate()
        worker.wait(60)


def page_weight(reeve: Server) -> tuple[int, int]:
    """Bytes of the first page's script, program and style as brotli, and how many files they are."""
    _, page = reeve.call("GET", "/deployments")
    files = sorted(set(re.findall(rb'"(/pkg/[^"]+\.(?:js|wasm|css))"', page)))
    files = [name for name in files if b"editor" not in name]
    total = 0
    for name in files:
        connection = reeve.connection()
        connection.request("GET", name.decode(), headers={"Accept-Encoding": "br"})
        total += len(connection.getresponse().read())
    return total, len(files)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=8, help="how long each server gets log batches")
    options.add_argument("--deployments", type=int, default=500, help="how many fall due in the same second")
    options.add_argument("--idle", type=float, default=20, help="seconds of idling before memory is read")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="reeve-bench-") as folder:
        rows = []
        for server in servers(Path(folder)):
            server.start()
            server.stop()
            starts = []
            for _ in range(3):
                starts.append(server.start())
                if len(starts) < 3:
                    server.stop()
            time.sleep(asked.idle)
            idle = server.resident_mb()
            rate, batch = log_batches(server, asked.seconds)
            row = {"name": server.name, "start": min(starts), "idle": idle, "rate": rate, "batch": batch, "after": server.resident_mb()}
            if server.name == "Reeve":
                row["claims"] = claims(server, asked.deployments)
                row["page"] = page_weight(server)
            rows.append(row)
            server.stop()
            print(f"measured {server.name}: {row}", file=sys.stderr)
    show(rows, asked)


def show(rows: list[dict], asked):
    print("| server | start to healthy | idle RSS | RSS after the log test | log lines/s (batches of 200) | median batch |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row['name']} | {row['start']:.2f} s | {row['idle']:.0f} MB | {row['after']:.0f} MB | {row['rate']:,.0f} | {row['batch']:.1f} ms |")
    ours = rows[0]
    for theirs in rows[1:]:
        print(f"\nLog lines: {ours['rate'] / theirs['rate']:.0f} × {theirs['name']}. Idle memory: 1/{theirs['idle'] / ours['idle']:.0f}.")
    p50, p99, count = ours["claims"]
    print(f"\nDue to claimed, {count} of {asked.deployments} deployments due in the same second: p50 {p50:.0f} ms, p99 {p99:.0f} ms.")
    size, files = ours["page"]
    print(f"\nProgram, script and style of a page: {size / 1000:.0f} kB brotli in {files} files.")


if __name__ == "__main__":
    main()
