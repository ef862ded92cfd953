//! Tables `artifact` and `artifact_collection`.

mod latest;

pub use latest::{by_key as latest_by_key, count as count_latest, filter as filter_latest};

use std::collections::BTreeMap;

use domain::artifacts::{Artifact, ArtifactFilter, ArtifactPage, ArtifactSort};
use domain::{ArtifactId, FlowRunId, TaskRunId, Timestamp, Uuid};
use serde_json::Value;

use crate::column::{Json, Ts};
use crate::filters::{self, Conditions};
use crate::sql::{Sql, json_or_null, sql};
use crate::{Result, Tx, deployments, flow_runs, flows, row, task_runs};

row! {
    struct ArtifactRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        key: Option<String>,
        kind: Option<String>,
        description: Option<String>,
        data: Option<Json<Value>>,
        metadata_: Option<Json<BTreeMap<String, String>>>,
        flow_run_id: Option<sqlx::types::Uuid>,
        task_run_id: Option<sqlx::types::Uuid>,
    }
}

/// Everything but the id.
const FACTS: &str = "artifact.key, artifact.type AS kind, artifact.description, artifact.data, artifact.metadata_, \
                     artifact.flow_run_id, artifact.task_run_id";

impl From<ArtifactRow> for Artifact {
    fn from(row: ArtifactRow) -> Self {
        Artifact {
            id: ArtifactId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            key: row.key,
            kind: row.kind,
            description: row.description,
            data: row.data.map(|data| data.0),
            metadata_: row.metadata_.map(|metadata| metadata.0),
            flow_run_id: row.flow_run_id.map(FlowRunId),
            task_run_id: row.task_run_id.map(TaskRunId),
        }
    }
}

fn select() -> Sql {
    sql("SELECT artifact.id, artifact.created, artifact.updated, ").text(FACTS).text(" FROM artifact WHERE ")
}

/// The artifact, if it exists.
pub async fn by_id(tx: &mut Tx, id: ArtifactId) -> Result<Option<Artifact>> {
    Ok(tx.optional::<ArtifactRow>(select().text("artifact.id = ?").bind(id)).await?.map(Artifact::from))
}

/// Inserts the artifact. One with a key becomes the newest of that key; a first one founds the collection
/// `collection`.
pub async fn insert(tx: &mut Tx, artifact: &Artifact, collection: Uuid, now: Timestamp) -> Result<()> {
    let insert = sql(
        "INSERT INTO artifact (id, created, updated, key, type, description, data, metadata_, flow_run_id, task_run_id)
                      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.bind(artifact.id).bind(now).bind(now).bind(&artifact.key).bind(&artifact.kind);
    let insert =
        insert.bind(&artifact.description).bind(json_or_null(&artifact.data)).bind(json_or_null(&artifact.metadata_));
    tx.run(insert.bind(artifact.flow_run_id).bind(artifact.task_run_id)).await?;
    if let Some(key) = &artifact.key {
        let upsert =
            sql("INSERT INTO artifact_collection (id, created, updated, key, latest_id) VALUES (?, ?, ?, ?, ?)
                          ON CONFLICT (key) DO UPDATE SET updated = excluded.updated, latest_id = excluded.latest_id");
        tx.run(upsert.bind(collection).bind(now).bind(now).bind(key).bind(artifact.id)).await?;
    }
    Ok(())
}

/// Writes description, data and metadata.
pub async fn save(tx: &mut Tx, artifact: &Artifact, now: Timestamp) -> Result<()> {
    let update = sql("UPDATE artifact SET updated = ?, description = ?, data = ?, metadata_ = ? WHERE id = ?");
    let update = update.bind(now).bind(&artifact.description).bind(json_or_null(&artifact.data));
    tx.run(update.bind(json_or_null(&artifact.metadata_)).bind(artifact.id)).await.map(drop)
}

/// Deletes the artifact; whether it existed. If it was the newest of its key, the one before is that now.
pub async fn delete(tx: &mut Tx, id: ArtifactId) -> Result<bool> {
    let before = "SELECT older.id FROM artifact AS older WHERE older.key = artifact_collection.key AND older.id <> ?
                  ORDER BY older.created DESC, older.id DESC LIMIT 1";
    let fall_back = sql("UPDATE artifact_collection SET latest_id = coalesce((")
        .text(before)
        .text("), latest_id) WHERE latest_id = ?");
    tx.run(fall_back.bind(id).bind(id)).await?;
    tx.run(sql("DELETE FROM artifact_collection WHERE latest_id = ?").bind(id)).await?;
    Ok(tx.run(sql("DELETE FROM artifact WHERE id = ?").bind(id)).await? == 1)
}

/// Artifacts that fit, in the asked order. `limit` and `offset` are checked by the caller.
pub async fn filter(tx: &mut Tx, page: &ArtifactPage, limit: i64, offset: i64) -> Result<Vec<Artifact>> {
    let order = order("artifact", page.sort.unwrap_or_default());
    let query = select().then(matching(tx, page)).text(&order).text(" LIMIT ? OFFSET ?").bind(limit).bind(offset);
    Ok(tx.all::<ArtifactRow>(query).await?.into_iter().map(Artifact::from).collect())
}

/// How many artifacts fit.
pub async fn count(tx: &mut Tx, page: &ArtifactPage) -> Result<i64> {
    let query = sql("SELECT count(*) FROM artifact WHERE ").then(matching(tx, page));
    tx.count(query).await
}

/// The order of rows of `table`.
fn order(table: &str, sort: ArtifactSort) -> String {
    let first = match sort {
        ArtifactSort::CreatedDesc => "created DESC",
        ArtifactSort::UpdatedDesc => "updated DESC",
        ArtifactSort::IdDesc => "id DESC",
        ArtifactSort::KeyDesc => "key DESC",
        ArtifactSort::KeyAsc => "key ASC",
    };
    format!(" ORDER BY {table}.{first}, {table}.id DESC")
}

/// The condition on the row `artifact` of the query around it.
fn matching(tx: &Tx, page: &ArtifactPage) -> Sql {
    let mut all = vec![page.artifacts.as_ref().map_or_else(|| sql("TRUE"), condition)];
    if page.flow_runs.is_some() || page.flows.is_some() || page.deployments.is_some() {
        let mut of_run = vec![sql("flow_run.id = artifact.flow_run_id")];
        of_run.extend(page.flow_runs.as_ref().map(|filter| flow_runs::condition(tx, filter)));
        of_run.extend(
            page.flows
                .as_ref()
                .map(|filter| exists("flow WHERE flow.id = flow_run.flow_id AND ", flows::condition(tx, filter))),
        );
        of_run.extend(page.deployments.as_ref().map(|filter| {
            exists("deployment WHERE deployment.id = flow_run.deployment_id AND ", deployments::condition(tx, filter))
        }));
        all.push(exists("flow_run WHERE ", Sql::join(of_run, " AND ")));
    }
    all.extend(page.task_runs.as_ref().map(|filter| {
        exists("task_run WHERE task_run.id = artifact.task_run_id AND ", task_runs::condition(tx, filter))
    }));
    Sql::join(all, " AND ")
}

fn exists(from: &str, condition: Sql) -> Sql {
    sql("EXISTS (SELECT 1 FROM ").text(from).then(condition).text(")")
}

fn condition(filter: &ArtifactFilter) -> Sql {
    let mut all = Conditions::new(filter.operator);
    if let Some(ids) = filter.id.as_ref().and_then(|ops| ops.any_.as_ref()) {
        all.add(sql("artifact.id IN ").then(Sql::list(ids.iter().copied())));
    }
    if let Some(ops) = &filter.key {
        let any = ops.any_.as_ref().map(|keys| sql("artifact.key IN ").then(Sql::list(keys)));
        let part = ops.like_.as_ref().map(|part| filters::like("artifact.key", part));
        let there =
            ops.exists_.map(|there| sql(if there { "artifact.key IS NOT NULL" } else { "artifact.key IS NULL" }));
        all.all(any.into_iter().chain(part).chain(there).collect());
    }
    if let Some(ids) = filter.flow_run_id.as_ref().and_then(|ops| ops.any_.as_ref()) {
        all.add(sql("artifact.flow_run_id IN ").then(Sql::list(ids.iter().copied())));
    }
    if let Some(ids) = filter.task_run_id.as_ref().and_then(|ops| ops.any_.as_ref()) {
        all.add(sql("artifact.task_run_id IN ").then(Sql::list(ids.iter().copied())));
    }
    if let Some(ops) = &filter.kind {
        all.all(filters::texts("artifact.type", ops));
    }
    all.finish()
}
