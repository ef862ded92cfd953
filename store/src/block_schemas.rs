//! Table `block_schema`.

use domain::blocks::{BlockSchema, BlockSchemaFilter};
use domain::{BlockSchemaId, BlockTypeId, Timestamp};
use serde_json::Value;

use crate::block_types::{self, TypeRow};
use crate::column::{Json, Ts};
use crate::filters::Conditions;
use crate::sql::{Sql, json, sql};
use crate::{Result, Tx, row};

row! {
    struct SchemaRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        checksum: String,
        fields: Json<Value>,
        capabilities: Json<Vec<String>>,
        version: String,
        block_type_id: sqlx::types::Uuid,
    }
}

const COLUMNS: &str = "block_schema.id, block_schema.created, block_schema.updated, block_schema.checksum, block_schema.fields, \
                       block_schema.capabilities, block_schema.version, block_schema.block_type_id";

/// The schemas that `condition` holds for, each with its type.
async fn all(tx: &mut Tx, condition: Sql, rest: Sql) -> Result<Vec<BlockSchema>> {
    let from = " FROM block_schema JOIN block_type ON block_type.id = block_schema.block_type_id WHERE ";
    let query = |columns: &str| sql("SELECT ").text(columns).text(from).then(condition.clone()).then(rest.clone());
    let schemas = tx.all::<SchemaRow>(query(COLUMNS)).await?;
    let types: Vec<_> = tx
        .all::<TypeRow>(query(block_types::COLUMNS))
        .await?
        .into_iter()
        .map(domain::blocks::BlockType::from)
        .collect();
    let with_type = |row: SchemaRow| {
        let block_type_id = BlockTypeId(row.block_type_id);
        BlockSchema {
            id: BlockSchemaId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            checksum: row.checksum,
            fields: row.fields.0,
            block_type_id,
            block_type: types.iter().find(|one| one.id == block_type_id).cloned(),
            capabilities: row.capabilities.0,
            version: row.version,
        }
    };
    Ok(schemas.into_iter().map(with_type).collect())
}

/// The schema, if it exists.
pub async fn by_id(tx: &mut Tx, id: BlockSchemaId) -> Result<Option<BlockSchema>> {
    Ok(all(tx, sql("block_schema.id = ?").bind(id), Sql::default()).await?.pop())
}

/// Those of the schemas that exist.
pub async fn by_ids(tx: &mut Tx, ids: &[BlockSchemaId]) -> Result<Vec<BlockSchema>> {
    all(tx, sql("block_schema.id IN ").then(Sql::list(ids.iter().copied())), Sql::default()).await
}

/// The newest schema with that checksum; of one version, or of any.
pub async fn by_checksum(tx: &mut Tx, checksum: &str, version: Option<&str>) -> Result<Option<BlockSchema>> {
    let mut condition = sql("block_schema.checksum = ?").bind(checksum);
    if let Some(version) = version {
        condition = condition.text(" AND block_schema.version = ?").bind(version);
    }
    Ok(all(tx, condition, sql(" ORDER BY block_schema.created DESC, block_schema.id DESC LIMIT 1")).await?.pop())
}

/// Inserts the schema; a second one of the same checksum and version is a conflict.
pub async fn insert(tx: &mut Tx, schema: &BlockSchema, now: Timestamp) -> Result<()> {
    let insert =
        sql("INSERT INTO block_schema (id, created, updated, checksum, fields, capabilities, version, block_type_id)
                      VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    let insert = insert.bind(schema.id).bind(now).bind(now).bind(&schema.checksum).bind(json(&schema.fields));
    tx.run(insert.bind(json(&schema.capabilities)).bind(&schema.version).bind(schema.block_type_id)).await.map(drop)
}

/// Deletes the schema with its documents; whether it existed.
pub async fn delete(tx: &mut Tx, id: BlockSchemaId) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM block_schema WHERE id = ?").bind(id)).await? == 1)
}

/// Schemas that fit, the newest first. `limit` and `offset` are checked by the caller.
pub async fn filter(
    tx: &mut Tx,
    filter: Option<&BlockSchemaFilter>,
    limit: i64,
    offset: i64,
) -> Result<Vec<BlockSchema>> {
    let fits = filter.map_or_else(|| sql("TRUE"), |filter| condition(tx, filter));
    let page =
        sql(" ORDER BY block_schema.created DESC, block_schema.id DESC LIMIT ? OFFSET ?").bind(limit).bind(offset);
    all(tx, fits, page).await
}

/// All capabilities that some schema has, each once.
pub async fn capabilities(tx: &mut Tx) -> Result<Vec<String>> {
    let rows = tx.all::<(Json<Vec<String>>,)>(sql("SELECT DISTINCT capabilities FROM block_schema")).await?;
    let mut all: Vec<String> = rows.into_iter().flat_map(|(list,)| list.0).collect();
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// The condition of a filter on the row `block_schema` of the query around it.
pub fn condition(tx: &Tx, filter: &BlockSchemaFilter) -> Sql {
    let mut all = Conditions::new(filter.operator);
    if let Some(ids) = filter.block_type_id.as_ref().and_then(|ops| ops.any_.as_ref()) {
        all.add(sql("block_schema.block_type_id IN ").then(Sql::list(ids.iter().copied())));
    }
    if let Some(names) = filter.block_capabilities.as_ref().and_then(|ops| ops.all_.as_ref()) {
        let holds = |name: &String| Sql::default().text(&tx.list_holds("block_schema.capabilities")).bind(name);
        all.add(Sql::join(names.iter().map(holds).collect(), " AND "));
    }
    if let Some(ids) = filter.id.as_ref().and_then(|ops| ops.any_.as_ref()) {
        all.add(sql("block_schema.id IN ").then(Sql::list(ids.iter().copied())));
    }
    if let Some(versions) = filter.version.as_ref().and_then(|ops| ops.any_.as_ref()) {
        all.add(sql("block_schema.version IN ").then(Sql::list(versions)));
    }
    all.finish()
}
