"""`reeve deploy` on a machine with a builder of images: an image is built and pushed, and the run that follows is
carried out in it, as the node pulls it."""

import os
import subprocess
from pathlib import Path

import images
import pytest
from conftest import needs_our_cluster, needs_pods
from registry import Registry
from servers import clean_env, until

pytestmark = [needs_pods, needs_our_cluster, pytest.mark.skipif(not os.environ.get("REEVE_TEST_TOOLS"), reason="no builder")]

FLOW = '''
import os

from prefect import flow

@flow(log_prints=True)
def hello(name: str = "world"):
    print(f"hello {name} out of {os.environ['SHOP_WORDS']}")
'''
DOCKERFILE = """
FROM docker.io/library/shop-base:1
ARG WORDS
ENV SHOP_WORDS=$WORDS
COPY flows.py /opt/shop/flows.py
"""


@pytest.fixture
def registry(tmp_path):
    registry = Registry(tmp_path)
    yield registry
    registry.stop()


def deploy(folder: Path, reeve, registry: Registry) -> str:
    env = clean_env() | registry.builder() | {"PREFECT_API_URL": reeve.api, "REEVE_HOME": str(folder / "home")}
    done = subprocess.run([os.environ["REEVE_BIN"], "deploy", "--all"], env=env, cwd=folder, text=True, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_an_image_is_built_and_pushed_and_its_flow_runs(reeve, pool, worker, cluster, registry, tmp_path):
    shop, base = tmp_path / "shop", tmp_path / "base"
    shop.mkdir()
    base.mkdir()
    registry.take(images.flows("docker.io/library/shop-base:1", Path(os.environ["REEVE_PREFECT3"]), base, tmp_path / "image"))
    (shop / "flows.py").write_text(FLOW)
    (shop / "Dockerfile").write_text(DOCKERFILE)
    (shop / "prefect.yaml").write_text(f"""
build:
- prefect_docker.deployments.steps.build_docker_image:
    id: built
    image_name: {registry.address}/shop
    dockerfile: Dockerfile
    additional_tags: [newest]
    pull: false
    buildargs: {{WORDS: an image of {cluster.namespace}}}
push:
- prefect_docker.deployments.steps.push_docker_image:
    image_name: '{{{{ built.image_name }}}}'
    tag: '{{{{ built.tag }}}}'
    additional_tags: '{{{{ built.additional_tags }}}}'
pull:
- prefect.deployments.steps.set_working_directory:
    directory: /opt/shop
deployments:
- name: built
  entrypoint: flows.py:hello
  work_pool:
    name: {pool["name"]}
    job_variables:
      namespace: {cluster.namespace}
      image: '{{{{ built.image }}}}'
      image_pull_policy: Always
""")
    deploy(shop, reeve, registry)
    deployment = reeve.get("/deployments/name/hello/built")
    image = (deployment.get("job_variables") or deployment["infra_overrides"])["image"]
    assert image.startswith(f"{registry.address}/shop:20"), image
    run = reeve.post(f"/deployments/{deployment['id']}/create_flow_run", {"parameters": {"name": "harbour"}})
    ended = reeve.ended(run["id"], 120)
    assert ended["state_type"] == "COMPLETED", (ended["state"], reeve.logs(run["id"]))
    line = f"hello harbour out of an image of {cluster.namespace}"
    until("its line", lambda: line in reeve.logs(run["id"]), 15)
    [pod] = cluster.of_run("pods", run["id"])
    assert pod["spec"]["containers"][0]["image"] == image
    assert registry.digest("shop", "newest") == registry.digest("shop", image.rsplit(":", 1)[1])
