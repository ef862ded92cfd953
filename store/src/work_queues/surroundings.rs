//! A queue with its pool, as events name them: one statement for many queues.

use super::*;

/// Queues of one statement.
const CHUNK: usize = 1000;

/// A queue and the pool that it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Surroundings {
    pub id: WorkQueueId,
    pub name: String,
    pub work_pool_id: WorkPoolId,
    pub work_pool_name: String,
    pub work_pool_type: String,
}

row! {
    struct SurroundingsRow {
        id: sqlx::types::Uuid,
        name: String,
        work_pool_id: sqlx::types::Uuid,
        work_pool_name: String,
        work_pool_type: String,
    }
}

impl From<SurroundingsRow> for Surroundings {
    fn from(row: SurroundingsRow) -> Self {
        Surroundings {
            id: WorkQueueId(row.id),
            name: row.name,
            work_pool_id: WorkPoolId(row.work_pool_id),
            work_pool_name: row.work_pool_name,
            work_pool_type: row.work_pool_type,
        }
    }
}

/// These queues, as far as they exist, most urgent first.
pub async fn surroundings(tx: &mut Tx, ids: &[WorkQueueId]) -> Result<Vec<Surroundings>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let query = sql("SELECT work_queue.id, work_queue.name, work_pool.id AS work_pool_id,
                         work_pool.name AS work_pool_name, work_pool.type AS work_pool_type
                         FROM work_queue JOIN work_pool ON work_pool.id = work_queue.work_pool_id
                         WHERE work_queue.id IN ")
        .then(Sql::list(chunk.iter().copied()))
        .text(" ORDER BY work_queue.priority, work_queue.created, work_queue.id");
        found.extend(tx.all::<SurroundingsRow>(query).await?.into_iter().map(Surroundings::from));
    }
    Ok(found)
}
