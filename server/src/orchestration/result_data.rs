//! The data of a state: a result's metadata.

use domain::state::State;
use serde_json::Value;

/// Facts about how a result is shown travel with the data and are not a part of it.
const ARTIFACT_FACTS: [&str; 3] = ["artifact_type", "artifact_key", "artifact_description"];

/// The state without those facts, as it is stored and answered. Data that is not kept is echoed as it came.
pub fn without_artifact_facts(mut state: State) -> State {
    if let Some(Value::Object(data)) = &mut state.data
        && data.get("type").and_then(Value::as_str) != Some("unpersisted")
    {
        data.retain(|key, _| !ARTIFACT_FACTS.contains(&key.as_str()));
    }
    state
}
