//! Table `origin`: where things were brought up from, and what was said of them then.

use domain::deploy::{Difference, Origin, OriginSource};
use domain::{Timestamp, Uuid};
use serde_json::Value;

use crate::column::{Json, Ts};
use crate::sql::{Sql, json, sql};
use crate::{Result, Tx, row};

row! {
    struct OriginRow {
        object_id: sqlx::types::Uuid,
        updated: Ts,
        source: String,
        name: String,
        said: Json<Value>,
        accepted: Option<Json<Vec<Difference>>>,
    }
}

impl From<OriginRow> for Origin {
    fn from(row: OriginRow) -> Self {
        Origin {
            object_id: row.object_id,
            updated: row.updated.into(),
            source: if row.source == "file" { OriginSource::File } else { OriginSource::Cli },
            name: row.name,
            said: row.said.0,
            accepted: row.accepted.map(|accepted| accepted.0),
        }
    }
}

fn select() -> Sql {
    sql("SELECT object_id, updated, source, name, said, accepted FROM origin WHERE kind = ")
}

/// The origin of a thing of that kind, if it was brought up from somewhere.
pub async fn of(tx: &mut Tx, kind: &str, id: Uuid) -> Result<Option<Origin>> {
    let query = select().text("?").bind(kind).text(" AND object_id = ?").bind(id);
    Ok(tx.optional::<OriginRow>(query).await?.map(Origin::from))
}

/// Everything of that kind that came from the source of that name; with no name, from anywhere.
pub async fn named(tx: &mut Tx, kind: &str, name: Option<&str>) -> Result<Vec<Origin>> {
    let query = select().text("?").bind(kind);
    let query = match name {
        Some(name) => query.text(" AND name = ?").bind(name),
        None => query,
    };
    Ok(tx.all::<OriginRow>(query.text(" ORDER BY object_id")).await?.into_iter().map(Origin::from).collect())
}

/// Remembers that a thing may differ so from what is said of it.
pub async fn accept(tx: &mut Tx, kind: &str, id: Uuid, differs: &[Difference]) -> Result<()> {
    let update = sql("UPDATE origin SET accepted = ?").bind(json(differs)).text(" WHERE kind = ?").bind(kind);
    tx.run(update.text(" AND object_id = ?").bind(id)).await.map(drop)
}

/// Remembers where a thing comes from and what is said of it; what was accepted stays so.
pub async fn put(tx: &mut Tx, kind: &str, origin: &Origin, now: Timestamp) -> Result<()> {
    let upsert = sql("INSERT INTO origin (kind, object_id, updated, source, name, said) VALUES (?, ?, ?, ?, ?, ?)
                      ON CONFLICT (kind, object_id) DO UPDATE SET updated = excluded.updated, source = excluded.source,
                      name = excluded.name, said = excluded.said")
    .bind(kind)
    .bind(origin.object_id)
    .bind(now)
    .bind(match origin.source {
        OriginSource::Cli => "cli",
        OriginSource::File => "file",
    })
    .bind(&origin.name)
    .bind(json(&origin.said));
    tx.run(upsert).await.map(drop)
}

/// Forgets it, because the thing is gone or is nobody's file's any more.
pub async fn forget(tx: &mut Tx, kind: &str, id: Uuid) -> Result<()> {
    tx.run(sql("DELETE FROM origin WHERE kind = ? AND object_id = ?").bind(kind).bind(id)).await.map(drop)
}
