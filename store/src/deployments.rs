//! Table `deployment`.

use domain::deployments::{ConcurrencyOptions, Deployment, DeploymentFilter, DeploymentSort, DeploymentStatus};
use domain::filter::{Filters, Page};
use domain::flow_runs::CreatedBy;
use domain::flows::Labels;
use domain::{DeploymentId, FlowId, Timestamp, Uuid, WorkQueueId};
use serde_json::{Map, Value};

use crate::column::{Json, Ts, Word};
use crate::filters::{self, Conditions};
use crate::sql::{Sql, json, json_or_null, sql};
use crate::{Result, Tx, deployment_schedules, row};

mod limit;
mod planned;
mod rows;
mod status;
mod surroundings;
mod write;

pub use limit::{HeldLimit, delete_limit_of, limit_exists, limit_of, set_limit};
pub use planned::{Planned, delete_planned};
pub use rows::{last_runs, next_runs};
pub use status::{set_not_ready, set_polled, set_ready_of_queues};
pub use surroundings::{Surroundings, surroundings};
pub use write::{delete, insert, save, set_paused, touch};

row! {
    struct DeploymentRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        name: String,
        version: Option<String>,
        description: Option<String>,
        flow_id: sqlx::types::Uuid,
        paused: bool,
        concurrency_options: Option<Json<ConcurrencyOptions>>,
        job_variables: Json<Map<String, Value>>,
        parameters: Json<Map<String, Value>>,
        tags: Json<Vec<String>>,
        labels: Json<Labels>,
        work_queue_name: Option<String>,
        work_queue_id: Option<sqlx::types::Uuid>,
        last_polled: Option<Ts>,
        queue_polled: Option<Ts>,
        parameter_openapi_schema: Option<Json<Value>>,
        path: Option<String>,
        pull_steps: Option<Json<Value>>,
        entrypoint: Option<String>,
        manifest_path: Option<String>,
        storage_document_id: Option<sqlx::types::Uuid>,
        infrastructure_document_id: Option<sqlx::types::Uuid>,
        created_by: Option<Json<CreatedBy>>,
        updated_by: Option<Json<CreatedBy>>,
        status: Word<DeploymentStatus>,
        enforce_parameter_schema: bool,
        work_pool_name: Option<String>,
        limit_id: Option<sqlx::types::Uuid>,
        limit_created: Option<Ts>,
        limit_updated: Option<Ts>,
        limit_active: Option<bool>,
        limit_name: Option<String>,
        limit_limit: Option<i64>,
        limit_active_slots: Option<i64>,
        limit_decay: Option<f64>,
    }
}

/// What is selected; the queue's name is the queue's own where there still is one.
const SELECT: &str = "SELECT deployment.id, deployment.created, deployment.updated, deployment.name, deployment.version, \
    deployment.description, deployment.flow_id, deployment.paused, deployment.concurrency_options, \
    deployment.job_variables, deployment.parameters, deployment.tags, deployment.labels, \
    coalesce(work_queue.name, deployment.work_queue_name) AS work_queue_name, deployment.work_queue_id, \
    deployment.last_polled, work_queue.last_polled AS queue_polled, deployment.parameter_openapi_schema, \
    deployment.path, deployment.pull_steps, deployment.entrypoint, deployment.manifest_path, \
    deployment.storage_document_id, deployment.infrastructure_document_id, deployment.created_by, \
    deployment.updated_by, deployment.status, deployment.enforce_parameter_schema, work_pool.name AS work_pool_name, \
    limit_.id AS limit_id, limit_.created AS limit_created, limit_.updated AS limit_updated, \
    limit_.active AS limit_active, limit_.name AS limit_name, limit_.slot_limit AS limit_limit, \
    limit_.active_slots AS limit_active_slots, limit_.slot_decay_per_second AS limit_decay \
    FROM deployment LEFT JOIN work_queue ON work_queue.id = deployment.work_queue_id \
    LEFT JOIN work_pool ON work_pool.id = work_queue.work_pool_id \
    LEFT JOIN concurrency_limit_v2 AS limit_ ON limit_.id = deployment.concurrency_limit_id";

impl From<DeploymentRow> for Deployment {
    fn from(row: DeploymentRow) -> Self {
        let limit = limit::shown(&row);
        Deployment {
            id: DeploymentId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            name: row.name,
            version: row.version,
            description: row.description,
            flow_id: FlowId(row.flow_id),
            paused: row.paused,
            schedules: Vec::new(),
            concurrency_limit: None,
            global_concurrency_limit: limit,
            concurrency_options: row.concurrency_options.map(|options| options.0),
            infra_overrides: row.job_variables.0.clone(),
            job_variables: row.job_variables.0,
            parameters: row.parameters.0,
            tags: row.tags.0,
            labels: row.labels.0,
            work_queue_name: row.work_queue_name,
            work_queue_id: row.work_queue_id.map(WorkQueueId),
            last_polled: row.last_polled.map(Timestamp::from).max(row.queue_polled.map(Timestamp::from)),
            parameter_openapi_schema: row.parameter_openapi_schema.map(|schema| schema.0),
            path: row.path,
            pull_steps: row.pull_steps.map(|steps| steps.0),
            entrypoint: row.entrypoint,
            storage_document_id: row.storage_document_id,
            infrastructure_document_id: row.infrastructure_document_id,
            created_by: row.created_by.map(|by| by.0),
            updated_by: row.updated_by.map(|by| by.0),
            work_pool_name: row.work_pool_name,
            status: Some(row.status.0),
            enforce_parameter_schema: row.enforce_parameter_schema,
            schedule: None,
            is_schedule_active: !row.paused,
            manifest_path: row.manifest_path,
        }
    }
}

/// Deployments of the rest of a query, in its order, with their schedules: two statements.
async fn read(tx: &mut Tx, rest: Sql) -> Result<Vec<Deployment>> {
    let rows = tx.all::<DeploymentRow>(sql(SELECT).text(" WHERE ").then(rest)).await?;
    let mut found: Vec<Deployment> = rows.into_iter().map(Deployment::from).collect();
    let ids: Vec<DeploymentId> = found.iter().map(|deployment| deployment.id).collect();
    let mut schedules = deployment_schedules::of_deployments(tx, &ids).await?;
    for deployment in &mut found {
        deployment.schedules = schedules.remove(&deployment.id).unwrap_or_default();
        deployment.schedule = deployment.schedules.first().map(|first| first.schedule.clone());
    }
    Ok(found)
}

/// The deployment, if it exists.
pub async fn by_id(tx: &mut Tx, id: DeploymentId) -> Result<Option<Deployment>> {
    Ok(read(tx, sql("deployment.id = ?").bind(id)).await?.pop())
}

/// The same; nobody else changes it, its schedules or plans its runs until the transaction ends.
pub async fn by_id_locked(tx: &mut Tx, id: DeploymentId) -> Result<Option<Deployment>> {
    tx.lock_row("deployment", id).await?;
    by_id(tx, id).await
}

/// Deployments by their ids, in no order.
pub async fn by_ids(tx: &mut Tx, ids: &[DeploymentId]) -> Result<Vec<Deployment>> {
    read(tx, sql("deployment.id IN ").then(Sql::list(ids.iter().copied()))).await
}

/// The deployment of that name of the flow, if it exists; locked as in [`by_id_locked`].
pub async fn of_flow_locked(tx: &mut Tx, flow: FlowId, name: &str) -> Result<Option<Deployment>> {
    let ids = sql("SELECT id FROM deployment WHERE flow_id = ? AND name = ?").bind(flow).bind(name);
    match tx.optional::<(sqlx::types::Uuid,)>(ids).await? {
        Some((id,)) => by_id_locked(tx, DeploymentId(id)).await,
        None => Ok(None),
    }
}

/// The deployment `flow/name`, if it exists.
pub async fn by_name(tx: &mut Tx, flow: &str, name: &str) -> Result<Option<Deployment>> {
    let rest = sql("deployment.name = ? AND deployment.flow_id = (SELECT flow.id FROM flow WHERE flow.name = ?)");
    Ok(read(tx, rest.bind(name).bind(flow)).await?.pop())
}

/// Deployments that fit, in the asked order. `limit` and `offset` are checked by the caller.
pub async fn filter(tx: &mut Tx, page: &Page<DeploymentSort>, limit: i64, offset: i64) -> Result<Vec<Deployment>> {
    let order = match page.sort.unwrap_or_default() {
        DeploymentSort::CreatedDesc => "deployment.created DESC",
        DeploymentSort::UpdatedDesc => "deployment.updated DESC",
        DeploymentSort::NameAsc => "deployment.name ASC",
        DeploymentSort::NameDesc => "deployment.name DESC",
    };
    let rest = matching(tx, &page.filters)
        .text(&format!(" ORDER BY {order}, deployment.id LIMIT ? OFFSET ?"))
        .bind(limit)
        .bind(offset);
    read(tx, rest).await
}

/// How many deployments fit.
pub async fn count(tx: &mut Tx, filters: &Filters) -> Result<i64> {
    let query = sql("SELECT count(*) FROM deployment WHERE ").then(matching(tx, filters));
    tx.count(query).await
}

/// Names of the flows of these deployments, by flow.
pub async fn flow_names(tx: &mut Tx, flows: &[FlowId]) -> Result<std::collections::HashMap<FlowId, String>> {
    let query = sql("SELECT id, name FROM flow WHERE id IN ").then(Sql::list(flows.iter().copied()));
    let rows = tx.all::<(sqlx::types::Uuid, String)>(query).await?;
    Ok(rows.into_iter().map(|(id, name)| (FlowId(id), name)).collect())
}

/// The condition of a deployment filter on the row `deployment` of the query around it.
pub fn condition(tx: &Tx, filter: &DeploymentFilter) -> Sql {
    let mut all = Conditions::new(filter.operator);
    let ids = filter.id.iter().map(|ops| filters::ids("deployment.id", ops));
    let names = filter.name.iter().map(|ops| filters::names("deployment.name", ops));
    let paused = filter.paused.iter().map(|ops| filters::bools("deployment.paused", ops));
    let tags = filter.tags.iter().map(|ops| filters::tags(tx, "deployment.tags", ops));
    let queues = filter.work_queue_name.iter().map(|ops| filters::any_text("deployment.work_queue_name", ops));
    let limits = filter.concurrency_limit.iter().map(|ops| filters::numbers("deployment.concurrency_limit", ops));
    for pieces in ids.chain(names).chain(paused).chain(tags).chain(queues).chain(limits) {
        all.all(pieces);
    }
    if let Some(part) = filter.flow_or_deployment_name.as_ref().and_then(|ops| ops.like_.as_deref()) {
        let flow = sql("EXISTS (SELECT 1 FROM flow WHERE flow.id = deployment.flow_id AND ")
            .then(filters::like("flow.name", part))
            .text(")");
        all.add(Sql::join(vec![filters::like("deployment.name", part), flow], " OR "));
    }
    if let Some(active) = filter.is_schedule_active.as_ref().and_then(|ops| ops.eq_) {
        all.add(sql("deployment.paused = ?").bind(!active));
    }
    all.finish()
}

/// The condition on the row `deployment` that all of the given entity filters hold.
pub fn matching(tx: &Tx, filters: &Filters) -> Sql {
    let mut all = Vec::new();
    let exists =
        |from: &str, condition: Sql| sql("EXISTS (SELECT 1 FROM ").text(from).text(" AND ").then(condition).text(")");
    if let Some(filter) = &filters.deployments {
        all.push(condition(tx, filter));
    }
    if let Some(filter) = &filters.flows {
        all.push(exists("flow WHERE flow.id = deployment.flow_id", crate::flows::condition(tx, filter)));
    }
    if let Some(filter) = &filters.flow_runs {
        let from = "flow_run WHERE flow_run.deployment_id = deployment.id";
        all.push(exists(from, crate::flow_runs::condition(tx, filter)));
    }
    if let Some(filter) = &filters.task_runs {
        let from = "task_run JOIN flow_run ON flow_run.id = task_run.flow_run_id
                    WHERE flow_run.deployment_id = deployment.id";
        all.push(exists(from, crate::task_runs::condition(tx, filter)));
    }
    if let Some(filter) = &filters.work_pool_queues {
        let from = "work_queue WHERE work_queue.id = deployment.work_queue_id";
        all.push(exists(from, crate::work_queues::condition(filter)));
    }
    if let Some(filter) = &filters.work_pools {
        let from = "work_queue JOIN work_pool ON work_pool.id = work_queue.work_pool_id
                    WHERE work_queue.id = deployment.work_queue_id";
        all.push(exists(from, crate::work_pools::condition(filter)));
    }
    Sql::join(all, " AND ")
}
