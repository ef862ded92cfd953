"""What `reeve deploy` puts on a server is what the real client puts there, field by field."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import BINARY, HERE, client_of
from servers import Reeve, clean_env

ENVIRONMENT = {"CASE_TAG": "tagged", "CASE_POOL": "pool", "CASE_FILE": "flows.py"}

# Of these each server has its own.
OF_ITS_OWN = {"id", "created", "updated", "flow_id", "deployment_id", "work_queue_id", "work_pool_id", "last_polled", "status", "created_by", "updated_by"}


def cases(major: int) -> list[str]:
    names = sorted(path.name for path in (HERE / "deploy_cases").glob("*.yaml"))
    return [name for name in names if not name.startswith(f"v{5 - major}-")]


def set_up(server: Reeve):
    server.post("/work_pools/", {"name": "pool", "type": "process", "base_job_template": loose("process")})
    server.post("/work_pools/", {"name": "kube", "type": "kubernetes", "base_job_template": loose("kubernetes")})
    server.post("/variables/", {"name": "word", "value": "wörd"})
    server.post("/variables/", {"name": "off", "value": "false"})
    kind = server.get("/block_types/slug/secret")
    schemas = server.post("/block_schemas/filter", {"block_schemas": {"block_type_id": {"any_": [kind["id"]]}}})
    server.post("/block_documents/", {"name": "token", "data": {"value": "hush"}, "block_type_id": kind["id"], "block_schema_id": schemas[0]["id"]})


def loose(kind: str) -> dict:
    """A template that takes any variable."""
    return {"job_configuration": {"command": "{{ command }}", "kind": kind}, "variables": {"type": "object", "properties": {"command": {"type": "string"}, "image": {"type": "string"}}}}


def without(value):
    if isinstance(value, dict):
        return {key: without(inner) for key, inner in value.items() if key not in OF_ITS_OWN}
    return [without(item) for item in value] if isinstance(value, list) else value


def kept_by(server: Reeve) -> dict:
    """All deployments by flow and name, with the automations that they own."""
    flows = {flow["id"]: flow["name"] for flow in server.post("/flows/filter", {"limit": 200})}
    found = {}
    for deployment in server.post("/deployments/filter", {"limit": 200}):
        automations = server.get(f"/automations/related-to/prefect.deployment.{deployment['id']}")
        shown = without(deployment)
        shown["labels"].pop("prefect.flow.id", None)
        shown["global_concurrency_limit"] = {key: value for key, value in (shown["global_concurrency_limit"] or {}).items() if key in ("limit", "active")}
        shown["automations"] = sorted((without(one) for one in automations), key=lambda one: one["name"])
        for schedule in shown["schedules"]:
            if schedule["schedule"].get("interval") and not str(schedule["schedule"]["anchor_date"]).startswith(("2024", "2023")):
                schedule["schedule"]["anchor_date"] = "when it was deployed"
        shown["schedules"].sort(key=lambda one: json.dumps(one, sort_keys=True))
        found[f"{flows[deployment['flow_id']]}/{deployment['name']}"] = shown
    return found


def reeve_deploy(server: Reeve, folder: Path, *words: str, code: int = 0) -> str:
    env = clean_env() | ENVIRONMENT | {"PREFECT_API_URL": server.api}
    done = subprocess.run([BINARY, "deploy", *words], cwd=folder, env=env, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    assert done.returncode == code, f"{words} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


@pytest.mark.parametrize("major", [2, 3], ids=["prefect2", "prefect3"])
def test_side_by_side(major, tmp_path):
    folder = Path(shutil.copytree(HERE / "deploy_cases", tmp_path / "cases"))
    theirs, ours = (Reeve(f"sqlite:///{tmp_path}/{name}.db", Path(tmp_path / name)) for name in made(tmp_path))
    try:
        set_up(theirs)
        set_up(ours)
        client = client_of(major, theirs, tmp_path)
        names = cases(major)
        assert len(names) >= 30
        env = ENVIRONMENT | {"PREFECT_EXPERIMENTAL_EVENTS": "true"}
        said = client.python(HERE / "deploy_many.py", *names, cwd=folder, env=env)
        lines = [json.loads(line) for line in said.splitlines() if line.startswith('{"file"')]
        assert [line["file"] for line in lines if line["wrong"]] == [], "\n".join(f"{line['file']}: {line['wrong']}\n{line['said']}" for line in lines if line["wrong"])
        for name in names:
            reeve_deploy(ours, folder, "--all", "--prefect-file", name, "--client", str(major))
        want, got = kept_by(theirs), kept_by(ours)
        assert sorted(got) == sorted(want)
        differing = [f"{name}.{key}\n  theirs {want[name][key]!r}\n  ours   {got[name].get(key)!r}" for name in want for key in want[name] if want[name][key] != got[name].get(key)]
        assert differing == [], f"{len(differing)} differ:\n" + "\n".join(differing)
    finally:
        theirs.stop()
        ours.stop()


def made(tmp_path: Path) -> list[str]:
    for name in ("theirs", "ours"):
        (tmp_path / name).mkdir()
    return ["theirs", "ours"]
