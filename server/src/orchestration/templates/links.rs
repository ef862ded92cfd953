//! Links into the dashboard, at the paths that Prefect's dashboards have.

use domain::events::{Event, ID};
use minijinja::{Environment, Value};

/// The filters that make links, and the one that finds a run's id in one.
pub fn install(environment: &mut Environment, dashboard: &str) {
    let base = dashboard.trim_end_matches('/').to_owned();
    let events_base = base.clone();
    environment.add_filter("ui_url", move |object: &Value| or_none(of(object).map(|path| format!("{base}/{path}"))));
    environment.add_filter("ui_resource_events_url", move |object: &Value| {
        or_none(resource_id(object).map(|id| format!("{events_base}/events?resource={id}")))
    });
    environment.add_filter("flow_run_id", |text: &Value| or_none(text.as_str().and_then(flow_run_id)));
}

fn or_none(text: Option<String>) -> Value {
    text.map_or_else(|| Value::from(()), Value::from)
}

/// The page of an event.
pub fn of_event(event: &Event, dashboard: &str) -> String {
    let day = event.occurred.utc().format("%Y-%m-%d");
    format!("{}/events/event/{day}/{}", dashboard.trim_end_matches('/'), event.id)
}

/// The path of the page of an object.
fn of(object: &Value) -> Option<String> {
    let text = |name: &str| object.get_attr(name).ok().filter(|value| !value.is_undefined()).map(|v| shown(&v));
    if let Some(url) = text("url").filter(|_| has(object, "occurred")) {
        return url.split_once("/events/").map(|(_, rest)| format!("events/{rest}"));
    }
    let (kind, id) = match object.get_attr(ID).ok().and_then(|id| id.as_str().map(str::to_owned)) {
        Some(resource) => {
            let (kind, id) = resource.strip_prefix("prefect.")?.split_once('.')?;
            (kind.to_owned(), id.to_owned())
        }
        None => (kind(object)?.to_owned(), text("id")?),
    };
    Some(match kind.as_str() {
        "flow-run" => format!("runs/flow-run/{id}"),
        "task-run" => format!("runs/task-run/{id}"),
        "flow" => format!("flows/flow/{id}"),
        "deployment" => format!("deployments/deployment/{id}"),
        "work-pool" => format!("work-pools/work-pool/{}", text("name").unwrap_or(id)),
        "work-queue" => format!("work-queues/work-queue/{id}"),
        "automation" => format!("automations/automation/{id}"),
        "block-document" => format!("blocks/block/{id}"),
        "variable" => format!("variables/variable/{id}"),
        _ => return None,
    })
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn has(object: &Value, name: &str) -> bool {
    object.get_attr(name).is_ok_and(|value| !value.is_undefined())
}

/// What an object of the API is, by the members that only its kind has.
fn kind(object: &Value) -> Option<&'static str> {
    let marks = [
        ("task_key", "task-run"),
        ("run_count", "flow-run"),
        ("parameter_openapi_schema", "deployment"),
        ("base_job_template", "work-pool"),
        ("priority", "work-queue"),
        ("trigger", "automation"),
        ("labels", "flow"),
    ];
    marks.into_iter().find(|(mark, _)| has(object, mark)).map(|(_, kind)| kind)
}

fn resource_id(object: &Value) -> Option<String> {
    if let Some(id) = object.get_attr(ID).ok().and_then(|id| id.as_str().map(str::to_owned)) {
        return Some(id);
    }
    let id = object.get_attr("id").ok().filter(|id| !id.is_undefined())?;
    Some(format!("prefect.{}.{}", kind(object)?, shown(&id)))
}

/// The id in an address such as `…/flow-run/<id>`.
fn flow_run_id(text: &str) -> Option<String> {
    let is_id = |rest: &&str| rest.get(..36).is_some_and(|id| id.parse::<domain::Uuid>().is_ok());
    text.split("flow-run/").skip(1).find(is_id).map(|rest| rest[..36].to_owned())
}
