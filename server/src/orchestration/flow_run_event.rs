//! The event that a flow run's new state is to the outside: `prefect.flow-run.<name of the state>`.

use domain::events::{Event, NAME, ROLE, Resource};
use domain::flow_runs::{CreatedBy, FlowRun};
use domain::state::{State, StateType};
use domain::{EventId, Uuid};
use serde_json::{Value, json};
use store::flow_runs::Surroundings;
use store::{Result, Tx, events};

use super::after_commit::AfterCommit;
use super::asked::Asked;

/// Longer messages are cut.
const LONGEST_MESSAGE: usize = 100_000;

/// States follow upon each other, as events, within so many seconds.
const TIGHT_SECONDS: f64 = 300.0;

/// Stores the event of a new state, and has it told after the commit.
pub async fn emit(
    tx: &mut Tx,
    asked: &Asked,
    run: &FlowRun,
    around: &Surroundings,
    initial: Option<&State>,
    after: &mut AfterCommit,
) -> Result<()> {
    let Some(mut event) = state_changed(run, around, initial) else { return Ok(()) };
    event.received = Some(asked.at);
    events::insert_own(tx, &event, asked.at, around.is_heard).await?;
    after.event(event);
    Ok(())
}

/// The event, not yet received; nothing for a run without a state. Its id is that of the state, which puts
/// the events of a run in order.
pub fn state_changed(run: &FlowRun, around: &Surroundings, initial: Option<&State>) -> Option<Event> {
    let state = run.state.as_ref()?;
    let tight = |before: &&State| state.timestamp.seconds_since(before.timestamp).abs() < TIGHT_SECONDS;
    let message = cut(state.message.as_deref().unwrap_or_default());
    let resource = Resource::of("flow-run", run.id)
        .with(NAME, &run.name)
        .with("prefect.run-count", run.run_count.to_string())
        .with("prefect.state-message", message)
        .with("prefect.state-name", &state.name)
        .with("prefect.state-timestamp", state.timestamp.to_rfc3339().replace('Z', "+00:00"))
        .with("prefect.state-type", state.kind.as_str());
    let payload = [
        ("intended", json!({ "from": initial.map(|state| state.kind), "to": state.kind })),
        ("initial_state", json!(initial.map(essence))),
        ("validated_state", essence(state)),
    ];
    Some(Event {
        occurred: state.timestamp,
        event: format!("prefect.flow-run.{}", state.name),
        resource,
        related: related(run, around),
        payload: payload.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        id: EventId(state.id.0),
        follows: initial.filter(tight).map(|state| EventId(state.id.0)),
        received: None,
    })
}

/// What belongs to the run, in Prefect's order; then all tags, then who made the run.
fn related(run: &FlowRun, around: &Surroundings) -> Vec<Resource> {
    let mut related = Vec::new();
    let named = |kind: &str, id: Uuid, name: &str| Resource::of(kind, id).with(ROLE, kind).with(NAME, name);
    if let Some(name) = &around.flow_name {
        related.push(named("flow", run.flow_id.0, name));
    }
    if let (Some(id), Some(name)) = (run.deployment_id, &around.deployment_name) {
        related.push(named("deployment", id.0, name));
    }
    if let (Some(id), Some(name)) = (run.work_queue_id, &around.work_queue_name) {
        related.push(named("work-queue", id.0, name));
    }
    if let (Some(id), Some(name), Some(kind)) = (around.work_pool_id, &around.work_pool_name, &around.work_pool_type) {
        related.push(named("work-pool", id.0, name).with("prefect.work-pool.type", kind));
    }
    if let (Some(id), Some(name)) = (run.parent_task_run_id, &around.task_run_name) {
        related.push(named("task-run", id.0, name));
    }
    let mut tags: Vec<&String> = run.tags.iter().chain(&around.tags).collect();
    tags.sort_unstable();
    tags.dedup();
    related.extend(tags.into_iter().map(|tag| Resource::of("tag", tag).with(ROLE, "tag")));
    related.extend(run.created_by.as_ref().and_then(creator));
    related
}

/// Deployments and automations are named as creators; schedules are not.
fn creator(by: &CreatedBy) -> Option<Resource> {
    let kind = match by.kind.as_deref() {
        Some("DEPLOYMENT") => "deployment",
        Some("AUTOMATION") => "automation",
        _ => return None,
    };
    let creator = Resource::of(kind, by.id?).with(ROLE, "creator");
    match by.display_value.as_ref().filter(|name| !name.is_empty()) {
        Some(name) => Some(creator.with(NAME, name)),
        None => Some(creator),
    }
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
