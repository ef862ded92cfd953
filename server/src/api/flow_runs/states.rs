//! Proposing states and resuming.

use domain::state::SetState;
use schemars::JsonSchema;
use serde::Deserialize;

use super::*;
use crate::orchestration::flow_rules::FlowPolicy;
use crate::orchestration::resume;
use crate::orchestration::set_state as decide;

/// A refusal is an answer with status 200; an error here would make workers and engines crash.
pub async fn set_state(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<FlowRunId>,
    Parameters(proposal): Parameters<SetState>,
) -> Result {
    let policy = if proposal.force { FlowPolicy::Minimal } else { FlowPolicy::Core };
    let decision = decide::set_state(&app, &caller.asks(&app), id, proposal.state, policy).await?;
    let decision = decision.ok_or_else(|| no_such_run(id))?;
    Ok(caller.created(&decision.answer, decision.is_new))
}

#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
pub struct Resume {
    run_input: Option<Map<String, Value>>,
}

pub async fn resume(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<FlowRunId>,
    OptionalBody(body): OptionalBody<Resume>,
) -> Result {
    let decision = resume::resume(&app, &caller.asks(&app), id, body.run_input).await?;
    let decision = decision.ok_or_else(not_found)?;
    Ok(caller.created(&decision.answer, decision.is_new))
}
