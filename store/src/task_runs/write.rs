//! New and changed rows of `task_run`.

use super::*;

const INSERT: &str = "INSERT INTO task_run (id, created, updated, name, flow_run_id, task_key, dynamic_key, cache_key, \
    cache_expiration, task_version, empirical_policy, tags, labels, task_inputs, state_id, state_type, state_name, \
    state_timestamp, run_count, flow_run_run_count, expected_start_time, next_scheduled_start_time, start_time, \
    end_time, total_run_time) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

/// Inserts the task run and its state, unless its id or its natural key is taken; whether it is new.
pub async fn insert(tx: &mut Tx, run: &TaskRun, now: Timestamp) -> Result<bool> {
    let insert = sql(INSERT).bind(run.id).bind(run.created.unwrap_or(now)).bind(now);
    let insert = with_times(with_state(with_facts(insert, run), run), run);
    let is_new = tx.run(insert).await? == 1;
    if let (true, Some(state)) = (is_new, &run.state) {
        task_run_states::insert(tx, &[(run.id, state)], now).await?;
    }
    Ok(is_new)
}

/// Writes what a committed state changes: the state itself, counts and times. The state is in `run.state`
/// and becomes a row of its own.
pub async fn save_after_state(tx: &mut Tx, run: &TaskRun, now: Timestamp) -> Result<()> {
    if let Some(state) = &run.state {
        task_run_states::insert(tx, &[(run.id, state)], now).await?;
    }
    let update =
        sql("UPDATE task_run SET updated = ?, state_id = ?, state_type = ?, state_name = ?, state_timestamp = ?,
                      run_count = ?, flow_run_run_count = ?, expected_start_time = ?, next_scheduled_start_time = ?,
                      start_time = ?, end_time = ?, total_run_time = ? WHERE id = ?")
        .bind(now);
    tx.later(with_times(with_state(update, run), run).bind(run.id)).await
}

/// Stores what a client reports of a task run that it orchestrates itself, with the reported state in
/// `run.state`. Reports may come twice and in any order: the row changes only if the state is newer than
/// its own, and a state is stored once. When another id holds the same natural key, the report is that
/// row's. The id under which it was stored.
pub async fn record(tx: &mut Tx, run: &TaskRun, now: Timestamp) -> Result<TaskRunId> {
    let Some(state) = &run.state else { return Ok(run.id) };
    let mut id = run.id;
    if !update_if_newer(tx, id, run, now).await? {
        let insert = sql(INSERT).bind(id).bind(state.timestamp).bind(now);
        let is_new = tx.run(with_times(with_state(with_facts(insert, run), run), run)).await? == 1;
        if !is_new {
            id = holder_of_key(tx, run).await?.unwrap_or(id);
            if id != run.id {
                update_if_newer(tx, id, run, now).await?;
            }
        }
    }
    task_run_states::insert(tx, &[(id, state)], now).await?;
    Ok(id)
}

async fn update_if_newer(tx: &mut Tx, id: TaskRunId, run: &TaskRun, now: Timestamp) -> Result<bool> {
    let Some(state) = &run.state else { return Ok(false) };
    let update = sql("UPDATE task_run SET updated = ?, name = ?, flow_run_id = ?, task_key = ?, dynamic_key = ?,
                      cache_key = ?, cache_expiration = ?, task_version = ?, empirical_policy = ?, tags = ?, labels = ?,
                      task_inputs = ?, state_id = ?, state_type = ?, state_name = ?, state_timestamp = ?, run_count = ?,
                      flow_run_run_count = ?, expected_start_time = ?, next_scheduled_start_time = ?, start_time = ?,
                      end_time = ?, total_run_time = ?
                      WHERE id = ? AND (state_timestamp IS NULL OR state_timestamp < ?)")
    .bind(now);
    let update = with_times(with_state(with_facts(update, run), run), run).bind(id).bind(state.timestamp);
    Ok(tx.run(update).await? == 1)
}

row! {
    struct IdRow {
        id: sqlx::types::Uuid,
    }
}

async fn holder_of_key(tx: &mut Tx, run: &TaskRun) -> Result<Option<TaskRunId>> {
    let query = sql("SELECT id FROM task_run WHERE flow_run_id = ? AND task_key = ? AND dynamic_key = ?")
        .bind(run.flow_run_id)
        .bind(&run.task_key)
        .bind(&run.dynamic_key);
    Ok(tx.optional::<IdRow>(query).await?.map(|row| TaskRunId(row.id)))
}

/// Gives the task run another name; whether it exists.
pub async fn set_name(tx: &mut Tx, id: TaskRunId, name: &str, now: Timestamp) -> Result<bool> {
    let update = sql("UPDATE task_run SET name = ?, updated = ? WHERE id = ?").bind(name).bind(now).bind(id);
    Ok(tx.run(update).await? == 1)
}

/// Deletes the task run with its states; whether it existed.
pub async fn delete(tx: &mut Tx, id: TaskRunId) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM task_run WHERE id = ?").bind(id)).await? == 1)
}

/// Deletes the task runs of these flow runs with their states.
pub async fn delete_of_flow_runs(tx: &mut Tx, flow_runs: &[FlowRunId]) -> Result<()> {
    let delete = sql("DELETE FROM task_run WHERE flow_run_id IN ").then(Sql::list(flow_runs.iter().copied()));
    tx.run(delete).await.map(drop)
}

/// `name` to `task_inputs` in the order of the statements above.
fn with_facts(statement: Sql, run: &TaskRun) -> Sql {
    statement
        .bind(&run.name)
        .bind(run.flow_run_id)
        .bind(&run.task_key)
        .bind(&run.dynamic_key)
        .bind(&run.cache_key)
        .bind(run.cache_expiration)
        .bind(&run.task_version)
        .bind(json(&run.empirical_policy))
        .bind(json(&run.tags))
        .bind(json(&run.labels.clone().unwrap_or_default()))
        .bind(json(&run.task_inputs))
}

/// The four columns of the current state.
fn with_state(statement: Sql, run: &TaskRun) -> Sql {
    statement
        .bind(run.state.as_ref().map(|state| state.id))
        .bind(run.state.as_ref().map(|state| state.kind.as_str()))
        .bind(run.state.as_ref().map(|state| state.name.clone()))
        .bind(run.state.as_ref().map(|state| state.timestamp))
}

/// Counts and times.
fn with_times(statement: Sql, run: &TaskRun) -> Sql {
    statement
        .bind(run.run_count)
        .bind(run.flow_run_run_count)
        .bind(run.expected_start_time)
        .bind(run.next_scheduled_start_time)
        .bind(run.start_time)
        .bind(run.end_time)
        .bind(run.total_run_time)
}
