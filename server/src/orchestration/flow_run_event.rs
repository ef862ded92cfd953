//! The event that a flow run's new state is to the outside: `prefect.flow-run.<name of the state>`.

use domain::Major;
use domain::flow_runs::{CreatedBy, FlowRun};
use domain::state::{State, StateType};
use serde_json::{Map, Value, json};
use store::flow_runs::Surroundings;

use super::after_commit::AfterCommit;
use super::asked::Asked;

/// Longer messages are cut.
const LONGEST_MESSAGE: usize = 100_000;

/// States follow upon each other, as events, within so many seconds.
const TIGHT_SECONDS: f64 = 300.0;

/// Hands the event of a new state on.
pub fn emit(
    asked: &Asked,
    run: &FlowRun,
    around: &Surroundings,
    initial: Option<&State>,
    state: &State,
    after: &mut AfterCommit,
) {
    let mut event = Major::V3.scope(|| state_changed(run, around, initial, state));
    event["received"] = Major::V3.scope(|| json!(asked.at));
    after.event(event);
}

/// The event's JSON, without `received`. Its id is that of the state, which puts the events of a run in order.
pub fn state_changed(run: &FlowRun, around: &Surroundings, initial: Option<&State>, state: &State) -> Value {
    let tight = |before: &&State| state.timestamp.seconds_since(before.timestamp).abs() < TIGHT_SECONDS;
    json!({
        "occurred": state.timestamp,
        "event": format!("prefect.flow-run.{}", state.name),
        "resource": {
            "prefect.resource.id": format!("prefect.flow-run.{}", run.id),
            "prefect.resource.name": run.name,
            "prefect.run-count": run.run_count.to_string(),
            "prefect.state-message": cut(state.message.as_deref().unwrap_or_default()),
            "prefect.state-name": state.name,
            "prefect.state-timestamp": Major::V2.scope(|| json!(state.timestamp)),
            "prefect.state-type": state.kind.as_str(),
        },
        "related": related(run, around),
        "payload": {
            "intended": { "from": initial.map(|state| state.kind), "to": state.kind },
            "initial_state": initial.map(essence),
            "validated_state": essence(state),
        },
        "id": state.id,
        "follows": initial.filter(tight).map(|state| state.id),
    })
}

/// What belongs to the run, in Prefect's order; then all tags, then who made the run.
fn related(run: &FlowRun, around: &Surroundings) -> Vec<Value> {
    let mut related = Vec::new();
    let mut add = |kind: &str, id: Option<String>, name: Option<&String>| {
        if let (Some(id), Some(name)) = (id, name) {
            related.push(json!({
                "prefect.resource.id": format!("prefect.{kind}.{id}"),
                "prefect.resource.role": kind,
                "prefect.resource.name": name,
            }));
        }
    };
    add("flow", Some(run.flow_id.to_string()), around.flow_name.as_ref());
    add("deployment", run.deployment_id.map(|id| id.to_string()), around.deployment_name.as_ref());
    add("work-queue", run.work_queue_id.map(|id| id.to_string()), around.work_queue_name.as_ref());
    add("work-pool", around.work_pool_id.map(|id| id.to_string()), around.work_pool_name.as_ref());
    if let (Some(_), Some(kind), Some(pool)) = (around.work_pool_id, &around.work_pool_type, related.last_mut()) {
        pool["prefect.work-pool.type"] = json!(kind);
    }
    if let (Some(id), Some(name)) = (run.parent_task_run_id, &around.task_run_name) {
        related.push(json!({
            "prefect.resource.id": format!("prefect.task-run.{id}"),
            "prefect.resource.role": "task-run",
            "prefect.resource.name": name,
        }));
    }
    let mut tags: Vec<&String> = run.tags.iter().chain(&around.tags).collect();
    tags.sort_unstable();
    tags.dedup();
    related.extend(tags.into_iter().map(|tag| {
        json!({ "prefect.resource.id": format!("prefect.tag.{tag}"), "prefect.resource.role": "tag" })
    }));
    related.extend(run.created_by.as_ref().and_then(creator));
    related
}

/// Deployments and automations are named as creators; schedules are not.
fn creator(by: &CreatedBy) -> Option<Value> {
    let kind = match by.kind.as_deref() {
        Some("DEPLOYMENT") => "deployment",
        Some("AUTOMATION") => "automation",
        _ => return None,
    };
    let mut resource = Map::new();
    resource.insert("prefect.resource.id".to_owned(), json!(format!("prefect.{kind}.{}", by.id?)));
    resource.insert("prefect.resource.role".to_owned(), json!("creator"));
    if let Some(name) = by.display_value.as_ref().filter(|name| !name.is_empty()) {
        resource.insert("prefect.resource.name".to_owned(), json!(name));
    }
    Some(Value::Object(resource))
}

/// A state in a few words.
fn essence(state: &State) -> Value {
    let mut essence = json!({ "type": state.kind, "name": state.name });
    if let Some(message) = state.message.as_deref().filter(|message| !message.is_empty()) {
        essence["message"] = json!(cut(message));
    }
    if state.kind == StateType::Paused {
        essence["pause_reschedule"] = json!(state.state_details.pause_reschedule.to_string());
    }
    essence
}

fn cut(message: &str) -> String {
    if message.chars().count() <= LONGEST_MESSAGE {
        return message.to_owned();
    }
    message.chars().take(LONGEST_MESSAGE - 3).chain("...".chars()).collect()
}
