"""One server for each database and one client for each major, shared by all tests of a session."""

import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from clients import Prefect  # noqa: E402
from servers import Background, Flaky, Reeve, clean_env  # noqa: E402

BINARY = os.environ.get("REEVE_BIN")
POSTGRES = os.environ.get("REEVE_TEST_DATABASE_URL")


def pytest_addoption(parser):
    parser.addoption("--every-database", action="store_true", help="all tests on PostgreSQL too, not only the essential ones")


def pytest_configure(config):
    config.addinivalue_line("markers", "essential: run on PostgreSQL too; starting a command line takes seconds, so the rest is run there only with --every-database")


def pytest_collection_modifyitems(config, items):
    def is_wanted(item):
        database = item.callspec.params.get("reeve") if hasattr(item, "callspec") else None
        return database != "postgres" or config.getoption("--every-database") or item.get_closest_marker("essential")

    config.hook.pytest_deselected(items=[item for item in items if not is_wanted(item)])
    items[:] = [item for item in items if is_wanted(item)]


def fresh_postgres_database() -> str:
    name = f"compat_{uuid.uuid4().hex[:12]}"
    server, _, rest = POSTGRES.rpartition("/")
    query = rest.partition("?")[2]
    psql = shutil.which("psql") or "/usr/lib/postgresql/15/bin/psql"
    subprocess.run([psql, POSTGRES, "-qc", f"CREATE DATABASE {name}"], check=True)
    return f"{server}/{name}" + (f"?{query}" if query else "")


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def reeve(request, tmp_path_factory):
    assert BINARY, "REEVE_BIN names no binary"
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "postgres":
        if not POSTGRES:
            pytest.skip("REEVE_TEST_DATABASE_URL names no PostgreSQL")
        url = fresh_postgres_database()
    else:
        url = f"sqlite:///{folder}/reeve.db"
    server = Reeve(url, folder)
    yield server
    server.stop()


def client_of(major: int, reeve: Reeve, folder: Path) -> Prefect:
    venv = os.environ.get(f"REEVE_PREFECT{major}")
    assert venv, f"REEVE_PREFECT{major} names no environment"
    return Prefect(major, Path(venv), folder / f"home{major}", reeve)


@pytest.fixture(scope="session", params=[2, 3], ids=["prefect2", "prefect3"])
def prefect(request, reeve, tmp_path_factory):
    return client_of(request.param, reeve, tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="session")
def both(reeve, tmp_path_factory):
    """Clients of both majors on the same server."""
    folder = tmp_path_factory.mktemp("clients")
    return client_of(2, reeve, folder), client_of(3, reeve, folder)


@pytest.fixture(scope="session")
def service():
    """The loopback service that the demo flow asks; the first request of each path fails."""
    return Flaky()


@pytest.fixture
def etl(tmp_path):
    """A fresh copy of the scenario's directory."""
    return Path(shutil.copytree(HERE / "etl", tmp_path / "etl"))


@pytest.fixture
def unique():
    """A word that no other test uses, for names."""
    return uuid.uuid4().hex[:8]


@pytest.fixture
def reeve_worker(reeve, tmp_path):
    """Starts `reeve worker start` on a pool; the flows run with the client's Python."""

    def start(pool: str, client: Prefect, cwd: Path, *more: str) -> Background:
        env = clean_env() | {"PATH": client.env["PATH"], "PREFECT_API_URL": reeve.api, "PREFECT_HOME": str(client.home), "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.3"}
        command = [BINARY, "worker", "start", "--pool", pool, "--type", "process", *more]
        return Background(command, env, cwd, tmp_path / f"reeve-worker-{pool}.log")

    return start
