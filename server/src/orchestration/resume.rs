//! A paused run goes on, with what somebody has typed in for it.

use domain::FlowRunId;
use domain::flow_run_inputs::FlowRunInput;
use domain::state::{OrchestrationResult, SetStateDetails, SetStateStatus, StateCreate, StateType};
use serde_json::{Map, Value};
use store::{Result, Tx, flow_run_inputs, flow_runs};

use super::after_commit::AfterCommit;
use super::asked::Asked;
use super::flow_rules::FlowPolicy;
use super::json_schema::{self, Reading};
use super::parameters::{self, HydrationError};
use super::set_state::{Decision, propose};
use crate::app_state::AppState;
use crate::clock::new_id;

/// Resumes the run; nothing when it does not exist. A suspended run is scheduled anew, a paused one runs on
/// in its process. When the pause asked for input, `run_input` must fit the schema that the run left for it.
pub async fn resume(
    app: &AppState,
    asked: &Asked,
    id: FlowRunId,
    run_input: Option<Map<String, Value>>,
) -> Result<Option<Decision>> {
    let mut tx = app.store.write().await?;
    let mut after = AfterCommit::default();
    let decision = resume_in(&mut tx, asked, id, run_input, &mut after).await?;
    if decision.as_ref().is_some_and(|decision| decision.is_new) {
        tx.commit().await?;
        after.tell(&app.live);
    }
    Ok(decision)
}

/// The same inside a transaction. The caller commits, then tells what is in `after`.
pub async fn resume_in(
    tx: &mut Tx,
    asked: &Asked,
    id: FlowRunId,
    run_input: Option<Map<String, Value>>,
    after: &mut AfterCommit,
) -> Result<Option<Decision>> {
    let Some(run) = flow_runs::by_id_locked(tx, id, asked.at).await? else { return Ok(None) };
    let Some(paused) = run.state.clone().filter(|state| state.kind == StateType::Paused) else {
        let status = SetStateStatus::Abort;
        return Ok(Some(refusal(None, status, "Cannot resume a flow run that is not paused.".to_owned())));
    };
    let keys = paused.state_details.run_input_keyset.clone().unwrap_or_default();
    let mut input = Value::Null;
    if let Some(schema_key) = keys.get("schema") {
        match answered(tx, id, schema_key, run_input.unwrap_or_default()).await? {
            Ok(answer) => input = answer,
            Err(reason) => return Ok(Some(refusal(run.state, SetStateStatus::Reject, reason))),
        }
    }
    let next = match paused.state_details.pause_reschedule {
        true => StateCreate::new(StateType::Scheduled).named("Resuming").at(asked.at),
        false => StateCreate::new(StateType::Running),
    };
    let decision = propose(tx, asked, run, next, FlowPolicy::Core, after).await?;
    let accepted = decision.answer.status == SetStateStatus::Accept;
    let has_input = input.as_object().is_some_and(|members| !members.is_empty());
    if let (true, true, Some(key)) = (accepted, has_input, keys.get("response")) {
        let answer = response(id, key, &input, asked);
        flow_run_inputs::insert(tx, &answer, asked.at).await?;
    }
    Ok(Some(decision))
}

/// The input with its references filled in, or why it is no answer to the question that the run asked.
async fn answered(
    tx: &mut Tx,
    id: FlowRunId,
    schema_key: &str,
    input: Map<String, Value>,
) -> Result<std::result::Result<Value, String>> {
    let input = match parameters::hydrate(tx, input).await {
        Ok(input) => Value::Object(input),
        Err(HydrationError::Store(error)) => return Err(error),
        Err(error) => return Ok(Err(format!("Error hydrating run input: {error}"))),
    };
    let Some(text) = flow_run_inputs::value(tx, id, schema_key).await? else {
        return Ok(Err("Run input schema not found.".to_owned()));
    };
    let Ok(schema) = serde_json::from_str::<Value>(&text) else {
        return Ok(Err("Run input schema is not valid JSON.".to_owned()));
    };
    Ok(match json_schema::validate(&input, &schema, Reading::default()) {
        Ok(()) => Ok(input),
        Err(error) => Err(format!("Reason: {error}")),
    })
}

/// Refused with the current state. Prefect gives the reason as that of an abort, whatever the status.
fn refusal(state: Option<domain::state::State>, status: SetStateStatus, reason: String) -> Decision {
    let details = SetStateDetails::AbortDetails { reason: Some(reason) };
    Decision { answer: OrchestrationResult { state, status, details }, is_new: false }
}

fn response(flow_run_id: FlowRunId, key: &str, input: &Value, asked: &Asked) -> FlowRunInput {
    FlowRunInput {
        id: new_id(),
        created: Some(asked.at),
        updated: Some(asked.at),
        flow_run_id,
        key: key.to_owned(),
        value: input.to_string(),
        sender: None,
    }
}
