"""An unmodified Prefect client of one major, in its own environment and home."""

import subprocess
from pathlib import Path

from servers import Background, Reeve, clean_env


class Prefect:
    def __init__(self, major: int, venv: Path, home: Path, reeve: Reeve):
        self.major = major
        self.reeve = reeve
        self.bin = venv / "bin"
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self.env = clean_env() | {
            "PATH": f"{self.bin}:/usr/local/bin:/usr/bin:/bin",
            "PREFECT_API_URL": reeve.api,
            "PREFECT_HOME": str(home),
            "PREFECT_CLI_COLORS": "false",
            "PREFECT_CLI_WRAP_LINES": "false",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.3",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_RUNNER_POLL_FREQUENCY": "1",
            "NO_COLOR": "1",
            "COLUMNS": "220",
            "PYTHONUNBUFFERED": "1",
        }

    def run(self, *command: str, cwd: Path | None = None, env: dict | None = None, code: int | None = 0) -> str:
        """Runs a program of the environment; its output. Variables that are None are taken away; `code` None accepts any exit code."""
        done = subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            env={name: value for name, value in (self.env | (env or {})).items() if value is not None},
            cwd=cwd or self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=150,
        )
        assert code is None or done.returncode == code, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def cli(self, *words: str, **how) -> str:
        return self.run("prefect", "--no-prompt", *words, **how)

    def python(self, script: Path, *words: str, **how) -> str:
        return self.run("python", str(script), *words, **how)

    def beside(self, *command: str, cwd: Path, name: str, env: dict | None = None) -> Background:
        """A program of the environment that goes on while the test does."""
        log = self.home / f"{name}.log"
        return Background([str(self.bin / command[0]), *command[1:]], self.env | (env or {}), cwd, log)

    def worker(self, pool: str, cwd: Path, env: dict | None = None) -> Background:
        """`prefect worker start` of type process."""
        return self.beside("prefect", "worker", "start", "--pool", pool, "--type", "process", "--prefetch-seconds", "2", cwd=cwd, name=f"worker-{pool}", env=env)
