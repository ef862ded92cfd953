//! `POST /api/reeve/automations`: an automation from the few words of the dashboard's form.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use domain::automations::AutomationCreate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Tx, block_documents, block_types, deployments};

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::checks::refused;
use crate::api::error::Result;
use crate::app_state::AppState;
use crate::clock::new_id;
use crate::orchestration::AfterCommit;
use crate::orchestration::automations as decide;

/// What may happen, and the event that says so. The first ones are about runs.
pub const WHEN: [(&str, &str); 9] = [
    ("a run fails", "prefect.flow-run.Failed"),
    ("a run crashes", "prefect.flow-run.Crashed"),
    ("a run is late", "prefect.flow-run.Late"),
    ("a run completes", "prefect.flow-run.Completed"),
    ("a run is cancelled", "prefect.flow-run.Cancelled"),
    ("a run has been running for too long", "prefect.flow-run.Running"),
    ("a work pool has no worker", "prefect.work-pool.not-ready"),
    ("a work queue is not asked", "prefect.work-queue.not-ready"),
    ("a deployment is not ready", "prefect.deployment.not-ready"),
];

/// The one that is noticed by what does not happen.
const TOO_LONG: &str = WHEN[5].0;

/// What may follow.
pub const THEN: [&str; 6] = [
    "send a message",
    "run a deployment",
    "cancel the run",
    "pause the deployment",
    "pause the work pool",
    "only write an event",
];

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/automations", post(create))
}

/// The form's fields.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Words {
    name: String,
    description: Option<String>,
    when: String,
    /// Only runs with this tag.
    tag: Option<String>,
    /// How often within so many seconds.
    times: Option<i64>,
    seconds: Option<f64>,
    then: String,
    /// `flow/deployment`.
    deployment: Option<String>,
    /// `slack-webhook/alerts`: the block that sends messages.
    block: Option<String>,
    message: Option<String>,
}

/// What is wrong with a field, in words.
struct Wrong(&'static str, String);

async fn create(State(app): State<AppState>, caller: Caller, Body(words): Body<Words>) -> Result {
    let wrong =
        |Wrong(field, sentence): Wrong| refused(caller.major, json!(["body", field]), &sentence, &Value::Null, &words);
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let new = built(&mut tx, &words).await?.map_err(wrong)?;
    let (mut automation, owner) = new.into_automation(new_id(), now);
    if let Some(fault) = decide::prepare(&mut automation) {
        return Err(wrong(Wrong("when", fault.sentence)));
    }
    let mut after = AfterCommit::default();
    decide::create(&mut tx, &automation, owner.as_deref(), now, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(caller.created(&automation, true))
}

/// The automation, or the field that keeps it from being one.
async fn built(tx: &mut Tx, words: &Words) -> store::Result<std::result::Result<AutomationCreate, Wrong>> {
    let action = match action(tx, words).await? {
        Ok(action) => action,
        Err(wrong) => return Ok(Err(wrong)),
    };
    if words.name.trim().is_empty() {
        return Ok(Err(Wrong("name", "This is required.".to_owned())));
    }
    let Some((_, event)) = WHEN.iter().find(|(when, _)| *when == words.when) else {
        return Ok(Err(Wrong("when", "This is none of the choices.".to_owned())));
    };
    let kind = event.rsplit_once('.').map_or("", |(kind, _)| kind);
    let related = match words.tag.as_deref().filter(|tag| !tag.is_empty()) {
        Some(tag) => json!({ "prefect.resource.id": [format!("prefect.tag.{tag}")], "prefect.resource.role": "tag" }),
        None => json!({}),
    };
    let late = words.when == TOO_LONG;
    let within = words.seconds.unwrap_or(if late { 3600.0 } else { 0.0 });
    if late && within < 10.0 {
        return Ok(Err(Wrong("seconds", "Absences are noticed after ten seconds at the earliest.".to_owned())));
    }
    let ends = ["Completed", "Failed", "Crashed", "Cancelled"].map(|state| format!("prefect.flow-run.{state}"));
    let trigger = json!({
        "type": "event",
        "match": { "prefect.resource.id": format!("{kind}.*") },
        "match_related": related,
        "after": if late { json!([event]) } else { json!([]) },
        "expect": if late { json!(ends) } else { json!([event]) },
        "for_each": ["prefect.resource.id"],
        "posture": if late { "Proactive" } else { "Reactive" },
        "threshold": words.times.unwrap_or(1),
        "within": within,
    });
    let body = json!({
        "name": words.name, "description": words.description.clone().unwrap_or_default(), "enabled": true,
        "trigger": trigger, "actions": [action],
    });
    Ok(serde_json::from_value(body).map_err(|error| Wrong("when", error.to_string())))
}

async fn action(tx: &mut Tx, words: &Words) -> store::Result<std::result::Result<Value, Wrong>> {
    let about_run = words.when.starts_with("a run");
    let inferred = |kind: &str| json!({ "type": kind, "source": "inferred" });
    Ok(match words.then.as_str() {
        "send a message" => return message(tx, words).await,
        "run a deployment" => return run(tx, words).await,
        "cancel the run" if about_run => Ok(json!({ "type": "cancel-flow-run" })),
        "cancel the run" => Err(Wrong("then", "Only what happens to a run leads to a run.".to_owned())),
        "pause the deployment" => Ok(inferred("pause-deployment")),
        "pause the work pool" => Ok(inferred("pause-work-pool")),
        "only write an event" => Ok(json!({ "type": "do-nothing" })),
        _ => Err(Wrong("then", "This is none of the choices.".to_owned())),
    })
}

async fn message(tx: &mut Tx, words: &Words) -> store::Result<std::result::Result<Value, Wrong>> {
    let missing = |sentence: &str| Ok(Err(Wrong("block", sentence.to_owned())));
    let Some((slug, name)) = words.block.as_deref().and_then(|block| block.trim().split_once('/')) else {
        return missing("A message needs a block that sends it, such as slack-webhook/alerts.");
    };
    let Some(kind) = block_types::by_slug(tx, slug).await? else {
        return missing("There is no such kind of block.");
    };
    let Some(block) = block_documents::by_name(tx, kind.id, name).await? else {
        return missing("There is no block of this name.");
    };
    let text = words.message.clone().filter(|text| !text.trim().is_empty());
    let text = text.unwrap_or_else(|| "{{ event.event }}: {{ event.resource.name }}".to_owned());
    Ok(Ok(json!({ "type": "send-notification", "block_document_id": block.id, "subject": words.name, "body": text })))
}

async fn run(tx: &mut Tx, words: &Words) -> store::Result<std::result::Result<Value, Wrong>> {
    let missing = |sentence: &str| Ok(Err(Wrong("deployment", sentence.to_owned())));
    let Some((flow, name)) = words.deployment.as_deref().and_then(|text| text.trim().split_once('/')) else {
        return missing("Name the deployment as flow/deployment.");
    };
    match deployments::by_name(tx, flow.trim(), name.trim()).await? {
        Some(found) => Ok(Ok(json!({ "type": "run-deployment", "source": "selected", "deployment_id": found.id }))),
        None => missing("There is no such deployment."),
    }
}
