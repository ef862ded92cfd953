//! Table `flow_run_input`.

use domain::flow_run_inputs::{FlowRunInput, FlowRunInputPage};
use domain::{FlowRunId, Timestamp};

use crate::column::Ts;
use crate::sql::{Sql, sql};
use crate::{Result, Tx, row};

row! {
    struct InputRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        flow_run_id: sqlx::types::Uuid,
        key: String,
        value: String,
        sender: Option<String>,
    }
}

impl From<InputRow> for FlowRunInput {
    fn from(row: InputRow) -> Self {
        FlowRunInput {
            id: row.id,
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            flow_run_id: FlowRunId(row.flow_run_id),
            key: row.key,
            value: row.value,
            sender: row.sender,
        }
    }
}

/// Inserts the input unless the run has one with the same key; whether it is new.
pub async fn insert(tx: &mut Tx, input: &FlowRunInput, now: Timestamp) -> Result<bool> {
    let insert = sql("INSERT INTO flow_run_input (id, created, updated, flow_run_id, key, value, sender)
                      VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (flow_run_id, key) DO NOTHING")
    .bind(input.id)
    .bind(now)
    .bind(now)
    .bind(input.flow_run_id)
    .bind(&input.key)
    .bind(&input.value)
    .bind(&input.sender);
    Ok(tx.run(insert).await? == 1)
}

/// The value under a key, if there is one.
pub async fn value(tx: &mut Tx, run: FlowRunId, key: &str) -> Result<Option<String>> {
    let query = sql("SELECT * FROM flow_run_input WHERE flow_run_id = ? AND key = ?").bind(run).bind(key);
    Ok(tx.optional::<InputRow>(query).await?.map(|row| row.value))
}

/// Inputs whose keys begin with the prefix and are not excluded, oldest first.
pub async fn filter(tx: &mut Tx, run: FlowRunId, page: &FlowRunInputPage) -> Result<Vec<FlowRunInput>> {
    let mut query =
        sql("SELECT * FROM flow_run_input WHERE flow_run_id = ? AND substr(key, 1, CAST(? AS integer)) = ?")
            .bind(run)
            .bind(page.prefix.chars().count() as i64)
            .bind(&page.prefix);
    if !page.exclude_keys.is_empty() {
        query = query.text(" AND key NOT IN ").then(Sql::list(&page.exclude_keys));
    }
    let query = query.text(" ORDER BY created, id LIMIT ?").bind(page.limit);
    Ok(tx.all::<InputRow>(query).await?.into_iter().map(FlowRunInput::from).collect())
}

/// Deletes the input under a key; whether there was one.
pub async fn delete(tx: &mut Tx, run: FlowRunId, key: &str) -> Result<bool> {
    let delete = sql("DELETE FROM flow_run_input WHERE flow_run_id = ? AND key = ?").bind(run).bind(key);
    Ok(tx.run(delete).await? == 1)
}
