//! Table `flow_run_state`.

use domain::state::State;
use domain::{FlowRunId, StateId, Timestamp};

use crate::sql::sql;
use crate::{Result, Tx, states};

const TABLE: &str = "flow_run_state";

/// Inserts states, each beside its run.
pub async fn insert(tx: &mut Tx, rows: &[(FlowRunId, &State)], now: Timestamp) -> Result<()> {
    states::insert(tx, TABLE, "flow_run_id", rows, now).await
}

/// The state, if it exists.
pub async fn by_id(tx: &mut Tx, id: StateId) -> Result<Option<State>> {
    Ok(states::select(tx, TABLE, sql("flow_run_state.id = ?").bind(id)).await?.pop())
}

/// All states of a run, oldest first.
pub async fn of_run(tx: &mut Tx, run: FlowRunId) -> Result<Vec<State>> {
    states::select(tx, TABLE, sql("flow_run_state.flow_run_id = ?").bind(run)).await
}
