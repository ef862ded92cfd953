"""Images for a cluster that no registry serves: of Reeve, of PostgreSQL, and of Python flows.

`docker.io/library/prefect_worker:…` is what somebody builds from a Prefect image and his flows: here from this
machine's Python and the client's environment, at the paths they have here.
"""

import os
import shutil
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "kubernetes/image.sh"
# Parts of a Python that no flow needs.
LEFT_OUT = ["test", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "site-packages", "config-*"]


def image(*words: str | Path):
    subprocess.run([SCRIPT, *words], check=True)


def reeve(folder: Path) -> Path:
    """The image of deploy/Containerfile with the binary under test, without what only a debugger reads."""
    binary = folder / "reeve"
    subprocess.run(["strip", "--strip-all", "-o", binary, os.environ["REEVE_BIN"]], check=True)
    image("reeve", binary, folder / "reeve.tar")
    return folder / "reeve.tar"


def postgres(folder: Path) -> Path:
    image("postgres", folder / "postgres.tar")
    return folder / "postgres.tar"


def flows(name: str, venv: Path, code: Path, folder: Path) -> Path:
    """An image with the client of `venv` and the folder `code`, where it was deployed from and, for Prefect 3, where
    `prefect deploy` believes that an image has it."""
    root = folder / "root"
    root.mkdir(parents=True)
    python = [path for path in chain(venv / "bin/python") if venv not in path.parents]
    wanted = [path.relative_to("/") for path in (venv, code, *python)]
    subprocess.run(["cp", "--archive", "--parents", *wanted, root], check=True, cwd="/")
    shutil.copytree(code, root / "opt/prefect")
    stdlib = library(venv)
    shutil.copytree(stdlib, root / stdlib.relative_to("/"), symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT), dirs_exist_ok=True)
    image("libraries", root, python[-1], *(path for path in root.rglob("*.so*") if not path.is_symlink()))
    (root / "tmp").mkdir(exist_ok=True)
    (root / "tmp").chmod(0o1777)
    variables = [f"PATH={venv}/bin:/usr/bin:/bin", "HOME=/tmp", "TZ=UTC", "PYTHONUNBUFFERED=1", "PREFECT_LOGGING_TO_API_BATCH_INTERVAL=0.3"]
    image(name, root, folder / "flows.tar", *variables)
    shutil.rmtree(root)
    return folder / "flows.tar"


def chain(path: Path) -> list[Path]:
    """A link, what it leads to, and so on to the file."""
    return [path, *chain(path.parent / path.readlink())] if path.is_symlink() else [path]


def library(venv: Path) -> Path:
    """The folder of the modules of the Python that the environment was made with."""
    code = "import sysconfig; print(sysconfig.get_path('stdlib'))"
    return Path(subprocess.run([venv / "bin/python", "-c", code], check=True, text=True, stdout=subprocess.PIPE).stdout.strip())
