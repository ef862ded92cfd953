"""The scenario's flow: one request to a service, tried again when it fails, and a line with an emoji."""

import os

import httpx
from prefect import flow, task

SERVICE = os.environ.get("DEMO_URL", "http://127.0.0.1:9")


@task(retries=2)
def get_repo_info(repo_owner: str, repo_name: str):
    answer = httpx.get(f"{SERVICE}/{repo_owner}/{repo_name}")
    answer.raise_for_status()
    return answer.json()


@flow(log_prints=True)
def repo_info(repo_owner: str = "PrefectHQ", repo_name: str = "prefect"):
    """Asks for a repository and prints a star."""
    get_repo_info(repo_owner, repo_name)
    print(f"Stars 🌠 of {repo_owner}/{repo_name}")
