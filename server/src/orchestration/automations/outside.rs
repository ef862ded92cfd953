//! Actions that call out: webhooks and notifications. And what templates may refer to.

use client::outgoing::Answer;
use domain::automations::{Action, Invocation};
use domain::blocks::BlockDocument;
use domain::events::{NAME, ROLE, Resource};
use domain::state::State;
use domain::{BlockDocumentId, ConcurrencyLimitId, DeploymentId, FlowId, FlowRunId, TaskRunId, Timestamp, Uuid};
use domain::{WorkPoolId, WorkQueueId};
use minijinja::Value;
use serde::Serialize;
use serde_json::json;
use store::{
    Tx, concurrency_limits, deployments, flow_runs, flows, task_runs, variable_values, work_pools, work_queues,
};

use super::super::blocks::documents::{self, BlockError};
use super::super::notify;
use super::super::templates::{self, Context, Labels, plain};
use super::outcome::{ActError, Acted, Report};
use super::targets::{first, id_of};
use crate::app_state::AppState;

/// So much of an answer is told.
const MOST_TOLD: usize = 1000;

/// Calls whom the action calls.
pub async fn call(app: &AppState, of: &Invocation, report: &mut Report) -> Acted {
    match &of.action {
        Action::CallWebhook { block_document_id, payload } => {
            let block = block(app, *block_document_id, report).await?;
            if slug(&block) != "webhook" {
                return Err(ActError::failed("The referenced block was not a webhook block"));
            }
            let [payload] = fill_in(app, of, [payload], report).await?;
            let mut request = notify::webhook(&block.data, payload).map_err(ActError::Failed)?;
            request.header_if_absent("idempotency-key", &of.id.to_string());
            let answer =
                request.send().await.map_err(|error| ActError::failed(format!("Webhook call failed: {error}")))?;
            tell_answer(&answer, report);
            Ok(())
        }
        Action::SendNotification { block_document_id, subject, body } => {
            let block = block(app, *block_document_id, report).await?;
            let [subject, body] = fill_in(app, of, [subject, body], report).await?;
            send(&block, &subject, &body, report).await
        }
        _ => Err(ActError::failed("This action does not call out")),
    }
}

/// Sends a message through the block.
async fn send(block: &BlockDocument, subject: &str, body: &str, report: &mut Report) -> Acted {
    let request = notify::request(slug(block), &block.data, subject, body).map_err(ActError::Failed)?;
    let answer = notify::send(request).await;
    answer.map_err(|log| {
        report.tell("notification_log", log.as_str());
        ActError::failed(format!("Notification failed: {log}"))
    })
}

fn tell_answer(answer: &Answer, report: &mut Report) {
    report.tell("status_code", answer.status);
    let body: String = answer.body.chars().take(MOST_TOLD).collect();
    report.tell("response_body", body);
    let shown = answer.headers.iter().filter(|(name, _)| !is_hidden(name));
    let headers: serde_json::Map<String, serde_json::Value> =
        shown.map(|(name, value)| (name.clone(), json!(value))).collect();
    report.tell("response_headers", headers);
}

/// Headers that are secret, or noise of the way.
fn is_hidden(name: &str) -> bool {
    const STARTS: [&str; 5] = ["x-forwarded", "x-b3", "x-cloud-trace", "x-envoy", "x-prefect"];
    ["authorization", "set-cookie", "traceparent", "via"].contains(&name)
        || STARTS.iter().any(|start| name.starts_with(start))
}

fn slug(block: &BlockDocument) -> &str {
    block.block_type.as_ref().map(|of| of.slug.as_str()).unwrap_or_default()
}

/// The block with its secrets, which go no further than into the request.
async fn block(app: &AppState, id: BlockDocumentId, report: &mut Report) -> Result<BlockDocument, ActError> {
    let block = match documents::read(&mut app.store.read().await?, id, true).await {
        Ok(Some(block)) => block,
        Ok(None) => return Err(ActError::failed(format!("There is no block document {id}"))),
        Err(BlockError::Store(error)) => return Err(error.into()),
        Err(error) => return Err(ActError::failed(format!("The block was invalid: {error}"))),
    };
    let named = Resource::of("block-document", id).with(ROLE, "block");
    report.involved.push(named.with(NAME, block.name.clone().unwrap_or_default()));
    report.involved.push(Resource::of("block-type", slug(&block)).with(ROLE, "block-type"));
    Ok(block)
}

async fn fill_in<const N: usize>(
    app: &AppState,
    of: &Invocation,
    texts: [&String; N],
    report: &mut Report,
) -> Result<[String; N], ActError> {
    let mut texts = texts.map(String::clone);
    let context = context(&mut app.store.read().await?, app, of, &texts, app.clock.now()).await?;
    let environment = templates::environment(&app.policy.dashboard_url);
    for text in &mut texts {
        *text = templates::render(&environment, text, &context).map_err(|error| {
            report.tell("template_error", error.to_string());
            report.tell("template_source", text.as_str());
            ActError::failed(format!("Template rendering failed: {error}"))
        })?;
    }
    Ok(texts)
}

/// What the templates of the invocation may refer to; things are read only if a template names them.
pub async fn context(
    tx: &mut Tx,
    app: &AppState,
    of: &Invocation,
    texts: &[String],
    now: Timestamp,
) -> Result<Context, ActError> {
    let dashboard = &app.policy.dashboard_url;
    let event = |event| templates::event(event, dashboard);
    let firings = of.firing.all_firings().into_iter().map(|firing| templates::firing(firing, dashboard));
    let mut context = Context::from([
        ("automation".to_owned(), plain(&of.automation)),
        ("event".to_owned(), of.triggering_event.as_ref().map_or_else(|| Value::from(()), event)),
        ("labels".to_owned(), Value::from_object(Labels::of(of.firing.triggering_labels.clone()))),
        ("firing".to_owned(), templates::firing(&of.firing, dashboard)),
        ("firings".to_owned(), firings.collect()),
        ("events".to_owned(), of.firing.all_events().into_iter().map(event).collect()),
    ]);
    for name in templates::names(texts.iter().map(String::as_str)) {
        if let Some(value) = native(tx, of, &name, now).await? {
            context.insert(name, value);
        }
    }
    Ok(context)
}

/// The thing of that name that the event involves.
async fn native(tx: &mut Tx, of: &Invocation, name: &str, now: Timestamp) -> Result<Option<Value>, ActError> {
    if name == "variables" {
        return Ok(Some(plain(variable_values::all(tx).await?)));
    }
    let kind = name.replace('_', "-");
    let Some(resource) = of.triggering_event.as_ref().and_then(|event| first(event, &kind)) else { return Ok(None) };
    let Some(id) = id_of(resource.id(), &kind) else { return Ok(None) };
    Ok(match name {
        "deployment" => shown(deployments::by_id(tx, DeploymentId(id)).await?),
        "flow" => shown(flows::by_id(tx, FlowId(id)).await?),
        "flow_run" => with_state(shown_json(flow_runs::by_id(tx, FlowRunId(id), now).await?), resource),
        "task_run" => with_state(task_run(tx, id, now).await?, resource),
        "work_pool" => shown(work_pools::by_id(tx, WorkPoolId(id)).await?),
        "work_queue" => shown(work_queues::by_id(tx, WorkQueueId(id)).await?),
        "concurrency_limit" => shown(concurrency_limits::by_id(tx, ConcurrencyLimitId(id)).await?),
        _ => None,
    })
}

fn shown(thing: Option<impl Serialize>) -> Option<Value> {
    thing.map(plain)
}

fn shown_json(thing: Option<impl Serialize>) -> Option<serde_json::Value> {
    thing.map(|thing| json!(thing))
}

async fn task_run(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<Option<serde_json::Value>, ActError> {
    Ok(shown_json(task_runs::by_id(tx, TaskRunId(id), now).await?))
}

/// The run in the state that the event tells of: it may have moved on since.
fn with_state(run: Option<serde_json::Value>, resource: &Resource) -> Option<Value> {
    let mut run = run?;
    let text = |name: &str| resource.get(&format!("prefect.state-{name}"));
    if let (Some(kind), Some(name), Some(at), Some(message)) =
        (text("type"), text("name"), text("timestamp"), text("message"))
    {
        let told = json!({
            "id": null, "type": kind, "name": name, "timestamp": at, "message": message, "data": null,
            "state_details": {},
        });
        // Only what reads as a state replaces one.
        let mut whole = told.clone();
        whole["id"] = json!(Uuid::nil());
        if serde_json::from_value::<State>(whole).is_ok() {
            run["state"] = told;
        }
    }
    Some(plain(run))
}
