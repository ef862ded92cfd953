//! Table `variable`.

use domain::filter::NameOps;
use domain::variables::{Variable, VariableFilter, VariablePage, VariableSort};
use domain::{Timestamp, VariableId};
use serde_json::Value;

use crate::column::{Json, Ts};
use crate::filters::{self, Conditions};
use crate::sql::{Sql, json, sql};
use crate::{Result, Tx, row};

row! {
    struct VariableRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        name: String,
        value: Json<Value>,
        tags: Json<Vec<String>>,
    }
}

impl From<VariableRow> for Variable {
    fn from(row: VariableRow) -> Self {
        Variable {
            id: VariableId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            name: row.name,
            value: row.value.0,
            tags: row.tags.0,
        }
    }
}

fn select() -> Sql {
    sql("SELECT id, created, updated, name, value, tags FROM variable WHERE ")
}

/// The variable, if it exists.
pub async fn by_id(tx: &mut Tx, id: VariableId) -> Result<Option<Variable>> {
    Ok(tx.optional::<VariableRow>(select().text("id = ?").bind(id)).await?.map(Variable::from))
}

/// The variable of that name, if it exists.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<Variable>> {
    Ok(tx.optional::<VariableRow>(select().text("name = ?").bind(name)).await?.map(Variable::from))
}

/// Inserts the variable; a taken name is a conflict.
pub async fn insert(tx: &mut Tx, variable: &Variable, now: Timestamp) -> Result<()> {
    let insert = sql("INSERT INTO variable (id, created, updated, name, value, tags) VALUES (?, ?, ?, ?, ?, ?)");
    let insert = insert.bind(variable.id).bind(now).bind(now).bind(&variable.name);
    tx.run(insert.bind(json(&variable.value)).bind(json(&variable.tags))).await.map(drop)
}

/// Writes name, value and tags.
pub async fn save(tx: &mut Tx, variable: &Variable, now: Timestamp) -> Result<()> {
    let update = sql("UPDATE variable SET updated = ?, name = ?, value = ?, tags = ? WHERE id = ?");
    let update = update.bind(now).bind(&variable.name).bind(json(&variable.value)).bind(json(&variable.tags));
    tx.run(update.bind(variable.id)).await.map(drop)
}

/// Deletes the variable; whether it existed.
pub async fn delete(tx: &mut Tx, id: VariableId) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM variable WHERE id = ?").bind(id)).await? == 1)
}

/// Variables that fit, in the asked order. `limit` and `offset` are checked by the caller.
pub async fn filter(tx: &mut Tx, page: &VariablePage, limit: i64, offset: i64) -> Result<Vec<Variable>> {
    let order = match page.sort.unwrap_or_default() {
        VariableSort::CreatedDesc => "created DESC",
        VariableSort::UpdatedDesc => "updated DESC",
        VariableSort::NameDesc => "name DESC",
        VariableSort::NameAsc => "name ASC",
    };
    let query = select().then(condition(tx, page.variables.as_ref()));
    let query = query.text(&format!(" ORDER BY {order}, id LIMIT ? OFFSET ?")).bind(limit).bind(offset);
    Ok(tx.all::<VariableRow>(query).await?.into_iter().map(Variable::from).collect())
}

/// How many variables fit.
pub async fn count(tx: &mut Tx, filter: Option<&VariableFilter>) -> Result<i64> {
    let query = sql("SELECT count(*) FROM variable WHERE ").then(condition(tx, filter));
    tx.count(query).await
}

fn condition(tx: &Tx, filter: Option<&VariableFilter>) -> Sql {
    let Some(filter) = filter else { return sql("TRUE") };
    let mut all = Conditions::new(filter.operator);
    if let Some(ops) = &filter.id {
        all.all(filters::ids("id", ops));
    }
    if let Some(ops) = &filter.name {
        all.all(filters::names("name", ops));
    }
    if let Some(ops) = &filter.value {
        all.all(values(ops));
    }
    if let Some(ops) = &filter.tags {
        all.all(filters::tags(tx, "tags", ops));
    }
    all.finish()
}

/// Text values are stored between quotes.
fn values(ops: &NameOps) -> Vec<Sql> {
    let any = ops.any_.as_ref().map(|values| sql("value IN ").then(Sql::list(values.iter().map(json))));
    let part = ops.like_.as_ref().map(|part| filters::like("value", part));
    any.into_iter().chain(part).collect()
}
