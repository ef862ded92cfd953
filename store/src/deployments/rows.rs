//! What the dashboard's list shows beside each deployment: one statement for all rows of a page.

use std::collections::HashMap;

use domain::FlowRunId;
use domain::flow_runs::FlowRun;

use super::*;

/// The next due time of each of these deployments.
pub async fn next_runs(tx: &mut Tx, ids: &[DeploymentId]) -> Result<HashMap<DeploymentId, Timestamp>> {
    let query = sql("SELECT deployment_id, min(next_scheduled_start_time) AS due FROM flow_run
                     WHERE state_type = 'SCHEDULED' AND next_scheduled_start_time IS NOT NULL AND deployment_id IN ")
        .then(Sql::list(ids.iter().copied()))
        .text(" GROUP BY deployment_id");
    let rows = tx.all::<(sqlx::types::Uuid, Ts)>(query).await?;
    Ok(rows.into_iter().map(|(id, due)| (DeploymentId(id), due.into())).collect())
}

/// The newest `each` runs of each of these deployments that are no longer planned, newest first.
pub async fn last_runs(
    tx: &mut Tx,
    ids: &[DeploymentId],
    each: i64,
    now: Timestamp,
) -> Result<HashMap<DeploymentId, Vec<FlowRun>>> {
    let newest = sql("SELECT id FROM (SELECT flow_run.id, row_number() OVER (PARTITION BY flow_run.deployment_id
                      ORDER BY coalesce(flow_run.start_time, flow_run.expected_start_time) DESC, flow_run.id DESC) AS place
                      FROM flow_run WHERE flow_run.state_type <> 'SCHEDULED' AND flow_run.deployment_id IN ")
        .then(Sql::list(ids.iter().copied()))
        .text(") AS placed WHERE place <= ?")
        .bind(each);
    let newest: Vec<FlowRunId> =
        tx.all::<(sqlx::types::Uuid,)>(newest).await?.into_iter().map(|(id,)| FlowRunId(id)).collect();
    let mut runs: HashMap<DeploymentId, Vec<FlowRun>> = HashMap::new();
    for run in crate::flow_runs::by_ids(tx, &newest, now).await? {
        if let Some(deployment) = run.deployment_id {
            runs.entry(deployment).or_default().push(run);
        }
    }
    for runs in runs.values_mut() {
        runs.sort_by_key(|run| std::cmp::Reverse((run.start_time.or(run.expected_start_time), run.id)));
    }
    Ok(runs)
}
