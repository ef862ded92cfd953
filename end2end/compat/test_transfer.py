"""`prefect transfer` copies what one server has to another."""

import pytest
from servers import Reeve


@pytest.fixture
def other(tmp_path):
    """A second server with a database of its own."""
    server = Reeve(f"sqlite:///{tmp_path}/other.db", tmp_path)
    yield server
    server.stop()


def test_a_server_is_copied_to_another(reeve, other, both, unique):
    prefect = both[1]
    pool, deployment = fill(reeve, unique)
    (prefect.home / "profiles.toml").write_text(
        f'active = "here"\n[profiles.here]\nPREFECT_API_URL = "{reeve.api}"\n[profiles.there]\nPREFECT_API_URL = "{other.api}"\n'
    )
    # The variable would count more than the profiles.
    transfer = lambda: prefect.cli("transfer", "--from", "here", "--to", "there", env={"PREFECT_API_URL": None})
    said = transfer()
    copied = other.get(f"/deployments/name/transferred-{unique}/main")
    assert copied["parameters"] == {"word": unique} and copied["tags"] == ["a"], said
    assert copied["work_pool_name"] == pool and copied["schedules"][0]["schedule"]["cron"] == "0 5 * * *"
    assert other.get(f"/work_pools/{pool}")["base_job_template"] == reeve.get(f"/work_pools/{pool}")["base_job_template"]
    assert other.get(f"/work_pools/{pool}/queues/second")["priority"] == 2
    assert other.get(f"/variables/name/t_{unique}")["value"] == {"a": [1, None]}
    assert other.get(f"/v2/concurrency_limits/t-{unique}")["limit"] == 3
    assert other.get(f"/concurrency_limits/tag/t-{unique}")["concurrency_limit"] == 4
    # The command leaves documents out whose type is there already.
    document = other.get(f"/block_types/slug/t-{unique}/block_documents/name/document?include_secrets=true")
    assert document["data"] == {"key": unique}
    names = [automation["name"] for automation in other.post("/automations/filter")]
    assert names.count(f"t-{unique}") == 1
    # A second time changes nothing.
    transfer()
    assert other.get(f"/deployments/name/transferred-{unique}/main")["id"] == copied["id"]
    assert deployment != copied["id"]


def fill(reeve, unique):
    """Makes one of everything that can be transferred; the pool's name and the deployment's id."""
    pool = f"transferred-{unique}"
    template = {"job_configuration": {"command": "{{ command }}"}, "variables": {"type": "object", "properties": {"command": {"type": "string", "default": "true"}}}}
    reeve.post("/work_pools/", {"name": pool, "type": "process", "base_job_template": template})
    reeve.post(f"/work_pools/{pool}/queues", {"name": "second", "priority": 2})
    flow = reeve.post("/flows/", {"name": f"transferred-{unique}"})
    deployment = {
        "name": "main", "flow_id": flow["id"], "parameters": {"word": unique}, "tags": ["a"], "work_pool_name": pool, "work_queue_name": "second",
        "schedules": [{"schedule": {"cron": "0 5 * * *", "timezone": "Asia/Taipei"}, "active": True}],
    }
    deployment = reeve.post("/deployments/", deployment)
    reeve.post("/variables/", {"name": f"t_{unique}", "value": {"a": [1, None]}})
    reeve.post("/v2/concurrency_limits/", {"name": f"t-{unique}", "limit": 3})
    reeve.post("/concurrency_limits/", {"tag": f"t-{unique}", "concurrency_limit": 4})
    kind = reeve.post("/block_types/", {"name": f"T {unique}", "slug": f"t-{unique}"})
    fields = {"title": "T", "type": "object", "properties": {"key": {"type": "string", "format": "password", "writeOnly": True}}, "secret_fields": ["key"]}
    schema = reeve.post("/block_schemas/", {"fields": fields, "block_type_id": kind["id"], "capabilities": []})
    reeve.post("/block_documents/", {"name": "document", "data": {"key": unique}, "block_type_id": kind["id"], "block_schema_id": schema["id"]})
    trigger = {"type": "event", "posture": "Reactive", "expect": ["never.*"], "threshold": 1, "within": 0}
    action = {"type": "run-deployment", "source": "selected", "deployment_id": deployment["id"]}
    reeve.post("/automations/", {"name": f"t-{unique}", "trigger": trigger, "actions": [action]})
    return pool, deployment["id"]
