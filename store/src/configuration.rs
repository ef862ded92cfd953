//! Table `configuration`: what the server remembers about itself.

use serde_json::Value;

use crate::column::Json;
use crate::sql::{json, sql};
use crate::{Result, Tx};

/// The value under `key`, if there is one.
pub async fn get(tx: &mut Tx, key: &str) -> Result<Option<Value>> {
    let row = tx.optional::<(Json<Value>,)>(sql("SELECT value FROM configuration WHERE key = ?").bind(key)).await?;
    Ok(row.map(|(value,)| value.0))
}

/// Puts a value under `key`, whatever was there.
pub async fn set(tx: &mut Tx, key: &str, value: &Value) -> Result<()> {
    let upsert = sql("INSERT INTO configuration (key, value) VALUES (?, ?)
                      ON CONFLICT (key) DO UPDATE SET value = excluded.value");
    tx.run(upsert.bind(key).bind(json(value))).await.map(drop)
}

/// Puts a value under `key` unless there is one; the one that is there now.
pub async fn get_or_set(tx: &mut Tx, key: &str, value: &Value) -> Result<Value> {
    let insert = sql("INSERT INTO configuration (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING");
    tx.run(insert.bind(key).bind(json(value))).await?;
    Ok(get(tx, key).await?.unwrap_or_else(|| value.clone()))
}

/// Forgets what is under `key`.
pub async fn remove(tx: &mut Tx, key: &str) -> Result<()> {
    tx.run(sql("DELETE FROM configuration WHERE key = ?").bind(key)).await.map(drop)
}
