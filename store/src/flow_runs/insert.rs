//! New rows of `flow_run`.

use domain::ScheduleId;
use domain::state::State;

use super::*;

/// The schedule that planned a run, and the instant it stands for: there is at most one run for each pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    pub schedule_id: ScheduleId,
    pub instant: Timestamp,
}

/// A run to store, with its first state in `run.state`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFlowRun {
    pub run: FlowRun,
    /// Only for runs that the scheduler plans.
    pub slot: Option<Slot>,
}

row! {
    struct InsertedRow {
        id: sqlx::types::Uuid,
    }
}

const INSERT: &str = "INSERT INTO flow_run (id, created, updated, name, flow_id, deployment_id, deployment_version, \
    work_queue_id, work_queue_name, flow_version, parameters, idempotency_key, context, empirical_policy, tags, \
    labels, parent_task_run_id, state_id, state_type, state_name, state_timestamp, run_count, expected_start_time, \
    next_scheduled_start_time, start_time, end_time, total_run_time, auto_scheduled, infrastructure_document_id, \
    infrastructure_pid, created_by, job_variables, schedule_id, schedule_instant) VALUES ";

/// Inserts the run and its state, unless the flow has a run with the same idempotency key; whether it is
/// new.
pub async fn insert(tx: &mut Tx, run: &FlowRun, now: Timestamp) -> Result<bool> {
    let new = [NewFlowRun { run: run.clone(), slot: None }];
    Ok(!insert_many(tx, &new, now).await?.is_empty())
}

/// Inserts runs with their states and passes over those whose idempotency key or slot is taken; the ids of
/// the new ones.
pub async fn insert_many(tx: &mut Tx, runs: &[NewFlowRun], now: Timestamp) -> Result<Vec<FlowRunId>> {
    let mut inserted = Vec::with_capacity(runs.len());
    for chunk in runs.chunks(500) {
        let mut insert = sql(INSERT);
        for (n, new) in chunk.iter().enumerate() {
            insert.push(if n == 0 { "" } else { ", " });
            insert.append(values(new, now));
        }
        let rows = tx.all::<InsertedRow>(insert.text(" ON CONFLICT DO NOTHING RETURNING id")).await?;
        let new: std::collections::HashSet<_> = rows.into_iter().map(|row| FlowRunId(row.id)).collect();
        let states: Vec<(FlowRunId, &State)> = chunk
            .iter()
            .filter(|row| new.contains(&row.run.id))
            .filter_map(|row| Some((row.run.id, row.run.state.as_ref()?)))
            .collect();
        flow_run_states::insert(tx, &states, now).await?;
        inserted.extend(chunk.iter().map(|row| row.run.id).filter(|id| new.contains(id)));
    }
    Ok(inserted)
}

fn values(new: &NewFlowRun, now: Timestamp) -> Sql {
    let run = &new.run;
    sql("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(run.id)
        .bind(run.created.unwrap_or(now))
        .bind(now)
        .bind(&run.name)
        .bind(run.flow_id)
        .bind(run.deployment_id)
        .bind(&run.deployment_version)
        .bind(run.work_queue_id)
        .bind(&run.work_queue_name)
        .bind(&run.flow_version)
        .bind(json(&run.parameters))
        .bind(&run.idempotency_key)
        .bind(json(&run.context))
        .bind(json(&run.empirical_policy))
        .bind(json(&run.tags))
        .bind(json(&run.labels))
        .bind(run.parent_task_run_id)
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
        .bind(run.auto_scheduled)
        .bind(run.infrastructure_document_id)
        .bind(&run.infrastructure_pid)
        .bind(json_or_null(&run.created_by))
        .bind(json_or_null(&run.job_variables))
        .bind(new.slot.map(|slot| slot.schedule_id))
        .bind(new.slot.map(|slot| slot.instant))
}
