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

/// The state that a task completed with under this cache key, if it has not expired; the newest of several.
pub async fn cached(tx: &mut Tx, key: &str, now: Timestamp) -> Result<Option<State>> {
    let newest = sql("task_run_state.id = (SELECT task_run_state_id FROM task_run_state_cache
                      WHERE cache_key = ? AND (cache_expiration IS NULL OR cache_expiration > ?)
                      ORDER BY created DESC, id DESC LIMIT 1)")
    .bind(key)
    .bind(now);
    Ok(states::select(tx, TABLE, newest).await?.pop())
}

/// Remembers the state under a cache key until `expiration`, or for good.
pub async fn cache(
    tx: &mut Tx,
    id: domain::Uuid,
    key: &str,
    expiration: Option<Timestamp>,
    state: StateId,
    now: Timestamp,
) -> Result<()> {
    let insert = sql("INSERT INTO task_run_state_cache (id, created, cache_key, cache_expiration, task_run_state_id)
                      VALUES (?, ?, ?, ?, ?)")
    .bind(id)
    .bind(now)
    .bind(key)
    .bind(expiration)
    .bind(state);
    tx.later(insert).await
}
