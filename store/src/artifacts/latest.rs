//! The newest artifacts of their keys.

use std::collections::BTreeMap;

use domain::artifacts::{ArtifactCollection, ArtifactPage};
use domain::{ArtifactId, FlowRunId, TaskRunId};
use serde_json::Value;

use super::{FACTS, matching, order};
use crate::column::{Json, Ts};
use crate::sql::{Sql, sql};
use crate::{Result, Tx, row};

row! {
    struct CollectionRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        key: String,
        latest_id: sqlx::types::Uuid,
        kind: Option<String>,
        description: Option<String>,
        data: Option<Json<Value>>,
        metadata_: Option<Json<BTreeMap<String, String>>>,
        flow_run_id: Option<sqlx::types::Uuid>,
        task_run_id: Option<sqlx::types::Uuid>,
    }
}

impl From<CollectionRow> for ArtifactCollection {
    fn from(row: CollectionRow) -> Self {
        ArtifactCollection {
            id: ArtifactId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            key: row.key,
            latest_id: ArtifactId(row.latest_id),
            kind: row.kind,
            description: row.description,
            data: row.data.map(|data| data.0),
            metadata_: row.metadata_.map(|metadata| metadata.0),
            flow_run_id: row.flow_run_id.map(FlowRunId),
            task_run_id: row.task_run_id.map(TaskRunId),
        }
    }
}

const FROM: &str = " FROM artifact_collection JOIN artifact ON artifact.id = artifact_collection.latest_id WHERE ";

fn select() -> Sql {
    sql("SELECT artifact_collection.id, artifact_collection.created, artifact_collection.updated, latest_id, ")
        .text(FACTS)
        .text(FROM)
}

/// The newest artifact of the key, if there is one.
pub async fn by_key(tx: &mut Tx, key: &str) -> Result<Option<ArtifactCollection>> {
    let query = select().text("artifact_collection.key = ?").bind(key);
    Ok(tx.optional::<CollectionRow>(query).await?.map(ArtifactCollection::from))
}

/// The newest ones that fit, in the asked order. `limit` and `offset` are checked by the caller.
pub async fn filter(tx: &mut Tx, page: &ArtifactPage, limit: i64, offset: i64) -> Result<Vec<ArtifactCollection>> {
    let order = order("artifact_collection", page.sort.unwrap_or_default());
    let query = select().then(matching(tx, page)).text(&order).text(" LIMIT ? OFFSET ?").bind(limit).bind(offset);
    Ok(tx.all::<CollectionRow>(query).await?.into_iter().map(ArtifactCollection::from).collect())
}

/// How many of the newest ones fit.
pub async fn count(tx: &mut Tx, page: &ArtifactPage) -> Result<i64> {
    let query = sql("SELECT count(*)").text(FROM).then(matching(tx, page));
    tx.count(query).await
}
