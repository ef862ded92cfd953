//! Task runs that Prefect 3 clients orchestrate themselves: events report what has become of them.

use domain::flows::Labels;
use domain::state::{State, StateDetails, StateType, null_is_default};
use domain::task_runs::{TaskRun, TaskRunPolicy};
use domain::{FlowRunId, StateId, TaskRunId, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};
use store::{Result, Tx, task_runs};

use super::after_commit::AfterCommit;

/// Stores what the event reports of a task run, if it is such an event. Events may come twice and in any
/// order. The caller commits, then tells what is in `after`.
pub async fn record(tx: &mut Tx, event: &Value, now: Timestamp, after: &mut AfterCommit) -> Result<bool> {
    let Some(mut run) = reported(event) else { return Ok(false) };
    run.id = task_runs::record(tx, &run, now).await?;
    after.task_run(&run);
    Ok(true)
}

/// The part of an event that a report consists of.
#[derive(Deserialize)]
struct Report {
    id: StateId,
    occurred: Timestamp,
    event: String,
    resource: Map<String, Value>,
    #[serde(default)]
    related: Vec<Map<String, Value>>,
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    validated_state: ReportedState,
    task_run: ReportedTaskRun,
}

#[derive(Deserialize)]
struct ReportedState {
    #[serde(rename = "type")]
    kind: StateType,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    data: Option<Value>,
    #[serde(default, deserialize_with = "null_is_default")]
    state_details: StateDetails,
}

/// Columns of the task run; null ones are left out by the client.
#[derive(Deserialize)]
struct ReportedTaskRun {
    #[serde(default)]
    name: String,
    task_key: String,
    dynamic_key: String,
    #[serde(default)]
    cache_key: Option<String>,
    #[serde(default)]
    cache_expiration: Option<Timestamp>,
    #[serde(default)]
    task_version: Option<String>,
    #[serde(default, deserialize_with = "null_is_default")]
    empirical_policy: TaskRunPolicy,
    #[serde(default, deserialize_with = "null_is_default")]
    tags: Vec<String>,
    #[serde(default)]
    labels: Option<Labels>,
    #[serde(default, deserialize_with = "null_is_default")]
    task_inputs: Map<String, Value>,
    #[serde(default)]
    run_count: i64,
    #[serde(default)]
    flow_run_run_count: i64,
    #[serde(default)]
    expected_start_time: Option<Timestamp>,
    #[serde(default)]
    next_scheduled_start_time: Option<Timestamp>,
    #[serde(default)]
    start_time: Option<Timestamp>,
    #[serde(default)]
    end_time: Option<Timestamp>,
    #[serde(default)]
    total_run_time: f64,
}

/// The task run that an event reports, its state in `state`. Nothing for other events, and for those that
/// a server sent about states that it wrote itself.
pub fn reported(event: &Value) -> Option<TaskRun> {
    let is_report = event.get("event")?.as_str()?.starts_with("prefect.task-run.")
        && event.get("resource")?.get("prefect.orchestration")?.as_str()? == "client";
    if !is_report {
        return None;
    }
    match Report::deserialize(event) {
        Ok(report) => report.into_task_run(),
        Err(error) => {
            tracing::warn!(%error, id = ?event.get("id"), "a task run event cannot be read");
            None
        }
    }
}

impl Report {
    fn into_task_run(self) -> Option<TaskRun> {
        let id: TaskRunId = id_of(&self.resource, "prefect.task-run.")?;
        let is_flow_run = |related: &&Map<String, Value>| {
            related.get("prefect.resource.role").and_then(Value::as_str) == Some("flow-run")
        };
        let flow_run_id: Option<FlowRunId> =
            self.related.iter().find(is_flow_run).and_then(|related| id_of(related, "prefect.flow-run."));
        let (state, run) = (self.payload.validated_state, self.payload.task_run);
        let default_name = self.event.trim_start_matches("prefect.task-run.").to_owned();
        let details = StateDetails { flow_run_id, task_run_id: Some(id), ..state.state_details };
        let state = State {
            id: self.id,
            kind: state.kind,
            name: state.name.unwrap_or(default_name),
            timestamp: self.occurred,
            message: state.message,
            data: state.data,
            state_details: details,
        };
        Some(run.with(id, flow_run_id, state))
    }
}

impl ReportedTaskRun {
    fn with(self, id: TaskRunId, flow_run_id: Option<FlowRunId>, state: State) -> TaskRun {
        TaskRun {
            id,
            created: None,
            updated: None,
            name: self.name,
            flow_run_id,
            task_key: self.task_key,
            dynamic_key: self.dynamic_key,
            cache_key: self.cache_key,
            cache_expiration: self.cache_expiration,
            task_version: self.task_version,
            empirical_policy: self.empirical_policy,
            tags: self.tags,
            labels: Some(self.labels.unwrap_or_default()),
            state_id: Some(state.id),
            task_inputs: self.task_inputs,
            state_type: Some(state.kind),
            state_name: Some(state.name.clone()),
            run_count: self.run_count,
            flow_run_run_count: self.flow_run_run_count,
            expected_start_time: self.expected_start_time,
            next_scheduled_start_time: self.next_scheduled_start_time,
            start_time: self.start_time,
            end_time: self.end_time,
            total_run_time: self.total_run_time,
            estimated_run_time: 0.0,
            estimated_start_time_delta: 0.0,
            state: Some(state),
        }
    }
}

fn id_of<T: From<domain::Uuid>>(resource: &Map<String, Value>, prefix: &str) -> Option<T> {
    let id = resource.get("prefect.resource.id")?.as_str()?.strip_prefix(prefix)?;
    id.parse::<domain::Uuid>().ok().map(T::from)
}
