//! Stored blocks: written with their secrets sealed, read whole or with their secrets hidden.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use domain::blocks::{BlockDocument, BlockDocumentCreate, BlockDocumentUpdate, obfuscated, secret_fields, unhidden};
use domain::{BlockDocumentId, Timestamp, Uuid};
use serde_json::{Map, Value, json};
use store::block_documents::{self, Reference, StoredDocument};
use store::{StoreError, Tx, block_schemas, block_types};

use super::seal;
use crate::clock::new_id;

/// Documents may be nested this deep.
const DEEPEST: usize = 50;

/// Why a document is not written.
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    #[error("Block already exists")]
    Taken,
    #[error("Block document not found")]
    NotFound,
    /// What is sent makes no sense; the sentence says what.
    #[error("{0}")]
    Senseless(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Stores a new document; it comes back with its secrets hidden.
pub async fn create(tx: &mut Tx, new: BlockDocumentCreate, now: Timestamp) -> Result<BlockDocument, BlockError> {
    if let Some(name) = &new.name
        && block_documents::by_name(tx, new.block_type_id, name).await?.is_some()
    {
        return Err(BlockError::Taken);
    }
    check_schema(tx, &new).await?;
    let id = new_id();
    let (data, references) = apart(new.data)?;
    let document = StoredDocument {
        id,
        created: now,
        updated: now,
        name: new.name.unwrap_or_else(|| format!("anonymous-{}", new_id::<Uuid>())),
        data: seal::seal(tx, id, &data).await?,
        is_anonymous: new.is_anonymous,
        block_type_id: new.block_type_id,
        block_schema_id: new.block_schema_id,
    };
    block_documents::insert(tx, &document).await?;
    refer(tx, id, references).await?;
    read(tx, id, false).await?.ok_or(BlockError::NotFound)
}

async fn check_schema(tx: &mut Tx, new: &BlockDocumentCreate) -> Result<(), BlockError> {
    let schema = block_schemas::by_id(tx, new.block_schema_id).await?;
    match schema {
        Some(schema) if schema.block_type_id == new.block_type_id => Ok(()),
        Some(_) => Err(BlockError::Senseless("The block schema is one of another block type.".to_owned())),
        None => Err(StoreError::Conflict("block_document.block_schema_id".to_owned()).into()),
    }
}

/// Changes a document's data, and its schema when another one of the same type is sent.
pub async fn update(
    tx: &mut Tx,
    id: BlockDocumentId,
    update: BlockDocumentUpdate,
    now: Timestamp,
) -> Result<(), BlockError> {
    let mut document = block_documents::by_id(tx, id).await?.ok_or(BlockError::NotFound)?;
    let schema = block_schemas::by_id(tx, document.block_schema_id).await?.ok_or(BlockError::NotFound)?;
    let stored = seal::open(tx, id, &document.data).await?;
    let sent = unhidden(&update.data, &stored, &secret_fields(&schema.fields));
    let (sent, mut references) = apart(sent)?;
    let data = if update.merge_existing_data {
        let fields: BTreeSet<&str> = update.data.keys().map(String::as_str).collect();
        let kept = block_documents::references(tx, id).await?;
        references.extend(kept.into_iter().filter(|reference| !fields.contains(reference.name.as_str())));
        let is_reference = |name: &str| references.iter().any(|reference| reference.name == name);
        stored.into_iter().filter(|(name, _)| !is_reference(name)).chain(sent).collect()
    } else {
        sent
    };
    if let Some(other) = update.block_schema_id.filter(|other| *other != document.block_schema_id) {
        let other = block_schemas::by_id(tx, other).await?;
        match other.filter(|other| other.block_type_id == document.block_type_id) {
            Some(other) => document.block_schema_id = other.id,
            None => {
                let text = "Must migrate block document to a block schema of the same block type.";
                return Err(BlockError::Senseless(text.to_owned()));
            }
        }
    }
    document.data = seal::seal(tx, id, &data).await?;
    document.updated = now;
    block_documents::save(tx, &document).await?;
    refer(tx, id, references).await
}

/// The data without references to other documents, and these.
fn apart(data: Map<String, Value>) -> Result<(Map<String, Value>, Vec<Reference>), BlockError> {
    let (mut plain, mut references) = (Map::new(), Vec::new());
    for (name, value) in data {
        let Some(reference) = value.get("$ref") else {
            plain.insert(name, value);
            continue;
        };
        let to = reference.get("block_document_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        let to = to.ok_or_else(|| {
            BlockError::Senseless(format!("Received block reference without a block_document_id in key {name}"))
        })?;
        references.push(Reference { name, to });
    }
    Ok((plain, references))
}

/// Writes the references of a document, unless it would become part of itself.
async fn refer(tx: &mut Tx, id: BlockDocumentId, references: Vec<Reference>) -> Result<(), BlockError> {
    let mut seen = BTreeSet::new();
    let mut ahead: Vec<BlockDocumentId> = references.iter().map(|reference| reference.to).collect();
    while let Some(next) = ahead.pop() {
        if next == id {
            return Err(BlockError::Senseless(
                "Cannot create block document reference: the document would be part of itself.".to_owned(),
            ));
        }
        if seen.insert(next) {
            ahead.extend(block_documents::references(tx, next).await?.into_iter().map(|reference| reference.to));
        }
    }
    Ok(block_documents::set_references(tx, id, &references).await?)
}

/// The document, if it exists; without `secrets`, with what is secret hidden.
pub async fn read(tx: &mut Tx, id: BlockDocumentId, secrets: bool) -> Result<Option<BlockDocument>, BlockError> {
    match block_documents::by_id(tx, id).await? {
        Some(stored) => Ok(Some(whole(tx, stored, secrets).await?)),
        None => Ok(None),
    }
}

/// The stored document with its schema and type, and with the documents that are part of it.
pub async fn whole(tx: &mut Tx, stored: StoredDocument, secrets: bool) -> Result<BlockDocument, BlockError> {
    nested(tx, stored, secrets, 0).await
}

fn nested<'a>(
    tx: &'a mut Tx,
    stored: StoredDocument,
    secrets: bool,
    depth: usize,
) -> Pin<Box<dyn Future<Output = Result<BlockDocument, BlockError>> + Send + 'a>> {
    Box::pin(async move {
        if depth > DEEPEST {
            return Err(BlockError::Senseless(format!("Block documents are nested more than {DEEPEST} deep.")));
        }
        let block_type = block_types::by_id(tx, stored.block_type_id).await?;
        let block_schema = block_schemas::by_id(tx, stored.block_schema_id).await?;
        let mut data = seal::open(tx, stored.id, &stored.data).await?;
        if !secrets {
            let hidden = block_schema.as_ref().map(|schema| secret_fields(&schema.fields)).unwrap_or_default();
            data = obfuscated(&data, &hidden);
        }
        let mut references = Map::new();
        for reference in block_documents::references(tx, stored.id).await? {
            let Some(part) = block_documents::by_id(tx, reference.to).await? else { continue };
            let part = nested(tx, part, secrets, depth + 1).await?;
            let about = json!({
                "id": part.id, "name": part.name, "block_type": part.block_type, "is_anonymous": part.is_anonymous,
                "block_document_references": part.block_document_references,
            });
            references.insert(reference.name.clone(), json!({ "block_document": about }));
            data.insert(reference.name, Value::Object(part.data));
        }
        Ok(BlockDocument {
            id: stored.id,
            created: Some(stored.created),
            updated: Some(stored.updated),
            name: Some(stored.name),
            data,
            block_schema_id: stored.block_schema_id,
            block_schema,
            block_type_id: stored.block_type_id,
            block_type_name: block_type.as_ref().map(|block_type| block_type.name.clone()),
            block_type,
            block_document_references: references,
            is_anonymous: stored.is_anonymous,
        })
    })
}
