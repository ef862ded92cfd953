//! Tables `block_document` and `block_document_reference`. The data of a document is an opaque text here.

use domain::blocks::{BlockDocumentFilter, BlockDocumentSort, BlockPage};
use domain::{BlockDocumentId, BlockSchemaId, BlockTypeId, Patch, Timestamp};

use crate::column::{Json, Ts};
use crate::filters::{self, Conditions};
use crate::sql::{Sql, sql};
use crate::{Result, Tx, block_schemas, block_types, row};

/// A document as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDocument {
    pub id: BlockDocumentId,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub name: String,
    /// Encrypted.
    pub data: String,
    pub is_anonymous: bool,
    pub block_type_id: BlockTypeId,
    pub block_schema_id: BlockSchemaId,
}

/// A field of a document that is another document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub name: String,
    pub to: BlockDocumentId,
}

row! {
    struct DocumentRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        name: String,
        data: String,
        is_anonymous: bool,
        block_type_id: sqlx::types::Uuid,
        block_schema_id: sqlx::types::Uuid,
    }
}

const COLUMNS: &str = "block_document.id, block_document.created, block_document.updated, block_document.name, block_document.data, \
                       block_document.is_anonymous, block_document.block_type_id, block_document.block_schema_id";

impl From<DocumentRow> for StoredDocument {
    fn from(row: DocumentRow) -> Self {
        StoredDocument {
            id: BlockDocumentId(row.id),
            created: row.created.into(),
            updated: row.updated.into(),
            name: row.name,
            data: row.data,
            is_anonymous: row.is_anonymous,
            block_type_id: BlockTypeId(row.block_type_id),
            block_schema_id: BlockSchemaId(row.block_schema_id),
        }
    }
}

fn select() -> Sql {
    sql("SELECT ").text(COLUMNS).text(" FROM block_document WHERE ")
}

/// The document, if it exists.
pub async fn by_id(tx: &mut Tx, id: BlockDocumentId) -> Result<Option<StoredDocument>> {
    Ok(tx.optional::<DocumentRow>(select().text("block_document.id = ?").bind(id)).await?.map(StoredDocument::from))
}

/// The document of that name and type, if it exists.
pub async fn by_name(tx: &mut Tx, block_type: BlockTypeId, name: &str) -> Result<Option<StoredDocument>> {
    let query =
        select().text("block_document.block_type_id = ? AND block_document.name = ?").bind(block_type).bind(name);
    Ok(tx.optional::<DocumentRow>(query).await?.map(StoredDocument::from))
}

/// Inserts the document; a taken name is a conflict.
pub async fn insert(tx: &mut Tx, document: &StoredDocument) -> Result<()> {
    let insert = sql(
        "INSERT INTO block_document (id, created, updated, name, data, is_anonymous, block_type_id, block_schema_id)
                      VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.bind(document.id).bind(document.created).bind(document.updated).bind(&document.name);
    let insert = insert.bind(&document.data).bind(document.is_anonymous).bind(document.block_type_id);
    tx.run(insert.bind(document.block_schema_id)).await.map(drop)
}

/// Writes data and schema.
pub async fn save(tx: &mut Tx, document: &StoredDocument) -> Result<()> {
    let update = sql("UPDATE block_document SET updated = ?, data = ?, block_schema_id = ? WHERE id = ?");
    let update = update.bind(document.updated).bind(&document.data).bind(document.block_schema_id);
    tx.run(update.bind(document.id)).await.map(drop)
}

/// Deletes the document; whether it existed.
pub async fn delete(tx: &mut Tx, id: BlockDocumentId) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM block_document WHERE id = ?").bind(id)).await? == 1)
}

/// The documents that are part of this one, by field.
pub async fn references(tx: &mut Tx, id: BlockDocumentId) -> Result<Vec<Reference>> {
    let query =
        sql("SELECT name, reference_id FROM block_document_reference WHERE parent_id = ? ORDER BY name").bind(id);
    let rows = tx.all::<(String, sqlx::types::Uuid)>(query).await?;
    Ok(rows.into_iter().map(|(name, to)| Reference { name, to: BlockDocumentId(to) }).collect())
}

/// Replaces the references of a document.
pub async fn set_references(tx: &mut Tx, id: BlockDocumentId, references: &[Reference]) -> Result<()> {
    tx.run(sql("DELETE FROM block_document_reference WHERE parent_id = ?").bind(id)).await?;
    for reference in references {
        let insert = sql("INSERT INTO block_document_reference (parent_id, name, reference_id) VALUES (?, ?, ?)");
        tx.run(insert.bind(id).bind(&reference.name).bind(reference.to)).await?;
    }
    Ok(())
}

/// Documents that fit, in the asked order. `limit` and `offset` are checked by the caller.
pub async fn filter(tx: &mut Tx, page: &BlockPage, limit: i64, offset: i64) -> Result<Vec<StoredDocument>> {
    let order = match page.sort.unwrap_or_default() {
        BlockDocumentSort::NameDesc => "block_document.name DESC",
        BlockDocumentSort::NameAsc => "block_document.name ASC",
        BlockDocumentSort::BlockTypeAndNameAsc => {
            "(SELECT block_type.name FROM block_type WHERE block_type.id = block_document.block_type_id), block_document.name"
        }
    };
    let query =
        select().then(matching(tx, page)).text(&format!(" ORDER BY {order}, block_document.id LIMIT ? OFFSET ?"));
    Ok(tx.all::<DocumentRow>(query.bind(limit).bind(offset)).await?.into_iter().map(StoredDocument::from).collect())
}

/// How many documents fit.
pub async fn count(tx: &mut Tx, page: &BlockPage) -> Result<i64> {
    let query = sql("SELECT count(*) FROM block_document WHERE ").then(matching(tx, page));
    tx.count(query).await
}

/// What the document's schema can do; nothing for a document that does not exist.
pub async fn capabilities(tx: &mut Tx, id: BlockDocumentId) -> Result<Option<Vec<String>>> {
    let query = sql(
        "SELECT block_schema.capabilities FROM block_document
                     JOIN block_schema ON block_schema.id = block_document.block_schema_id WHERE block_document.id = ?",
    );
    Ok(tx.optional::<(Json<Vec<String>>,)>(query.bind(id)).await?.map(|(list,)| list.0))
}

fn matching(tx: &Tx, page: &BlockPage) -> Sql {
    let of_document =
        page.block_documents.as_ref().map_or_else(|| condition(&BlockDocumentFilter::default()), condition);
    let of_type = page.block_types.as_ref().map(|filter| {
        let from = sql("EXISTS (SELECT 1 FROM block_type WHERE block_type.id = block_document.block_type_id AND ");
        from.then(block_types::condition(filter)).text(")")
    });
    let of_schema = page.block_schemas.as_ref().map(|filter| {
        let from =
            sql("EXISTS (SELECT 1 FROM block_schema WHERE block_schema.id = block_document.block_schema_id AND ");
        from.then(block_schemas::condition(tx, filter)).text(")")
    });
    Sql::join([Some(of_document), of_type, of_schema].into_iter().flatten().collect(), " AND ")
}

fn condition(filter: &BlockDocumentFilter) -> Sql {
    let mut all = Conditions::new(filter.operator);
    if let Some(ids) = filter.id.as_ref().and_then(|ops| ops.any_.as_ref()) {
        all.add(sql("block_document.id IN ").then(Sql::list(ids.iter().copied())));
    }
    match &filter.is_anonymous {
        Patch::Absent => {
            all.add(sql("block_document.is_anonymous = ?").bind(false));
        }
        Patch::Null => {}
        Patch::Value(ops) => {
            all.all(filters::bools("block_document.is_anonymous", ops));
        }
    }
    if let Some(ids) = filter.block_type_id.as_ref().and_then(|ops| ops.any_.as_ref()) {
        all.add(sql("block_document.block_type_id IN ").then(Sql::list(ids.iter().copied())));
    }
    if let Some(ops) = &filter.name {
        all.all(filters::names("block_document.name", ops));
    }
    all.finish()
}
