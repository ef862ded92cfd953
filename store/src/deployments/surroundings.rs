//! What belongs to a deployment, as its events name it: one statement for many of them.

use domain::WorkPoolId;

use super::*;

/// Deployments of one statement.
const CHUNK: usize = 1000;

/// A deployment with the names of what is around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Surroundings {
    pub id: DeploymentId,
    pub name: String,
    pub flow_id: FlowId,
    pub flow_name: String,
    pub work_queue: Option<(WorkQueueId, String)>,
    /// Id, name and type.
    pub work_pool: Option<(WorkPoolId, String, String)>,
    pub storage_document_id: Option<Uuid>,
    pub infrastructure_document_id: Option<Uuid>,
    pub concurrency_limit_id: Option<Uuid>,
}

row! {
    struct SurroundingsRow {
        id: sqlx::types::Uuid,
        name: String,
        flow_id: sqlx::types::Uuid,
        flow_name: String,
        work_queue_id: Option<sqlx::types::Uuid>,
        work_queue_name: Option<String>,
        work_pool_id: Option<sqlx::types::Uuid>,
        work_pool_name: Option<String>,
        work_pool_type: Option<String>,
        storage_document_id: Option<sqlx::types::Uuid>,
        infrastructure_document_id: Option<sqlx::types::Uuid>,
        concurrency_limit_id: Option<sqlx::types::Uuid>,
    }
}

impl From<SurroundingsRow> for Surroundings {
    fn from(row: SurroundingsRow) -> Self {
        let pool = row.work_pool_id.zip(row.work_pool_name).zip(row.work_pool_type);
        Surroundings {
            id: DeploymentId(row.id),
            name: row.name,
            flow_id: FlowId(row.flow_id),
            flow_name: row.flow_name,
            work_queue: row.work_queue_id.map(WorkQueueId).zip(row.work_queue_name),
            work_pool: pool.map(|((id, name), kind)| (WorkPoolId(id), name, kind)),
            storage_document_id: row.storage_document_id,
            infrastructure_document_id: row.infrastructure_document_id,
            concurrency_limit_id: row.concurrency_limit_id,
        }
    }
}

/// These deployments, as far as they exist, by id.
pub async fn surroundings(tx: &mut Tx, ids: &[DeploymentId]) -> Result<Vec<Surroundings>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let query = sql("SELECT deployment.id, deployment.name, flow.id AS flow_id, flow.name AS flow_name,
                         work_queue.id AS work_queue_id, work_queue.name AS work_queue_name,
                         work_pool.id AS work_pool_id, work_pool.name AS work_pool_name,
                         work_pool.type AS work_pool_type, deployment.storage_document_id,
                         deployment.infrastructure_document_id, deployment.concurrency_limit_id
                         FROM deployment JOIN flow ON flow.id = deployment.flow_id
                         LEFT JOIN work_queue ON work_queue.id = deployment.work_queue_id
                         LEFT JOIN work_pool ON work_pool.id = work_queue.work_pool_id
                         WHERE deployment.id IN ")
        .then(Sql::list(chunk.iter().copied()))
        .text(" ORDER BY deployment.id");
        found.extend(tx.all::<SurroundingsRow>(query).await?.into_iter().map(Surroundings::from));
    }
    Ok(found)
}
