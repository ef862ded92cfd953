//! Table `task_run_state`.

use domain::state::State;
use domain::{StateId, TaskRunId, Timestamp};

use crate::sql::sql;
use crate::{Result, Tx, states};

const TABLE: &str = "task_run_state";

/// Inserts states, each beside its task run; one that is stored already is left as it is.
pub async fn insert(tx: &mut Tx, rows: &[(TaskRunId, &State)], now: Timestamp) -> Result<()> {
    states::insert(tx, TABLE, "task_run_id", rows, now).await
}

/// The state, if it exists.
pub async fn by_id(tx: &mut Tx, id: StateId) -> Result<Option<State>> {
    Ok(states::select(tx, TABLE, sql("task_run_state.id = ?").bind(id)).await?.pop())
}

/// All states of a task run, oldest first.
pub async fn of_run(tx: &mut Tx, run: TaskRunId) -> Result<Vec<State>> {
    states::select(tx, TABLE, sql("task_run_state.task_run_id = ?").bind(run)).await
}
