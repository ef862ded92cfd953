//! Table `work_pool_template`: the templates that a pool has had.

use domain::{Timestamp, WorkPoolId};
use serde_json::{Map, Value};

use crate::column::{Json, Ts};
use crate::sql::{json, sql};
use crate::{Result, Tx, row};

/// So many are kept of a pool.
const KEPT: i64 = 200;

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// From 1.
    pub version: i64,
    pub created: Timestamp,
    /// Who saved it, as far as that is known.
    pub author: String,
    pub note: String,
    pub template: Map<String, Value>,
    /// As it was written in YAML, with its comments; empty when it was written as JSON, none where that is not known.
    pub source: Option<String>,
}

row! {
    struct VersionRow {
        version: i64,
        created: Ts,
        author: String,
        note: String,
        template: Json<Map<String, Value>>,
        source: Option<String>,
    }
}

impl From<VersionRow> for Version {
    fn from(row: VersionRow) -> Self {
        Version {
            version: row.version,
            created: row.created.into(),
            author: row.author,
            note: row.note,
            template: row.template.0,
            source: row.source,
        }
    }
}

const SELECT: &str =
    "SELECT version, created, author, note, template, source FROM work_pool_template WHERE work_pool_id = ";

/// Those of a pool, the newest first.
pub async fn of_pool(tx: &mut Tx, pool: WorkPoolId, limit: i64) -> Result<Vec<Version>> {
    let query = sql(SELECT).text("? ORDER BY version DESC LIMIT ?").bind(pool).bind(limit);
    Ok(tx.all::<VersionRow>(query).await?.into_iter().map(Version::from).collect())
}

/// One of a pool, if it is kept.
pub async fn by_version(tx: &mut Tx, pool: WorkPoolId, version: i64) -> Result<Option<Version>> {
    let query = sql(SELECT).text("? AND version = ?").bind(pool).bind(version);
    Ok(tx.optional::<VersionRow>(query).await?.map(Version::from))
}

/// How the pool's template was written when that was last known: YAML, or nothing where it was JSON.
pub async fn source(tx: &mut Tx, pool: WorkPoolId) -> Result<Option<String>> {
    let query = sql(SELECT).text("? AND source IS NOT NULL ORDER BY version DESC LIMIT 1").bind(pool);
    let newest = tx.optional::<VersionRow>(query).await?;
    Ok(newest.and_then(|row| row.source).filter(|source| !source.is_empty()))
}

/// Adds the next one; of too many the oldest go. The caller holds the pool's lock.
pub async fn add(tx: &mut Tx, pool: WorkPoolId, version: &Version) -> Result<()> {
    let insert = sql("INSERT INTO work_pool_template (work_pool_id, version, created, author, note, template, source)
                      VALUES (?, ?, ?, ?, ?, ?, ?)");
    let insert = insert.bind(pool).bind(version.version).bind(version.created).bind(&version.author);
    tx.run(insert.bind(&version.note).bind(json(&version.template)).bind(&version.source)).await?;
    let old = sql("DELETE FROM work_pool_template WHERE work_pool_id = ? AND version <= ?");
    tx.run(old.bind(pool).bind(version.version - KEPT)).await.map(drop)
}
