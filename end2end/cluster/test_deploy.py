"""The manifests and the chart of deploy/, installed on a real cluster as a person installs them, down to runs of the
scenario: a pool that the worker makes, `prefect deploy --all`, and what becomes of it."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import images
import pytest
from cluster import HOST, KUBECONFIG, SCRIPT, Cluster
from conftest import needs_our_cluster, needs_pods, until
from installed import AUTH, Etl, Installed, breaches, of_schedule, secret, volume
from servers import Flaky

DEPLOY = Path(__file__).parents[2] / "deploy"
TOOLS = os.environ.get("REEVE_TEST_TOOLS")
pytestmark = [needs_pods, needs_our_cluster]
needs_tools = pytest.mark.skipif(not TOOLS, reason="no Helm and no kubectl of today")


@pytest.fixture(scope="module")
def etls(tmp_path_factory) -> list[Etl]:
    """The scenario for each major, all images of the installation imported."""
    folder = tmp_path_factory.mktemp("images")
    etls = [Etl(major, folder / f"etl{major}") for major in (2, 3)]

    def flows(etl: Etl) -> Path:
        return images.flows(etl.image, Path(os.environ[f"REEVE_PREFECT{etl.major}"]), etl.folder, folder / f"image{etl.major}")

    with ThreadPoolExecutor() as makers:
        archives = [images.reeve(folder), images.postgres(folder), *makers.map(flows, etls)]
    subprocess.run([SCRIPT, "import", *archives], check=True)
    for archive in archives:
        archive.unlink()
    return etls


@pytest.fixture(scope="module")
def service() -> str:
    return Flaky(HOST).url


@pytest.fixture
def namespace():
    """A namespace with the account that the scenario's runs name."""
    cluster = Cluster()
    cluster.kubectl("create", "serviceaccount", "worker")
    yield cluster
    cluster.remove()
    cluster.kubectl("delete", "persistentvolumes", "-l", f"of={cluster.namespace}", "--wait=false")


def tool(*words: str | Path) -> str:
    env = os.environ | {"KUBECONFIG": KUBECONFIG}
    return subprocess.run([Path(TOOLS) / words[0], *words[1:]], env=env, check=True, text=True, stdout=subprocess.PIPE).stdout


def check(reeve: Installed, etl: Etl, run: dict):
    """The run is Completed, its lines are there, and its Job is the one that was asked for."""
    assert run["state_type"] == "COMPLETED", (run["state"], reeve.logs(run["id"]))
    until("its line", lambda: "Stars 🌠 of PrefectHQ/prefect" in reeve.logs(run["id"]), 15)
    until("its task", lambda: [task["state_type"] for task in reeve.task_runs(run["id"])] == ["COMPLETED"], 15)
    [job] = reeve.cluster.jobs_of(run["id"])
    pod = job["spec"]["template"]["spec"]
    assert (pod["serviceAccountName"], pod["containers"][0]["image"]) == ("worker", etl.image)
    assert job["spec"]["ttlSecondsAfterFinished"] == 300


def test_the_kustomize_base_runs_the_scenario(etls, service, namespace, tmp_path):
    secret(namespace)
    volume(namespace, "data-reeve-postgres-0", tmp_path / "volume")
    base = tmp_path / "base"
    subprocess.run(["cp", "-r", DEPLOY / "kubernetes/base", base], check=True)
    settings = base / "kustomization.yaml"
    settings.write_text(settings.read_text().replace("namespace: reeve\n", f"namespace: {namespace.namespace}\n"))
    namespace.kubectl("apply", "-k", str(base))
    reeve = Installed(namespace, 30001)
    reeve.wait("statefulset/reeve-postgres", "deployment/reeve-server", "deployment/reeve-worker")
    pods = json.loads(namespace.kubectl("get", "pods", "-o", "json"))["items"]
    assert len(pods) == 3 and not breaches(pods)
    # The server waits for its database, if not for ever.
    assert max(pod["status"]["containerStatuses"][0]["restartCount"] for pod in pods) <= 1

    reeve.headers = {}
    assert (reeve.call("GET", "/health")[0], reeve.call("GET", "/work_pools/worker-pool")[0]) == (200, 401)
    reeve.headers = Installed.headers
    deployments = []
    for etl in etls:
        env = {"DEMO_URL": f"{service}/kustomize{etl.major}"} | etl.address(namespace, "reeve")
        deployments.append(etl.deploy(reeve.client(etl.major, tmp_path / f"home{etl.major}"), namespace, env))
    for etl, deployment in zip(etls, deployments):
        check(reeve, etl, of_schedule(reeve, deployment))


@needs_tools
def test_the_chart_runs_the_scenario_with_sqlite(etls, service, namespace, tmp_path):
    volume(namespace, "reeve-data", tmp_path / "volume")
    values = tmp_path / "values.yaml"
    values.write_text(json.dumps({"database": {"kind": "sqlite"}, "auth": {"authString": AUTH}, "service": {"nodePort": 30002}}))
    rendered = tool("helm", "template", "reeve", DEPLOY / "helm/reeve", "--namespace", namespace.namespace, "--values", values)
    namespace.kubectl("apply", "-f", "-", given=rendered)
    reeve = Installed(namespace, 30002)
    reeve.wait("deployment/reeve-server", "deployment/reeve-worker-worker-pool")
    template = reeve.get("/work_pools/worker-pool")["base_job_template"]
    assert template["variables"]["properties"]["namespace"]["default"] == namespace.namespace
    pods = json.loads(namespace.kubectl("get", "pods", "-o", "json"))["items"]
    assert len(pods) == 2 and not breaches(pods)
    etl = etls[1]
    env = {"DEMO_URL": f"{service}/helm"} | etl.address(namespace, "reeve")
    deployment = etl.deploy(reeve.client(3, tmp_path / "home"), namespace, env)
    asked_for = reeve.post(f"/deployments/{deployment['id']}/create_flow_run")
    check(reeve, etl, reeve.ended(asked_for["id"], 120))


@needs_tools
def test_files_and_our_command_line_take_the_place_of_python_and_of_hooks(etls, service, namespace, tmp_path):
    """The pool and a deployment come from a ConfigMap that the server applies; another one from `reeve deploy`."""
    etl = etls[1]
    volume(namespace, "reeve-data", tmp_path / "volume")
    env = {"DEMO_URL": f"{service}/files"} | etl.address(namespace, "reeve")
    pull = "pull:\n- prefect.deployments.steps.set_working_directory: {directory: /opt/prefect}\n"
    pools = "work_pools:\n- {name: worker-pool, type: kubernetes, concurrency_limit: %s}\n"
    files = {
        "pools.yaml": pools % 5,
        "prefect.yaml": pull + etl.file("from-files", namespace, env),
        "prefect_demo.py": (etl.folder / "prefect_demo.py").read_text(),
    }
    values = tmp_path / "values.yaml"
    settings = {"database": {"kind": "sqlite"}, "auth": {"authString": AUTH}, "service": {"nodePort": 30003}}

    def install():
        values.write_text(json.dumps(settings | {"server": {"apply": {"files": files}}}, ensure_ascii=False))
        rendered = tool("helm", "template", "reeve", DEPLOY / "helm/reeve", "--namespace", namespace.namespace, "--values", values)
        namespace.kubectl("apply", "-f", "-", given=rendered)

    install()
    reeve = Installed(namespace, 30003)
    reeve.wait("deployment/reeve-server", "deployment/reeve-worker-worker-pool")
    assert reeve.get("/work_pools/worker-pool")["concurrency_limit"] == 5
    assert reeve.get("/deployments/name/repo-info/from-files")["schedules"][0]["active"]

    def command(*words: str, code: int = 0) -> str:
        variables = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PREFECT_API_URL": reeve.api, "PREFECT_API_AUTH_STRING": AUTH}
        done = subprocess.run([os.environ["REEVE_BIN"], *words], env=variables, cwd=etl.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=150)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    (etl.folder / "prefect.yaml").write_text(pull + etl.file("by-reeve", namespace, env))
    assert "1 added" in command("deploy", "--all")
    assert "1 unchanged" in command("deploy", "--all")
    files["pools.yaml"] = pools % 7
    install()
    # The node brings a changed ConfigMap to the pod within a minute or so, or when it looks at the pod anyway.
    namespace.kubectl("annotate", "pods", "--all", "looked=at")
    runs = []
    for name in ("from-files", "by-reeve"):
        deployment = reeve.get(f"/deployments/name/repo-info/{name}")
        runs.append(reeve.post(f"/deployments/{deployment['id']}/create_flow_run")["id"])
    for run in runs:
        check(reeve, etl, reeve.ended(run, 120))
        assert "Stars 🌠" in command("flow-run", "logs", run)
        command("flow-run", "watch", run)
    until("the changed file", lambda: reeve.get("/work_pools/worker-pool")["concurrency_limit"] == 7, 150)
    assert "Everything is as its file says" in command("drift", "ls")


@needs_tools
@pytest.mark.parametrize("values", [
    {},
    {"server": {"replicas": 2, "tolerations": [{"key": "only", "operator": "Exists"}]}, "auth": {"enabled": False}},
    {"database": {"kind": "external", "external": {"existingSecret": "database"}}, "service": {"type": "ClusterIP"}},
    {"database": {"kind": "sqlite", "sqlite": {"existingClaim": "mine"}}, "workers": []},
    {"server": {"apply": {"files": {"pools.yaml": "work_pools: []\n"}}}},
    {"workers": [{"pool": "Of_One", "limit": 4, "queues": ["a", "b"]}, {"pool": "two", "replicas": 0, "name": "second"}]},
], ids=["defaults", "two-servers", "external", "sqlite", "files", "pools"])
def test_the_cluster_takes_what_the_chart_makes(namespace, tmp_path, values):
    file = tmp_path / "values.yaml"
    file.write_text(json.dumps({"service": {"nodePort": None}} | values))
    rendered = tool("helm", "template", "mine", DEPLOY / "helm/reeve", "--namespace", namespace.namespace, "--values", file)
    # Kubernetes 1.20 has it under the name of a beta.
    namespace.kubectl("apply", "--dry-run=server", "-f", "-", given=rendered.replace("policy/v1\n", "policy/v1beta1\n"))


@needs_tools
def test_helm_makes_up_passwords_and_keeps_them(namespace):
    chart = ["reeve", DEPLOY / "helm/reeve", "--namespace", namespace.namespace, "--set", "service.nodePort=null"]

    def passwords() -> dict:
        return json.loads(namespace.kubectl("get", "secret", "reeve", "-o", "json"))["data"]

    assert "get secret reeve" in tool("helm", "install", *chart)
    first = passwords()
    assert first.keys() == {"auth-string", "database-password"} and all(len(value) > 30 for value in first.values())
    tool("helm", "upgrade", *chart, "--set", "server.env.REEVE_LATE_RUNS_AFTER_SECONDS=30")
    assert passwords() == first
    [server] = json.loads(namespace.kubectl("get", "deployment", "reeve-server", "-o", "json"))["spec"]["template"]["spec"]["containers"]
    assert {"name": "REEVE_LATE_RUNS_AFTER_SECONDS", "value": "30"} in server["env"]
    tool("helm", "uninstall", "reeve", "--namespace", namespace.namespace)
    assert passwords() == first


@needs_tools
@pytest.mark.parametrize("overlay", ["base", "sqlite"])
def test_the_cluster_takes_what_kustomize_makes(cluster, overlay):
    cluster.kubectl("create", "namespace", "reeve")
    try:
        rendered = tool("kubectl", "kustomize", DEPLOY / "kubernetes" / overlay)
        cluster.kubectl("-n", "reeve", "apply", "--dry-run=server", "-f", "-", given=rendered)
    finally:
        cluster.kubectl("delete", "namespace", "reeve")
    assert ("reeve-postgres" in rendered) == (overlay == "base")
