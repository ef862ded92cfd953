//! The data of a state: a result's metadata.

use domain::artifacts::Artifact;
use domain::state::State;
use domain::{FlowRunId, TaskRunId, Timestamp};
use serde_json::{Map, Value};
use store::{Result, Tx, artifacts};

use crate::clock::new_id;

/// How a result is to be shown. Prefect 2 sends this inside of the data, of which it is no part.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    kind: String,
    key: Option<String>,
    description: Option<String>,
    data: Value,
}

/// The state as it is stored and answered, and how its result is to be shown, if that was said. Data that is
/// not kept is echoed as it came.
pub fn split(mut state: State) -> (State, Option<Shown>) {
    let Some(Value::Object(data)) = &mut state.data else { return (state, None) };
    if data.get("type").and_then(Value::as_str) == Some("unpersisted") {
        return (state, None);
    }
    let [kind, key, description] =
        ["artifact_type", "artifact_key", "artifact_description"].map(|fact| take_text(data, fact));
    let shown = kind.map(|kind| Shown { kind, key, description, data: Value::Object(data.clone()) });
    (state, shown)
}

fn take_text(data: &mut Map<String, Value>, key: &str) -> Option<String> {
    data.shift_remove(key).and_then(|value| value.as_str().map(str::to_owned))
}

/// Stores the result among the artifacts of its run.
pub async fn show(
    tx: &mut Tx,
    shown: Shown,
    flow_run_id: Option<FlowRunId>,
    task_run_id: Option<TaskRunId>,
    now: Timestamp,
) -> Result<()> {
    let artifact = Artifact {
        id: new_id(),
        created: Some(now),
        updated: Some(now),
        key: shown.key,
        kind: Some(shown.kind),
        description: shown.description,
        data: Some(shown.data),
        metadata_: None,
        flow_run_id,
        task_run_id,
    };
    artifacts::insert(tx, &artifact, new_id(), now).await
}
