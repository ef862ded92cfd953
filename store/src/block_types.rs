//! Table `block_type`.

use domain::blocks::{BlockPage, BlockType, BlockTypeFilter};
use domain::{BlockTypeId, Timestamp};

use crate::column::Ts;
use crate::filters;
use crate::sql::{Sql, sql};
use crate::{Result, Tx, block_schemas, row};

row! {
    pub(crate) struct TypeRow {
        type_id: sqlx::types::Uuid,
        type_created: Ts,
        type_updated: Ts,
        type_name: String,
        slug: String,
        logo_url: Option<String>,
        documentation_url: Option<String>,
        description: Option<String>,
        code_example: Option<String>,
        is_protected: bool,
    }
}

/// A type's columns, in this and in other tables' queries.
pub(crate) const COLUMNS: &str = "block_type.id AS type_id, block_type.created AS type_created, block_type.updated AS type_updated, \
     block_type.name AS type_name, block_type.slug, block_type.logo_url, block_type.documentation_url, \
     block_type.description, block_type.code_example, block_type.is_protected";

impl From<TypeRow> for BlockType {
    fn from(row: TypeRow) -> Self {
        BlockType {
            id: BlockTypeId(row.type_id),
            created: Some(row.type_created.into()),
            updated: Some(row.type_updated.into()),
            name: row.type_name,
            slug: row.slug,
            logo_url: row.logo_url,
            documentation_url: row.documentation_url,
            description: row.description,
            code_example: row.code_example,
            is_protected: row.is_protected,
        }
    }
}

fn select() -> Sql {
    sql("SELECT ").text(COLUMNS).text(" FROM block_type WHERE ")
}

/// The type, if it exists.
pub async fn by_id(tx: &mut Tx, id: BlockTypeId) -> Result<Option<BlockType>> {
    Ok(tx.optional::<TypeRow>(select().text("block_type.id = ?").bind(id)).await?.map(BlockType::from))
}

/// The type of that slug, if it exists.
pub async fn by_slug(tx: &mut Tx, slug: &str) -> Result<Option<BlockType>> {
    Ok(tx.optional::<TypeRow>(select().text("block_type.slug = ?").bind(slug)).await?.map(BlockType::from))
}

/// Inserts the type; a taken slug is a conflict.
pub async fn insert(tx: &mut Tx, block_type: &BlockType, now: Timestamp) -> Result<()> {
    let insert =
        sql("INSERT INTO block_type (id, created, updated, name, slug, logo_url, documentation_url, description,
                      code_example, is_protected) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    let insert = insert.bind(block_type.id).bind(now).bind(now).bind(&block_type.name).bind(&block_type.slug);
    let insert = insert.bind(&block_type.logo_url).bind(&block_type.documentation_url).bind(&block_type.description);
    tx.run(insert.bind(&block_type.code_example).bind(block_type.is_protected)).await.map(drop)
}

/// Writes what people read about the type.
pub async fn save(tx: &mut Tx, block_type: &BlockType, now: Timestamp) -> Result<()> {
    let update =
        sql("UPDATE block_type SET updated = ?, logo_url = ?, documentation_url = ?, description = ?, code_example = ?
                      WHERE id = ?");
    let update = update.bind(now).bind(&block_type.logo_url).bind(&block_type.documentation_url);
    tx.run(update.bind(&block_type.description).bind(&block_type.code_example).bind(block_type.id)).await.map(drop)
}

/// Deletes the type with its schemas and documents; whether it existed.
pub async fn delete(tx: &mut Tx, id: BlockTypeId) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM block_type WHERE id = ?").bind(id)).await? == 1)
}

/// Types that fit, by name. `limit` and `offset` are checked by the caller.
pub async fn filter(tx: &mut Tx, page: &BlockPage, limit: i64, offset: i64) -> Result<Vec<BlockType>> {
    let mut fits = vec![page.block_types.as_ref().map_or_else(|| sql("TRUE"), condition)];
    fits.extend(page.block_schemas.as_ref().map(|filter| {
        let of_type = sql("EXISTS (SELECT 1 FROM block_schema WHERE block_schema.block_type_id = block_type.id AND ");
        of_type.then(block_schemas::condition(tx, filter)).text(")")
    }));
    let query =
        select().then(Sql::join(fits, " AND ")).text(" ORDER BY block_type.name, block_type.id LIMIT ? OFFSET ?");
    Ok(tx.all::<TypeRow>(query.bind(limit).bind(offset)).await?.into_iter().map(BlockType::from).collect())
}

/// The condition of a filter on the row `block_type` of the query around it.
pub fn condition(filter: &BlockTypeFilter) -> Sql {
    let part =
        filter.name.as_ref().and_then(|ops| ops.like_.as_ref()).map(|part| filters::like("block_type.name", part));
    let slugs = filter.slug.iter().flat_map(|ops| filters::any_text("block_type.slug", ops));
    Sql::join(part.into_iter().chain(slugs).collect(), " AND ")
}
