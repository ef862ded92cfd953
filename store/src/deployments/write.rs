//! Changes of rows of `deployment`. Schedules have their own table and their own file.

use super::*;

const INSERT: &str = "INSERT INTO deployment (id, created, updated, name, version, description, flow_id, paused, \
    concurrency_options, concurrency_limit_id, job_variables, parameters, tags, labels, work_queue_name, work_queue_id, \
    parameter_openapi_schema, path, pull_steps, entrypoint, manifest_path, storage_document_id, \
    infrastructure_document_id, created_by, updated_by, status, enforce_parameter_schema) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// Inserts a deployment without its schedules; its name must be free within its flow.
pub async fn insert(tx: &mut Tx, new: &Deployment, limit: Option<Uuid>, now: Timestamp) -> Result<()> {
    let insert = sql(INSERT)
        .bind(new.id)
        .bind(now)
        .bind(now)
        .bind(&new.name)
        .bind(&new.version)
        .bind(&new.description)
        .bind(new.flow_id)
        .bind(new.paused)
        .bind(json_or_null(&new.concurrency_options))
        .bind(limit)
        .bind(json(&new.job_variables))
        .bind(json(&new.parameters))
        .bind(json(&new.tags))
        .bind(json(&new.labels))
        .bind(&new.work_queue_name)
        .bind(new.work_queue_id)
        .bind(json_or_null(&new.parameter_openapi_schema))
        .bind(&new.path)
        .bind(json_or_null(&new.pull_steps))
        .bind(&new.entrypoint)
        .bind(&new.manifest_path)
        .bind(new.storage_document_id)
        .bind(new.infrastructure_document_id)
        .bind(json_or_null(&new.created_by))
        .bind(json_or_null(&new.updated_by))
        .bind(new.status.unwrap_or_default().as_str())
        .bind(new.enforce_parameter_schema);
    tx.run(insert).await.map(drop)
}

const UPDATE: &str = "UPDATE deployment SET updated = ?, version = ?, description = ?, paused = ?, \
    concurrency_options = ?, job_variables = ?, parameters = ?, tags = ?, labels = ?, work_queue_name = ?, \
    work_queue_id = ?, parameter_openapi_schema = ?, path = ?, pull_steps = ?, entrypoint = ?, manifest_path = ?, \
    storage_document_id = ?, infrastructure_document_id = ?, updated_by = ?, enforce_parameter_schema = ?";

/// Writes what may change. `limit` is another limit to hold to, or none; absent leaves it.
pub async fn save(tx: &mut Tx, row: &Deployment, limit: Option<Option<Uuid>>, now: Timestamp) -> Result<()> {
    let mut update = sql(UPDATE)
        .bind(now)
        .bind(&row.version)
        .bind(&row.description)
        .bind(row.paused)
        .bind(json_or_null(&row.concurrency_options))
        .bind(json(&row.job_variables))
        .bind(json(&row.parameters))
        .bind(json(&row.tags))
        .bind(json(&row.labels))
        .bind(&row.work_queue_name)
        .bind(row.work_queue_id)
        .bind(json_or_null(&row.parameter_openapi_schema))
        .bind(&row.path)
        .bind(json_or_null(&row.pull_steps))
        .bind(&row.entrypoint)
        .bind(&row.manifest_path)
        .bind(row.storage_document_id)
        .bind(row.infrastructure_document_id)
        .bind(json_or_null(&row.updated_by))
        .bind(row.enforce_parameter_schema);
    if let Some(limit) = limit {
        update = update.text(", concurrency_limit_id = ?").bind(limit);
    }
    tx.run(update.text(" WHERE id = ?").bind(row.id)).await.map(drop)
}

/// Pauses the deployment, or lets it go on.
pub async fn set_paused(tx: &mut Tx, id: DeploymentId, paused: bool, now: Timestamp) -> Result<()> {
    let update = sql("UPDATE deployment SET updated = ?, paused = ? WHERE id = ?").bind(now).bind(paused).bind(id);
    tx.run(update).await.map(drop)
}

/// Notes that something about the deployment changed.
pub async fn touch(tx: &mut Tx, id: DeploymentId, now: Timestamp) -> Result<()> {
    tx.run(sql("UPDATE deployment SET updated = ? WHERE id = ?").bind(now).bind(id)).await.map(drop)
}

/// Deletes deployments with their schedules; which existed. Their runs stay.
pub async fn delete(tx: &mut Tx, ids: &[DeploymentId]) -> Result<Vec<DeploymentId>> {
    let delete = sql("DELETE FROM deployment WHERE id IN ").then(Sql::list(ids.iter().copied())).text(" RETURNING id");
    tx.ids(delete).await
}
