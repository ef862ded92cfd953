"""Automations with Prefect 3's commands, and the notification policies of Prefect 2."""

import http.server
import json
import threading
import uuid
from datetime import datetime, timedelta, timezone

import pytest
from servers import until

FLOWS = '''
from prefect import flow


@flow
def boom():
    raise ValueError("no")


@flow
def rescue(who: str, tries: int = 0):
    print(f"rescued {who}")
'''

SAVE_WEBHOOK = """
import sys

from prefect.blocks.webhook import Webhook

print(Webhook(url=sys.argv[2], headers={"X-Secret": "shh"}).save(sys.argv[1]))
"""

SAVE_POLICY = """
import asyncio
import sys

from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunNotificationPolicyFilter

name, url = sys.argv[1:]


async def main():
    block = CustomWebhookNotificationBlock(name=name, url=url, json_data={"said": "{{body}}"})
    block_id = await block.save(name)
    async with get_client() as client:
        policy = await client.create_flow_run_notification_policy(block_document_id=block_id, state_names=["Completed"], tags=[name], message_template="{flow_name} is {flow_run_state_name}")
        found = await client.read_flow_run_notification_policies(FlowRunNotificationPolicyFilter(is_active={"eq_": True}))
        assert [one.state_names for one in found if one.id == policy] == [["Completed"]], found
        print(policy)


asyncio.run(main())
"""

TAGGED_RUN = """
import sys

from prefect import flow, tags


@flow
def tagged():
    return 1


with tags(sys.argv[1]):
    tagged()
"""


class Receiver(threading.Thread):
    """Somebody on the loopback network who is called, and remembers it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.calls = calls = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                calls.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.start()

    def run(self):
        self.http.serve_forever()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.http.shutdown()


def automations(reeve, name):
    return reeve.post("/automations/filter", {"automations": {"name": {"any_": [name]}}})


def created(both, tmp_path, automation):
    """The automation, made by Prefect 3's command from a file."""
    path = tmp_path / "automation.json"
    path.write_text(json.dumps(automation))
    both[1].cli("automation", "create", "--from-file", str(path))


def on(name, **more):
    return {"type": "event", "posture": "Reactive", "expect": [name], "threshold": 1, "within": 0, **more}


def test_automation_commands(reeve, both, tmp_path, unique):
    prefect, name = both[1], f"auto-{unique}"
    created(both, tmp_path, {"name": name, "trigger": on("never"), "actions": [{"type": "do-nothing"}]})
    assert name in prefect.cli("automation", "ls")
    assert name in prefect.cli("automation", "inspect", name)
    prefect.cli("automation", "pause", name)
    assert automations(reeve, name)[0]["enabled"] is False
    prefect.cli("automation", "resume", name)
    assert automations(reeve, name)[0]["enabled"] is True
    prefect.cli("automation", "delete", name)
    assert automations(reeve, name) == []
    assert "not found" in prefect.cli("automation", "inspect", name, code=1).lower()


@pytest.mark.essential
def test_an_event_calls_a_webhook(reeve, both, tmp_path, unique, receiver):
    prefect, name = both[1], f"hook-{unique}"
    script = tmp_path / "save.py"
    script.write_text(SAVE_WEBHOOK)
    block = prefect.python(script, name, f"{receiver.url}/hook").strip().splitlines()[-1]
    payload = '{"who": "{{ event.resource.id }}", "n": {{ event.payload.n }}, "by": "{{ automation.name }}"}'
    created(both, tmp_path, {"name": name, "trigger": on(f"compat.{unique}"), "actions": [{"type": "call-webhook", "block_document_id": block, "payload": payload}]})
    prefect.cli("event", "emit", f"compat.{unique}", "--resource-id", "compat.thing", "--payload", '{"n": 5}')
    (path, headers, body), = until("a call", lambda: receiver.calls, 15)
    assert (path, headers["x-secret"]) == ("/hook", "shh")
    assert json.loads(body) == {"who": "compat.thing", "n": 5, "by": name}
    query = {"filter": {"event": {"prefix": ["prefect.automation.action.executed"]}, "any_resource": {"id": [f"prefect.block-document.{block}"]}}}
    told = until("the event about it", lambda: reeve.post("/events/filter", query)["events"], 10)
    assert told[0]["payload"]["response_body"] == "ok" and "shh" not in json.dumps(told)


@pytest.mark.essential
def test_a_failure_runs_another_deployment(reeve, both, tmp_path, unique):
    prefect, pool = both[1], f"auto-{unique}"
    (tmp_path / "flows.py").write_text(FLOWS)
    prefect.cli("work-pool", "create", pool, "--type", "process")
    trigger = on("prefect.flow-run.Failed", match_related={"prefect.resource.role": "deployment", "prefect.resource.name": f"boom-{unique}"})
    trigger["parameters"] = {"who": "{{ flow_run.name }}", "tries": "{{ flow_run.run_count }}"}
    deployments = [
        {"name": f"boom-{unique}", "entrypoint": "./flows.py:boom", "work_pool": {"name": pool}},
        {"name": f"rescue-{unique}", "entrypoint": "./flows.py:rescue", "work_pool": {"name": pool}, "triggers": [trigger]},
    ]

    def deploy():
        (tmp_path / "prefect.yaml").write_text(json.dumps({"deployments": deployments}))
        prefect.cli("deploy", "--all", cwd=tmp_path)

    deploy()
    boom, rescue = (reeve.get(f"/deployments/name/{name}/{name}-{unique}") for name in ("boom", "rescue"))
    owned = f"/automations/related-to/prefect.deployment.{rescue['id']}"
    assert len(reeve.get(owned)) == 1
    deploy()
    assert len(reeve.get(owned)) == 1, "a second deploy makes the automation anew"
    with prefect.worker(pool, tmp_path):
        prefect.cli("deployment", "run", f"boom/boom-{unique}")
        failed = reeve.ended(reeve.runs_of(boom["id"])[0]["id"])
        assert failed["state_type"] == "FAILED"
        runs = until("a run of the other deployment", lambda: reeve.runs_of(rescue["id"]), 15)
        assert len(runs) == 1 and runs[0]["parameters"] == {"who": failed["name"], "tries": 1}
        assert runs[0]["created_by"]["type"] == "AUTOMATION"
        assert reeve.ended(runs[0]["id"])["state_type"] == "COMPLETED"
    del deployments[1]["triggers"]
    deploy()
    assert reeve.get(owned) == [], "an automation goes with the trigger that made it"


def test_what_should_not_take_long_is_noticed(reeve, both, tmp_path, unique):
    prefect, name = both[1], f"stuck-{unique}"
    trigger = {"type": "event", "posture": "Proactive", "after": [f"{unique}.began"], "expect": [f"{unique}.ended"], "for_each": ["prefect.resource.id"], "within": 10}
    created(both, tmp_path, {"name": name, "trigger": trigger, "actions": [{"type": "do-nothing"}]})
    # The one that ends does so at once: a client takes seconds to start.
    now = datetime.now(timezone.utc)
    happened = [(f"{unique}.began", now), (f"{unique}.ended", now + timedelta(milliseconds=1))]
    reeve.post("/events", [
        {"id": str(uuid.uuid4()), "event": event, "occurred": at.isoformat(), "resource": {"prefect.resource.id": f"{unique}.one"}} for event, at in happened
    ])
    prefect.cli("event", "emit", f"{unique}.began", "--resource-id", f"{unique}.two")
    automation = automations(reeve, name)[0]["id"]
    query = {"filter": {"event": {"name": ["prefect.automation.triggered"]}, "resource": {"id": [f"prefect.automation.{automation}"]}}}
    told = until("it is noticed", lambda: reeve.post("/events/filter", query)["events"], 30)
    assert [event["payload"]["triggering_labels"] for event in told] == [{"prefect.resource.id": f"{unique}.two"}]


def test_prefect_2_is_notified_of_states(reeve, both, tmp_path, unique, receiver):
    prefect, name = both[0], f"told-{unique}"
    policy, tagged = tmp_path / "policy.py", tmp_path / "tagged.py"
    policy.write_text(SAVE_POLICY)
    tagged.write_text(TAGGED_RUN)
    prefect.python(policy, name, f"{receiver.url}/told")
    prefect.python(tagged, "other")
    prefect.python(tagged, name)
    (path, _, body), = until("a message", lambda: receiver.calls, 20)
    assert (path, json.loads(body)) == ("/told", {"said": "tagged is Completed"})
