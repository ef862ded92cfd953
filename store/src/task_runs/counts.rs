//! Sums over task runs.

use std::collections::HashMap;

use domain::history::{HistoryBucket, HistoryRange};

use super::*;

/// Task runs that fit, by interval and state.
pub async fn history(tx: &mut Tx, range: &HistoryRange, now: Timestamp) -> Result<Vec<HistoryBucket>> {
    let matching = matching(tx, &range.filters);
    crate::history::of_table(tx, "task_run", matching, range, now).await
}

row! {
    struct ByRunRow {
        flow_run_id: sqlx::types::Uuid,
        task_runs: i64,
    }
}

/// How many task runs each of these flow runs has, those that only wrap a subflow run left out. Runs
/// without any are not in the answer.
pub async fn count_by_flow_run(tx: &mut Tx, runs: &[FlowRunId]) -> Result<HashMap<FlowRunId, i64>> {
    let query = sql("SELECT task_run.flow_run_id, count(*) AS task_runs FROM task_run WHERE task_run.flow_run_id IN ")
        .then(Sql::list(runs.iter().copied()))
        .text(
            " AND NOT EXISTS (SELECT 1 FROM flow_run AS child WHERE child.parent_task_run_id = task_run.id)
               GROUP BY task_run.flow_run_id",
        );
    Ok(tx.all::<ByRunRow>(query).await?.into_iter().map(|row| (FlowRunId(row.flow_run_id), row.task_runs)).collect())
}

row! {
    struct ByStateRow {
        state_type: Option<Word<StateType>>,
        task_runs: i64,
    }
}

/// How many of the task runs that fit are in each state type.
pub async fn count_by_state(tx: &mut Tx, filters: &Filters) -> Result<Vec<(StateType, i64)>> {
    let query = sql("SELECT task_run.state_type, count(*) AS task_runs FROM task_run WHERE ")
        .then(matching(tx, filters))
        .text(" GROUP BY task_run.state_type");
    let rows = tx.all::<ByStateRow>(query).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.state_type?.0, row.task_runs))).collect())
}

row! {
    struct OutcomeRow {
        bucket: i64,
        completed: i64,
        failed: i64,
    }
}

/// How many task runs of an interval ended well, and how many failed or crashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    pub completed: i64,
    pub failed: i64,
}

/// Outcomes of the task runs that fit, have ended, and started in one of `count` intervals of `step`
/// microseconds from `start` on.
pub async fn outcomes(
    tx: &mut Tx,
    filters: &Filters,
    start: Timestamp,
    step: i64,
    count: usize,
) -> Result<Vec<Outcome>> {
    let end = Timestamp::from_micros(start.micros().saturating_add(step.saturating_mul(count as i64)));
    let ended = StateType::ALL.into_iter().filter(|kind| kind.is_terminal()).map(StateType::as_str);
    let query = sql("SELECT (")
        .text(&tx.micros("task_run.start_time"))
        .text(" - ?) / ? AS bucket,
              CAST(sum(CASE WHEN task_run.state_type IN ('FAILED', 'CRASHED') THEN 0 ELSE 1 END) AS bigint) AS completed,
              CAST(sum(CASE WHEN task_run.state_type IN ('FAILED', 'CRASHED') THEN 1 ELSE 0 END) AS bigint) AS failed
              FROM task_run WHERE task_run.start_time >= ? AND task_run.start_time < ? AND task_run.state_type IN ")
        .bind(start.micros())
        .bind(step.max(1))
        .bind(start)
        .bind(end)
        .then(Sql::list(ended))
        .text(" AND ")
        .then(matching(tx, filters))
        .text(" GROUP BY bucket");
    let mut outcomes = vec![Outcome::default(); count];
    for row in tx.all::<OutcomeRow>(query).await? {
        if let Some(outcome) = usize::try_from(row.bucket).ok().and_then(|n| outcomes.get_mut(n)) {
            *outcome = Outcome { completed: row.completed, failed: row.failed };
        }
    }
    Ok(outcomes)
}
