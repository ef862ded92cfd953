//! Table `flow`.

use std::collections::HashMap;

use domain::filter::{Filters, IdOps, Page};
use domain::flows::{Flow, FlowFilter, FlowSort, Labels};
use domain::{FlowId, Timestamp};

use crate::column::{Json, Ts};
use crate::filters::{self, Conditions};
use crate::sql::{Sql, json, sql};
use crate::{Result, Tx, row};

row! {
    struct FlowRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        name: String,
        tags: Json<Vec<String>>,
        labels: Json<Labels>,
    }
}

const COLUMNS: &str = "flow.id, flow.created, flow.updated, flow.name, flow.tags, flow.labels";

impl From<FlowRow> for Flow {
    fn from(row: FlowRow) -> Self {
        Flow {
            id: FlowId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            name: row.name,
            tags: row.tags.0,
            labels: Some(row.labels.0),
        }
    }
}

fn select() -> Sql {
    sql("SELECT ").text(COLUMNS).text(" FROM flow")
}

/// The flow, if it exists.
pub async fn by_id(tx: &mut Tx, id: FlowId) -> Result<Option<Flow>> {
    Ok(tx.optional::<FlowRow>(select().text(" WHERE flow.id = ?").bind(id)).await?.map(Flow::from))
}

/// The flow of that name, if it exists.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<Flow>> {
    Ok(tx.optional::<FlowRow>(select().text(" WHERE flow.name = ?").bind(name)).await?.map(Flow::from))
}

/// Inserts the flow unless its name is taken; the stored one, and whether it is new.
pub async fn insert_or_get(tx: &mut Tx, flow: &Flow, now: Timestamp) -> Result<(Flow, bool)> {
    let new = tx
        .run(
            sql("INSERT INTO flow (id, created, updated, name, tags, labels) VALUES (?, ?, ?, ?, ?, ?)
                 ON CONFLICT (name) DO NOTHING")
            .bind(flow.id)
            .bind(now)
            .bind(now)
            .bind(&flow.name)
            .bind(json(&flow.tags))
            .bind(json(&flow.labels.clone().unwrap_or_default())),
        )
        .await?;
    let row = tx.one::<FlowRow>(select().text(" WHERE flow.name = ?").bind(&flow.name)).await?;
    Ok((row.into(), new == 1))
}

/// Replaces the tags; whether the flow exists.
pub async fn set_tags(tx: &mut Tx, id: FlowId, tags: &[String], now: Timestamp) -> Result<bool> {
    let update = sql("UPDATE flow SET tags = ?, updated = ? WHERE id = ?").bind(json(tags)).bind(now).bind(id);
    Ok(tx.run(update).await? == 1)
}

/// Deletes the flow, its runs and deployments; whether it existed.
pub async fn delete(tx: &mut Tx, id: FlowId) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM flow WHERE id = ?").bind(id)).await? == 1)
}

/// Flows that fit, in the asked order. `limit` and `offset` are checked by the caller.
pub async fn filter(tx: &mut Tx, page: &Page<FlowSort>, limit: i64, offset: i64) -> Result<Vec<Flow>> {
    let order = match page.sort.unwrap_or_default() {
        FlowSort::CreatedDesc => "flow.created DESC",
        FlowSort::UpdatedDesc => "flow.updated DESC",
        FlowSort::NameAsc => "flow.name ASC",
        FlowSort::NameDesc => "flow.name DESC",
    };
    let query = select()
        .text(" WHERE ")
        .then(matching(tx, &page.filters))
        .text(&format!(" ORDER BY {order}, flow.id LIMIT ? OFFSET ?"))
        .bind(limit)
        .bind(offset);
    Ok(tx.all::<FlowRow>(query).await?.into_iter().map(Flow::from).collect())
}

/// How many flows fit.
pub async fn count(tx: &mut Tx, filters: &Filters) -> Result<i64> {
    let query = sql("SELECT count(*) FROM flow WHERE ").then(matching(tx, filters));
    tx.count(query).await
}

row! {
    struct DeploymentsRow {
        flow_id: sqlx::types::Uuid,
        deployments: i64,
    }
}

/// How many deployments each of these flows has; flows without any are not in the answer.
pub async fn count_deployments(tx: &mut Tx, flows: &[FlowId]) -> Result<HashMap<FlowId, i64>> {
    let query = sql("SELECT flow_id, count(*) AS deployments FROM deployment WHERE flow_id IN ")
        .then(Sql::list(flows.iter().copied()))
        .text(" GROUP BY flow_id");
    let rows = tx.all::<DeploymentsRow>(query).await?;
    Ok(rows.into_iter().map(|row| (FlowId(row.flow_id), row.deployments)).collect())
}

/// The condition of a flow filter on the row `flow` of the query around it.
pub fn condition(tx: &Tx, filter: &FlowFilter) -> Sql {
    let mut all = Conditions::new(filter.operator);
    if let Some(ops) = &filter.id {
        all.all(filters::ids("flow.id", ops));
    }
    if let Some(ops) = &filter.name {
        all.all(filters::names("flow.name", ops));
    }
    if let Some(ops) = &filter.tags {
        all.all(filters::tags(tx, "flow.tags", ops));
    }
    if let Some(null) = filter.deployment.as_ref().and_then(|ops| ops.is_null_) {
        let word = if null { "NOT EXISTS" } else { "EXISTS" };
        all.add(Sql::default().text(word).text(" (SELECT 1 FROM deployment WHERE deployment.flow_id = flow.id)"));
    }
    all.finish()
}

/// The ids of a filter that asks for nothing else.
pub fn only_ids(filter: &FlowFilter) -> Option<&[FlowId]> {
    match filter {
        FlowFilter {
            operator: _,
            id: Some(IdOps { any_: Some(ids), not_any_: None }),
            deployment: None,
            name: None,
            tags: None,
        } => Some(ids),
        _ => None,
    }
}

/// The condition on the row `flow` that all of the given entity filters hold.
fn matching(tx: &Tx, filters: &Filters) -> Sql {
    let mut all: Vec<Sql> = filters.flows.iter().map(|filter| condition(tx, filter)).collect();
    let exists =
        |from: &str, condition: Sql| sql("EXISTS (SELECT 1 FROM ").text(from).text(" AND ").then(condition).text(")");
    let around =
        Filters { flow_runs: filters.flow_runs.clone(), task_runs: filters.task_runs.clone(), ..Filters::default() };
    if around != Filters::default() {
        all.push(exists("flow_run WHERE flow_run.flow_id = flow.id", crate::flow_runs::matching(tx, &around)));
    }
    let around = Filters {
        deployments: filters.deployments.clone(),
        work_pools: filters.work_pools.clone(),
        work_pool_queues: filters.work_pool_queues.clone(),
        ..Filters::default()
    };
    if around != Filters::default() {
        all.push(exists("deployment WHERE deployment.flow_id = flow.id", crate::deployments::matching(tx, &around)));
    }
    Sql::join(all, " AND ")
}
