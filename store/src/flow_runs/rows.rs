//! Lists of runs as the dashboard shows them.

use std::collections::HashMap;

use domain::pages::FlowRunRow as Row;

use super::*;

row! {
    struct NamesRow {
        id: sqlx::types::Uuid,
        flow_name: String,
        deployment_name: Option<String>,
    }
}

/// The runs with the names of their flows and deployments, in one statement for all of them.
pub async fn with_names(tx: &mut Tx, runs: Vec<FlowRun>) -> Result<Vec<Row>> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let query = sql("SELECT flow_run.id, flow.name AS flow_name, deployment.name AS deployment_name FROM flow_run
                     JOIN flow ON flow.id = flow_run.flow_id
                     LEFT JOIN deployment ON deployment.id = flow_run.deployment_id
                     WHERE flow_run.id IN ")
    .then(Sql::list(runs.iter().map(|run| run.id)));
    let mut names: HashMap<_, _> = tx
        .all::<NamesRow>(query)
        .await?
        .into_iter()
        .map(|row| (row.id, (row.flow_name, row.deployment_name)))
        .collect();
    let row = |run: FlowRun| {
        let (flow_name, deployment_name) = names.remove(&run.id.0).unwrap_or_default();
        Row { flow_run: run, flow_name, deployment_name }
    };
    Ok(runs.into_iter().map(row).collect())
}

/// Runs that tasks of `parent` started, in the order of their start.
pub async fn subflow_runs(tx: &mut Tx, parent: FlowRunId, limit: i64, now: Timestamp) -> Result<Vec<FlowRun>> {
    let of_parent = sql("flow_run.parent_task_run_id IN
                         (SELECT wrapper.id FROM task_run AS wrapper WHERE wrapper.flow_run_id = ?)")
    .bind(parent);
    where_(tx, of_parent, "coalesce(flow_run.start_time, flow_run.expected_start_time), flow_run.id", limit, now).await
}

/// The run that the task run `wrapper` is a part of.
pub async fn of_task_run(tx: &mut Tx, wrapper: TaskRunId, now: Timestamp) -> Result<Option<FlowRun>> {
    let parent =
        sql("flow_run.id = (SELECT wrapper.flow_run_id FROM task_run AS wrapper WHERE wrapper.id = ?)").bind(wrapper);
    Ok(where_(tx, parent, "flow_run.id", 1, now).await?.pop())
}

/// Runs that are marked late, the longest overdue first.
pub async fn late(tx: &mut Tx, limit: i64, now: Timestamp) -> Result<Vec<FlowRun>> {
    let late = sql("flow_run.state_type = 'SCHEDULED' AND flow_run.state_name = 'Late'");
    where_(tx, late, "flow_run.next_scheduled_start_time, flow_run.id", limit, now).await
}

/// Runs that somebody has taken and that have not ended, the newest first.
pub async fn active(tx: &mut Tx, limit: i64, now: Timestamp) -> Result<Vec<FlowRun>> {
    let active = sql("flow_run.state_type IN ('PENDING', 'RUNNING', 'CANCELLING')");
    where_(tx, active, "coalesce(flow_run.start_time, flow_run.expected_start_time) DESC, flow_run.id DESC", limit, now)
        .await
}

/// Runs that have ended, the newest first.
pub async fn ended(tx: &mut Tx, limit: i64, now: Timestamp) -> Result<Vec<FlowRun>> {
    let ended = sql("flow_run.end_time IS NOT NULL");
    where_(tx, ended, "flow_run.end_time DESC, flow_run.id DESC", limit, now).await
}

/// Planned runs that are not late, the soonest first.
pub async fn upcoming(tx: &mut Tx, limit: i64, now: Timestamp) -> Result<Vec<FlowRun>> {
    let planned = sql("flow_run.state_type = 'SCHEDULED' AND flow_run.state_name <> 'Late'");
    where_(tx, planned, "flow_run.next_scheduled_start_time, flow_run.id", limit, now).await
}

/// Deployments whose last run that completed, failed or crashed did not complete; the newest failure first.
pub async fn failing_deployments(tx: &mut Tx, limit: i64) -> Result<Vec<DeploymentId>> {
    let query = sql("SELECT deployment.id AS id FROM deployment JOIN flow_run AS last ON last.id =
                       (SELECT ended.id FROM flow_run AS ended WHERE ended.deployment_id = deployment.id
                        AND ended.end_time IS NOT NULL AND ended.state_type IN ('COMPLETED', 'FAILED', 'CRASHED')
                        ORDER BY ended.end_time DESC, ended.id DESC LIMIT 1)
                     WHERE last.state_type <> 'COMPLETED' ORDER BY last.end_time DESC LIMIT ?")
    .bind(limit);
    tx.ids(query).await
}
