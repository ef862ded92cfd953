//! The names around a run, read in one statement.

use super::*;
use crate::Arg;
use crate::automations::queue::is_heard_by_any;

/// What a run's neighbours are called, and what runs inherit from them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Surroundings {
    pub flow_name: Option<String>,
    pub deployment_name: Option<String>,
    pub work_queue_name: Option<String>,
    pub work_pool_id: Option<WorkPoolId>,
    pub work_pool_name: Option<String>,
    pub work_pool_type: Option<String>,
    /// The task run that wraps the run.
    pub task_run_name: Option<String>,
    /// Whether anybody may want to be told of the run's states: there is an active notification policy.
    pub is_told: bool,
    /// Whether triggers hear of it: an automation is enabled.
    pub is_heard: bool,
    /// Tags of the flow, of the deployment and of the wrapper.
    pub tags: Vec<String>,
    pub flow_labels: Labels,
    pub deployment_labels: Labels,
}

row! {
    struct SurroundingsRow {
        flow_name: String,
        flow_tags: Json<Vec<String>>,
        flow_labels: Json<Labels>,
        deployment_name: Option<String>,
        deployment_tags: Option<Json<Vec<String>>>,
        deployment_labels: Option<Json<Labels>>,
        work_queue_name: Option<String>,
        work_pool_id: Option<sqlx::types::Uuid>,
        work_pool_name: Option<String>,
        work_pool_type: Option<String>,
        task_run_name: Option<String>,
        task_run_tags: Option<Json<Vec<String>>>,
        is_told: bool,
        is_heard: bool,
    }
}

/// The surroundings of a run that may not be stored yet; empty when its flow does not exist.
pub async fn surroundings(tx: &mut Tx, run: &FlowRun) -> Result<Surroundings> {
    let query = sql("SELECT flow.name AS flow_name, flow.tags AS flow_tags, flow.labels AS flow_labels,
                     deployment.name AS deployment_name, deployment.tags AS deployment_tags,
                     deployment.labels AS deployment_labels, work_queue.name AS work_queue_name,
                     work_pool.id AS work_pool_id, work_pool.name AS work_pool_name, work_pool.type AS work_pool_type,
                     task_run.name AS task_run_name, task_run.tags AS task_run_tags,
                     EXISTS (SELECT 1 FROM flow_run_notification_policy WHERE is_active = ?) AS is_told, ")
    .bind(true)
    .then(is_heard_by_any())
    .text(" AS is_heard\n                     FROM flow")
    .then(neighbour("\n LEFT JOIN deployment ON deployment.id = ", run.deployment_id))
    .then(neighbour("\n LEFT JOIN work_queue ON work_queue.id = ", run.work_queue_id))
    .text("\n LEFT JOIN work_pool ON work_pool.id = work_queue.work_pool_id")
    .then(neighbour("\n LEFT JOIN task_run ON task_run.id = ", run.parent_task_run_id))
    .text("\n WHERE flow.id = ?")
    .bind(run.flow_id);
    Ok(tx.optional::<SurroundingsRow>(query).await?.map(Surroundings::from).unwrap_or_default())
}

/// A join with the neighbour of that id, or with nothing. That there is none is said in the text: as a value it
/// would let PostgreSQL find a plan for this one call so much better than one for all that it makes a new plan
/// each time, which takes longer than the reading.
fn neighbour(join: &'static str, id: Option<impl Into<Arg>>) -> Sql {
    match id {
        Some(id) => sql(join).text("?").bind(id),
        None => sql(join).text("NULL"),
    }
}

impl From<SurroundingsRow> for Surroundings {
    fn from(row: SurroundingsRow) -> Self {
        let mut tags = row.flow_tags.0;
        tags.extend(row.deployment_tags.into_iter().flat_map(|tags| tags.0));
        tags.extend(row.task_run_tags.into_iter().flat_map(|tags| tags.0));
        Surroundings {
            flow_name: Some(row.flow_name),
            deployment_name: row.deployment_name,
            work_queue_name: row.work_queue_name,
            work_pool_id: row.work_pool_id.map(WorkPoolId),
            work_pool_name: row.work_pool_name,
            work_pool_type: row.work_pool_type,
            task_run_name: row.task_run_name,
            is_told: row.is_told,
            is_heard: row.is_heard,
            tags,
            flow_labels: row.flow_labels.0,
            deployment_labels: row.deployment_labels.map(|labels| labels.0).unwrap_or_default(),
        }
    }
}
