//! Changes of rows of `flow_run`.

use super::*;

/// Writes what a committed state changes: the state itself, counts, times and the policy. The state is in
/// `run.state` and becomes a row of its own.
pub async fn save_after_state(tx: &mut Tx, run: &FlowRun, now: Timestamp) -> Result<()> {
    if let Some(state) = &run.state {
        flow_run_states::insert(tx, &[(run.id, state)], now).await?;
    }
    let update = sql("UPDATE flow_run SET updated = ?, state_id = ?, state_type = ?, state_name = ?, state_timestamp = ?,
                      run_count = ?, expected_start_time = ?, next_scheduled_start_time = ?, start_time = ?, end_time = ?,
                      total_run_time = ?, empirical_policy = ? WHERE id = ?")
        .bind(now)
        .bind(run.state.as_ref().map(|state| state.id))
        .bind(run.state.as_ref().map(|state| state.kind.as_str()))
        .bind(run.state.as_ref().map(|state| state.name.clone()))
        .bind(run.state.as_ref().map(|state| state.timestamp))
        .bind(run.run_count)
        .bind(run.expected_start_time)
        .bind(run.next_scheduled_start_time)
        .bind(run.start_time)
        .bind(run.end_time)
        .bind(run.total_run_time)
        .bind(json(&run.empirical_policy))
        .bind(run.id);
    tx.later(update).await
}

/// Writes what people and clients may change directly: name, version, parameters, policy, tags, labels,
/// process id and job variables.
pub async fn save(tx: &mut Tx, run: &FlowRun, now: Timestamp) -> Result<()> {
    let update =
        sql("UPDATE flow_run SET updated = ?, name = ?, flow_version = ?, parameters = ?, empirical_policy = ?,
                      tags = ?, labels = ?, infrastructure_pid = ?, job_variables = ? WHERE id = ?")
        .bind(now)
        .bind(&run.name)
        .bind(&run.flow_version)
        .bind(json(&run.parameters))
        .bind(json(&run.empirical_policy))
        .bind(json(&run.tags))
        .bind(json(&run.labels))
        .bind(&run.infrastructure_pid)
        .bind(json_or_null(&run.job_variables))
        .bind(run.id);
    tx.run(update).await.map(drop)
}
