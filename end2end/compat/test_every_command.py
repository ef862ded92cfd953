"""The commands that talk to the server, many of them in one process of the client."""

import json
import subprocess

import pytest


@pytest.fixture
def commands(prefect, etl, tmp_path):
    """Runs command lines one after the other; each must end with 0 unless it begins with `!`."""

    def run(*lines: str) -> dict[str, str]:
        script = tmp_path / "commands"
        script.write_text("\n".join(line.lstrip("!") for line in lines))
        said = feed(prefect, etl, script)
        answers = [json.loads(line.removeprefix("ANSWER ")) for line in said.splitlines() if line.startswith("ANSWER ")]
        assert len(answers) == len(lines), said
        wrong = [f"{line}: {answer['code']}\n{answer['said'][-1500:]}" for line, answer in zip(lines, answers) if (answer["code"] != 0) != line.startswith("!")]
        assert not wrong, "\n".join(wrong)
        return {line: answer["said"] for line, answer in zip(lines, answers)}

    return run


def feed(prefect, etl, script):
    done = subprocess.run(
        [str(prefect.bin / "python"), "commands.py"], stdin=script.open(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=etl, env=prefect.env, timeout=240
    )
    return done.stdout


def test_commands_about_what_is_stored(reeve, prefect, commands, unique):
    three = prefect.major == 3
    reeve.post("/variables/", {"name": f"w_{unique}", "value": "x", "tags": []})
    reeve.post("/artifacts/", {"key": f"art-{unique}", "type": "markdown", "data": "# a"})
    pool = f"all-{unique}"
    lines = [
        "version",
        "flow ls",
        "artifact ls",
        f"artifact inspect art-{unique}",
        f"artifact delete art-{unique}",
        f"!artifact inspect art-{unique}",
        "variable ls",
        f"variable inspect w_{unique}",
        f"variable delete w_{unique}",
        f"!variable inspect w_{unique}",
        "block ls",
        "block type ls",
        "block type inspect secret",
        "block create secret",
        "block register --module prefect.blocks.system",
        f"concurrency-limit create tag-{unique} 2",
        "concurrency-limit ls",
        f"concurrency-limit inspect tag-{unique}",
        f"concurrency-limit reset tag-{unique}",
        f"concurrency-limit delete tag-{unique}",
        f"gcl create gcl-{unique} --limit 3",
        "gcl ls",
        f"gcl inspect gcl-{unique}",
        f"gcl update gcl-{unique} --limit 5 --slot-decay-per-second 0.5",
        f"gcl disable gcl-{unique}",
        f"gcl enable gcl-{unique}",
        f"gcl delete gcl-{unique}",
        f"work-pool create {pool} --type process",
        f"work-pool inspect {pool}",
        f"work-pool preview {pool}",
        f"work-pool pause {pool}",
        f"work-pool resume {pool}",
        f"work-pool update {pool} --description changed --concurrency-limit 4",
        f"work-queue create q-{unique} --pool {pool} --limit 2 --priority 3",
        f"work-queue ls --pool {pool}",
        f"work-queue inspect q-{unique} --pool {pool}",
        f"work-queue pause q-{unique} --pool {pool}",
        f"work-queue resume q-{unique} --pool {pool}",
        f"work-queue set-concurrency-limit q-{unique} 7 --pool {pool}",
        f"work-queue clear-concurrency-limit q-{unique} --pool {pool}",
        f"work-queue preview q-{unique} --pool {pool}",
        f"work-queue read-runs q-{unique} --pool {pool}",
        f"work-queue delete q-{unique} --pool {pool}",
        "flow-run ls --limit 3",
        "task-run ls --limit 3",
        "profile ls",
        f"work-pool delete {pool}",
        f"!work-pool inspect {pool}",
    ]
    if three:
        lines += [
            f"variable set s_{unique} 1 --overwrite",
            f"variable get s_{unique}",
            f"variable unset s_{unique}",
            "server status",
            f"event emit compat.{unique} --resource-id compat.{unique}",
            "experimental result-storage inspect",
        ]
    said = commands(*lines)
    assert unique in said["gcl ls"] and unique in said["concurrency-limit ls"]
    assert "secret" in said["block type ls"]
    assert f"q-{unique}" in said[f"work-queue ls --pool {pool}"]
    assert reeve.call("GET", f"/work_pools/{pool}")[0] == 404


def test_commands_about_a_deployment(reeve, prefect, commands, etl, unique):
    pool = f"dep-{unique}"
    reeve.post("/work_pools/", {"name": pool, "type": "process"})
    block = {"name": unique, "entrypoint": "./more_flows.py:hello", "work_pool": {"name": pool}}
    (etl / "prefect.yaml").write_text(json.dumps({"deployments": [block]}))
    name = f"hello/{unique}"
    said = commands(
        "deploy --all",
        "deployment ls",
        f"deployment inspect {name}",
        f"deployment schedule create {name} --cron '0 9 * * *' --timezone Asia/Taipei",
        f"deployment schedule create {name} --interval 3600",
        f"deployment schedule ls {name}",
        f"deployment run {name} --param name=cli --start-in '2 hours'",
    )
    assert unique in said["deployment ls"]
    deployment = reeve.get(f"/deployments/name/hello/{unique}")
    assert len(deployment["schedules"]) == 2
    schedule = deployment["schedules"][0]["id"]
    runs = reeve.post("/flow_runs/filter", {"deployments": {"id": {"any_": [deployment["id"]]}}, "flow_runs": {"tags": {"all_": []}}, "limit": 200})
    run = next(run for run in runs if not run["auto_scheduled"])
    commands(
        f"deployment schedule pause {name} {schedule}",
        f"deployment schedule resume {name} {schedule}",
        f"deployment schedule delete {name} {schedule}" if prefect.major == 2 else f"deployment schedule delete {name} {schedule} --accept-yes",
        f"deployment schedule clear {name} --accept-yes",
        f"flow-run inspect {run['id']}",
        f"flow-run logs {run['id']}",
        f"flow-run cancel {run['id']}",
        f"flow-run delete {run['id']}",
        f"!flow-run inspect {run['id']}",
        f"deployment delete {name}",
    )
    assert reeve.call("GET", f"/deployments/{deployment['id']}")[0] == 404
