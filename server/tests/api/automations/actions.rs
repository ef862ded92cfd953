//! What automations change.

use axum::http::Method;
use domain::Major;
use serde_json::{Value, json};

use super::{automation, event, reactive, round, send, told};
use crate::api::flow_runs::flow;
use crate::harness::each::on_each;
use crate::harness::{Server, id};

/// A deployment in a pool with a worker's template; its id.
async fn deployment(server: &Server, name: &str) -> String {
    let pool = json!({ "name": format!("pool-{name}"), "type": "process", "base_job_template": {} });
    assert_eq!(server.post("/work_pools/", pool).await.0, 201);
    let body = json!({
        "name": name, "flow_id": flow(server, "etl").await, "work_pool_name": format!("pool-{name}"),
        "parameters": { "kept": 1 },
        "schedules": [{ "schedule": { "interval": 3600 }, "active": true }],
    });
    let (status, made) = server.post("/deployments/", body).await;
    assert_eq!(status, 201, "{made:#}");
    made["id"].as_str().expect("an id").to_owned()
}

/// A run of the deployment in that state; its id.
async fn run(server: &Server, deployment: &str, states: &[&str]) -> String {
    let (status, run) = server.post(&format!("/deployments/{deployment}/create_flow_run"), json!({})).await;
    assert_eq!(status, 201, "{run:#}");
    let run = run["id"].as_str().expect("an id").to_owned();
    for state in states {
        set_state(server, &run, state).await;
    }
    run
}

async fn set_state(server: &Server, run: &str, state: &str) {
    server.pass(1.0);
    let (status, answer) =
        server.post(&format!("/flow_runs/{run}/set_state"), json!({ "state": { "type": state }, "force": true })).await;
    assert_eq!(status, 201, "{answer:#}");
}

async fn state_of(server: &Server, run: &str) -> (String, String) {
    let (status, run) = server.get(&format!("/flow_runs/{run}")).await;
    assert_eq!(status, 200, "{run:#}");
    let text = |name: &str| run["state"][name].as_str().expect("a text").to_owned();
    (text("type"), text("name"))
}

/// How the last action ended: the last part of the event's name, and its payload.
async fn ended(server: &Server) -> (String, Value) {
    let told = told(server, "prefect.automation.action.").await;
    let last = told.last().expect("an action was carried out");
    let name = last["event"].as_str().expect("a name").rsplit('.').next().expect("a part").to_owned();
    (name, last["payload"].clone())
}

#[tokio::test]
async fn a_failed_run_makes_a_run_of_another_deployment() {
    on_each(async |server| {
        let (first, second) = (deployment(&server, "first").await, deployment(&server, "second").await);
        let trigger = reactive(json!({
            "expect": ["prefect.flow-run.Failed"], "match_related": { "prefect.resource.id": format!("prefect.deployment.{first}") },
        }));
        let parameters = json!({
            "name": "{{ flow_run.name }}", "state": "was {{ flow_run.state.name }}", "count": "{{ flow_run.run_count }}",
            "deep": { "list": ["{{ deployment.name }}", 5] },
            "jinja": { "__prefect_kind": "jinja", "template": "{{ event.resource['prefect.state-type'] }}" },
            "json": { "__prefect_kind": "json", "value": { "__prefect_kind": "jinja", "template": "[{{ flow.name | tojson }}]" } },
            "variable": { "__prefect_kind": "workspace_variable", "variable_name": "region" },
        });
        server.post("/variables/", json!({ "name": "region", "value": "tw" })).await;
        let action = json!([{
            "type": "run-deployment", "deployment_id": second, "parameters": parameters, "job_variables": { "x": 1 },
            "schedule_after": 90,
        }]);
        let auto = automation(&server, trigger, action).await;
        let failed = run(&server, &first, &["RUNNING", "FAILED"]).await;
        // It has moved on before the automation looks.
        set_state(&server, &failed, "COMPLETED").await;
        round(&server).await;

        let filter = json!({ "flow_runs": { "deployment_id": { "any_": [second] } } });
        let (_, runs) = server.post("/flow_runs/filter", filter).await;
        assert_eq!(runs.as_array().map(Vec::len), Some(1), "{runs:#}");
        let (_, of) = server.get(&format!("/flow_runs/{failed}")).await;
        assert_eq!(
            runs[0]["parameters"],
            json!({
                "kept": 1, "name": of["name"], "state": "was Failed", "count": 1, "deep": { "list": ["first", 5] },
                "jinja": "FAILED", "json": ["etl"], "variable": "tw",
            })
        );
        assert_eq!(runs[0]["created_by"], json!({ "id": auto, "type": "AUTOMATION", "display_value": "auto" }));
        assert_eq!(runs[0]["job_variables"], json!({ "x": 1 }));
        assert_eq!(runs[0]["state"]["state_details"]["scheduled_time"], json!("2026-11-23T12:01:33Z"));
        let (name, payload) = ended(&server).await;
        assert_eq!((name.as_str(), &payload["status_code"]), ("executed", &json!(201)), "{payload:#}");
        let key = format!("automation {auto}, action 0, invocation {}", payload["invocation"].as_str().expect("an id"));
        assert_eq!(runs[0]["idempotency_key"], json!(key));
        let told = told(&server, "prefect.automation.action.executed").await;
        assert_eq!(told[0]["related"][0]["prefect.resource.id"], json!(format!("prefect.deployment.{second}")));
        assert_eq!(told[0]["related"][1]["prefect.resource.name"], runs[0]["name"]);
        let scheduled = super::told(&server, "prefect.flow-run.Scheduled").await;
        let creator = scheduled.last().and_then(|event| event["related"].as_array()?.last().cloned()).expect("a creator");
        assert_eq!(creator["prefect.resource.id"], json!(format!("prefect.automation.{auto}")));
    })
    .await;
}

#[tokio::test]
async fn states_of_the_run_that_the_event_is_about() {
    on_each(async |server| {
        let deployment = deployment(&server, "d").await;
        let on = |name: &str| reactive(json!({ "expect": [name], "for_each": ["prefect.resource.id"] }));
        for (name, action) in [
            ("cancel", json!({ "type": "cancel-flow-run" })),
            ("suspend", json!({ "type": "suspend-flow-run" })),
            ("resume", json!({ "type": "resume-flow-run" })),
            ("change", json!({ "type": "change-flow-run-state", "state": "FAILED", "name": "Odd" })),
            ("force", json!({ "type": "change-flow-run-state", "state": "CRASHED", "message": "m", "force": true })),
            ("delete", json!({ "type": "delete-flow-run" })),
        ] {
            automation(&server, on(name), json!([action])).await;
        }
        let happen = async |name: &str, run: &str| {
            send(&server, json!([event(&server, name, &format!("prefect.flow-run.{run}"))])).await;
            round(&server).await;
            ended(&server).await
        };
        let running = run(&server, &deployment, &["PENDING", "RUNNING"]).await;
        let (name, payload) = happen("suspend", &running).await;
        assert_eq!((name.as_str(), &payload["status_code"]), ("executed", &json!(201)), "{payload:#}");
        assert_eq!(state_of(&server, &running).await, ("PAUSED".to_owned(), "Suspended".to_owned()));
        server.pass(1.0);
        assert_eq!(happen("resume", &running).await.0, "executed");
        assert_eq!(state_of(&server, &running).await.0, "SCHEDULED");
        server.pass(1.0);
        let (name, payload) = happen("resume", &running).await;
        assert_eq!(name, "failed");
        assert_eq!(payload["reason"], "Failed to resume flow run: Cannot resume a flow run that is not paused.");

        let running = run(&server, &deployment, &["PENDING", "RUNNING"]).await;
        server.pass(1.0);
        assert_eq!(happen("cancel", &running).await.0, "executed");
        assert_eq!(state_of(&server, &running).await.0, "CANCELLING");
        let waiting = run(&server, &deployment, &[]).await;
        server.pass(1.0);
        assert_eq!(happen("cancel", &waiting).await.0, "executed");
        assert_eq!(state_of(&server, &waiting).await.0, "CANCELLED");

        let completed = run(&server, &deployment, &["RUNNING", "COMPLETED"]).await;
        server.pass(1.0);
        assert_eq!(happen("change", &completed).await.0, "executed");
        assert_eq!(state_of(&server, &completed).await, ("FAILED".to_owned(), "Odd".to_owned()));
        server.pass(1.0);
        assert_eq!(happen("force", &completed).await.0, "executed");
        let (_, forced) = server.get(&format!("/flow_runs/{completed}")).await;
        assert_eq!((&forced["state"]["name"], &forced["state"]["message"]), (&json!("Crashed"), &json!("m")));

        assert_eq!(happen("delete", &completed).await.1["status_code"], json!(204));
        assert_eq!(server.get(&format!("/flow_runs/{completed}")).await.0, 404);
        let (name, payload) = happen("delete", &completed).await;
        assert_eq!((name.as_str(), &payload["status_code"]), ("failed", &json!(404)), "{payload:#}");
        let nobody = send(&server, json!([event(&server, "delete", "prefect.flow.1")]));
        nobody.await;
        round(&server).await;
        assert_eq!(ended(&server).await.1["reason"], "No flow run could be inferred");
    })
    .await;
}

#[tokio::test]
async fn deployments_queues_pools_and_automations_are_paused_and_resumed() {
    on_each(async |server| {
        let deployment = deployment(&server, "d").await;
        let (_, pool) = server.get("/work_pools/pool-d").await;
        let (pool_id, queue_id) =
            (pool["id"].as_str().expect("an id"), pool["default_queue_id"].as_str().expect("an id"));
        let other = automation(&server, reactive(json!({ "expect": ["never"] })), json!([])).await;
        let cases = [
            ("deployment", "deployment_id", &deployment[..], format!("/deployments/{deployment}"), "paused", 200),
            ("work-queue", "work_queue_id", queue_id, format!("/work_queues/{queue_id}"), "is_paused", 204),
            ("work-pool", "work_pool_id", pool_id, "/work_pools/pool-d".to_owned(), "is_paused", 204),
            ("automation", "automation_id", &other[..], format!("/automations/{other}"), "enabled", 204),
        ];
        for (kind, member, of, path, shown, status) in &cases {
            for verb in ["pause", "resume"] {
                // The selected one, and the one that the event is about.
                let action = format!("{verb}-{kind}");
                let selected = json!([{ "type": action, (*member): of }]);
                let auto = automation(&server, reactive(json!({ "expect": [action] })), selected).await;
                let inferred = json!([{ "type": action, "source": "inferred" }]);
                automation(&server, reactive(json!({ "expect": [format!("{action}-it")] })), inferred).await;
                for name in [action.clone(), format!("{action}-it")] {
                    server.pass(1.0);
                    send(&server, json!([event(&server, &name, &format!("prefect.{kind}.{of}"))])).await;
                    round(&server).await;
                    let (ending, payload) = ended(&server).await;
                    assert_eq!(
                        (ending.as_str(), &payload["status_code"]),
                        ("executed", &json!(status)),
                        "{name} {payload:#}"
                    );
                    let (_, now) = server.get(path).await;
                    assert_eq!(now[*shown], json!((verb == "pause") != (*kind == "automation")), "{name}");
                }
                server.call(Major::V3, Method::DELETE, &format!("/automations/{auto}"), None).await;
            }
        }
        let gone = json!([{ "type": "pause-deployment", "deployment_id": id::<domain::Uuid>() }]);
        automation(&server, reactive(json!({ "expect": ["gone"] })), gone).await;
        server.pass(1.0);
        send(&server, json!([event(&server, "gone", "r")])).await;
        round(&server).await;
        let (ending, payload) = ended(&server).await;
        assert_eq!((ending.as_str(), &payload["status_code"]), ("failed", &json!(404)), "{payload:#}");
        let bad = json!([{ "type": "pause-work-pool", "source": "inferred" }]);
        automation(&server, reactive(json!({ "expect": ["bad"] })), bad).await;
        server.pass(1.0);
        send(&server, json!([event(&server, "bad", "prefect.work-pool.none")])).await;
        round(&server).await;
        assert_eq!(ended(&server).await.1["reason"], "No work pool could be inferred");
    })
    .await;
}

#[tokio::test]
async fn a_run_that_cannot_be_made_is_told_and_leaves_nothing() {
    let server = Server::start().await;
    let strict = json!({
        "name": "strict", "flow_id": flow(&server, "etl").await, "enforce_parameter_schema": true,
        "parameter_openapi_schema": { "type": "object", "properties": { "n": { "type": "integer" } } },
    });
    let (_, deployment) = server.post("/deployments/", strict).await;
    for (name, parameters) in [("misfit", json!({ "n": "x" })), ("broken", json!({ "n": "{{ 1 / 'a' }}" }))] {
        let action = json!([{ "type": "run-deployment", "deployment_id": deployment["id"], "parameters": parameters }]);
        automation(&server, reactive(json!({ "expect": [name] })), action).await;
        server.pass(1.0);
        send(&server, json!([event(&server, name, "r")])).await;
        round(&server).await;
        let (ending, payload) = ended(&server).await;
        assert_eq!(ending, "failed", "{name} {payload:#}");
        assert_eq!(payload.get("status_code"), (name == "misfit").then_some(&json!(409)), "{payload:#}");
    }
    assert_eq!(server.post("/flow_runs/count", json!({})).await.1, json!(0));
}

#[tokio::test]
async fn actions_on_trigger_are_about_the_firing() {
    let server = Server::start().await;
    let body = json!({
        "name": "auto", "trigger": reactive(json!({ "expect": ["a"] })), "actions": [{ "type": "do-nothing" }],
        "actions_on_trigger": [{ "type": "pause-automation", "source": "inferred" }],
    });
    let (_, auto) = server.post("/automations/", body).await;
    send(&server, json!([event(&server, "a", "r")])).await;
    round(&server).await;
    let (ending, payload) = ended(&server).await;
    assert_eq!((ending.as_str(), &payload["action_index"]), ("executed", &json!(1)), "{payload:#}");
    let (_, auto) = server.get(&format!("/automations/{}", auto["id"].as_str().expect("an id"))).await;
    assert_eq!(auto["enabled"], json!(false));
}
