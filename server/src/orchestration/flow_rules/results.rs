//! Results that a forced state would lose.

use domain::Major;
use domain::state::is_persisted;
use serde_json::{Value, json};

use super::*;

/// Why a completed run with a result stays as it is.
pub const KEEPS_ITS_RESULT: &str =
    "Cannot overwrite a COMPLETED state that carries persisted result data with one that does not.";

/// Prefect 2: a run that failed with a result and is set to COMPLETED by hand has a result that nobody
/// knows.
pub fn add_unknown_result(t: &mut FlowTransition) -> Ruling {
    if t.asked.major == Major::V2
        && let Some(initial) = t.between(&[StateType::Failed, StateType::Crashed], &[StateType::Completed])
        && initial.data.as_ref().and_then(|data| data.get("type")).and_then(Value::as_str) == Some("reference")
    {
        t.proposed.data = Some(json!({ "type": "unknown", "value": null }));
    }
    Ruling::Pass
}

/// Prefect 3: even by force a result is not overwritten with nothing.
pub fn prevent_loss(t: &mut FlowTransition) -> Ruling {
    if t.asked.major == Major::V3
        && let Some(initial) = t.between(&[StateType::Completed], &[StateType::Completed])
        && initial.has_persisted_data()
        && !is_persisted(t.proposed.data.as_ref())
    {
        return Ruling::keep(KEEPS_ITS_RESULT);
    }
    Ruling::Pass
}
