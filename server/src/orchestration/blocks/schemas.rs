//! Registering the fields of a kind of block, and of the blocks inside of it.

use domain::blocks::{BlockSchema, BlockSchemaCreate, non_versioned};
use domain::{BlockTypeId, Timestamp};
use serde_json::{Map, Value};
use store::{StoreError, Tx, block_schemas, block_types};

use super::checksum;
use crate::clock::new_id;

/// Why a schema is not registered.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error("Block type {0} not found.")]
    NoType(BlockTypeId),
    /// A block inside of it is of a kind that nobody has registered.
    #[error(
        "Cannot create block schema because block type '{0}' was not found. Did you forget to register the block type?"
    )]
    NoInnerType(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Stores the schema unless there is one with its checksum and version; the stored one, and whether it is
/// new. Blocks inside of it get schemas of their own.
pub async fn register(tx: &mut Tx, new: BlockSchemaCreate, now: Timestamp) -> Result<(BlockSchema, bool), SchemaError> {
    let Some(block_type) = block_types::by_id(tx, new.block_type_id).await? else {
        return Err(SchemaError::NoType(new.block_type_id));
    };
    let checksum = checksum::of(&new.fields);
    if let Some(stored) = block_schemas::by_checksum(tx, &checksum, Some(&new.version)).await? {
        return Ok((stored, false));
    }
    for (slug, definition) in inner_blocks(&new.fields) {
        register_inner(tx, slug, definition, now).await?;
    }
    let schema = BlockSchema {
        id: new_id(),
        created: Some(now),
        updated: Some(now),
        checksum,
        fields: Value::Object(new.fields),
        block_type_id: new.block_type_id,
        block_type: Some(block_type),
        capabilities: new.capabilities,
        version: new.version,
    };
    block_schemas::insert(tx, &schema, now).await?;
    Ok((schema, true))
}

/// Slug and definition of the blocks that the fields refer to. All definitions lie side by side, so the
/// blocks inside of those are among them.
fn inner_blocks(fields: &Map<String, Value>) -> Vec<(&str, &Map<String, Value>)> {
    let definitions = fields.get("definitions").and_then(Value::as_object);
    let blocks = definitions.into_iter().flat_map(Map::values).filter_map(Value::as_object);
    blocks.filter_map(|block| Some((block.get("block_type_slug")?.as_str()?, block))).collect()
}

async fn register_inner(
    tx: &mut Tx,
    slug: &str,
    fields: &Map<String, Value>,
    now: Timestamp,
) -> Result<(), SchemaError> {
    let block_type = block_types::by_slug(tx, slug).await?.ok_or_else(|| SchemaError::NoInnerType(slug.to_owned()))?;
    let checksum = checksum::of(fields);
    if block_schemas::by_checksum(tx, &checksum, None).await?.is_some() {
        return Ok(());
    }
    let schema = BlockSchema {
        id: new_id(),
        created: None,
        updated: None,
        checksum,
        fields: Value::Object(fields.clone()),
        block_type_id: block_type.id,
        block_type: None,
        capabilities: Vec::new(),
        version: non_versioned(),
    };
    block_schemas::insert(tx, &schema, now).await?;
    Ok(())
}
