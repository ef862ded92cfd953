//! What the dashboard's list shows beside each deployment: one statement for all rows of a page.

use std::collections::HashMap;

use domain::flow_runs::{FlowRun, FlowRunPolicy};
use domain::state::StateType;
use domain::{FlowRunId, StateId};

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

row! {
    struct BriefRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        name: String,
        flow_id: sqlx::types::Uuid,
        deployment_id: sqlx::types::Uuid,
        state_id: Option<sqlx::types::Uuid>,
        state_type: Option<Word<StateType>>,
        state_name: Option<String>,
        state_timestamp: Option<Ts>,
        run_count: i64,
        expected_start_time: Option<Ts>,
        start_time: Option<Ts>,
        end_time: Option<Ts>,
        total_run_time: f64,
        auto_scheduled: bool,
    }
}

/// The newest `each` runs of each of these deployments that are no longer planned, newest first. They are
/// brief: state, times and names; no parameters, tags, labels or variables.
pub async fn last_runs(
    tx: &mut Tx,
    ids: &[DeploymentId],
    each: i64,
    now: Timestamp,
) -> Result<HashMap<DeploymentId, Vec<FlowRun>>> {
    let newest = "SELECT newest.id FROM flow_run AS newest WHERE newest.deployment_id = deployment.id
                  AND newest.state_type <> 'SCHEDULED'
                  ORDER BY coalesce(newest.start_time, newest.expected_start_time) DESC, newest.id DESC LIMIT ?";
    let query = sql("SELECT flow_run.id, flow_run.created, flow_run.updated, flow_run.name, flow_run.flow_id,
                     flow_run.deployment_id, flow_run.state_id, flow_run.state_type, flow_run.state_name,
                     flow_run.state_timestamp, flow_run.run_count, flow_run.expected_start_time, flow_run.start_time,
                     flow_run.end_time, flow_run.total_run_time, flow_run.auto_scheduled FROM ")
    .text(&tx.each_with("deployment", newest, "flow_run"))
    .bind(each)
    .text(" WHERE deployment.id IN ")
    .then(Sql::list(ids.iter().copied()))
    .text(" ORDER BY coalesce(flow_run.start_time, flow_run.expected_start_time) DESC, flow_run.id DESC");
    let mut runs: HashMap<DeploymentId, Vec<FlowRun>> = HashMap::new();
    for row in tx.all::<BriefRow>(query).await? {
        runs.entry(DeploymentId(row.deployment_id)).or_default().push(row.at(now));
    }
    Ok(runs)
}

impl BriefRow {
    fn at(self, now: Timestamp) -> FlowRun {
        let mut run = FlowRun {
            id: FlowRunId(self.id),
            created: Some(self.created.into()),
            updated: Some(self.updated.into()),
            name: self.name,
            flow_id: FlowId(self.flow_id),
            state_id: self.state_id.map(StateId),
            deployment_id: Some(DeploymentId(self.deployment_id)),
            deployment_version: None,
            work_queue_id: None,
            work_queue_name: None,
            flow_version: None,
            parameters: Map::new(),
            idempotency_key: None,
            context: Map::new(),
            empirical_policy: FlowRunPolicy::default(),
            tags: Vec::new(),
            labels: Labels::new(),
            parent_task_run_id: None,
            state_type: self.state_type.map(|kind| kind.0),
            state_name: self.state_name,
            run_count: self.run_count,
            expected_start_time: self.expected_start_time.map(Ts::into),
            next_scheduled_start_time: None,
            start_time: self.start_time.map(Ts::into),
            end_time: self.end_time.map(Ts::into),
            total_run_time: self.total_run_time,
            estimated_run_time: 0.0,
            estimated_start_time_delta: 0.0,
            auto_scheduled: self.auto_scheduled,
            infrastructure_document_id: None,
            infrastructure_pid: None,
            created_by: None,
            work_pool_id: None,
            work_pool_name: None,
            state: None,
            job_variables: None,
        };
        run.estimate(self.state_timestamp.map(Ts::into), now);
        run
    }
}
