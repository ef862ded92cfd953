//! Blocks: kinds, fields and stored values, with their secrets kept from those who may not see them.

pub mod catalogue;
pub mod checksum;
pub mod documents;
pub mod schemas;
mod seal;

use domain::{BlockDocumentId, Uuid};
use serde_json::Value;
use store::Tx;

pub use documents::BlockError;

/// What a document holds, secrets included, for templates that refer to it; if it exists.
pub async fn data(tx: &mut Tx, id: Uuid) -> Result<Option<Value>, BlockError> {
    let document = documents::read(tx, BlockDocumentId(id), true).await?;
    Ok(document.map(|document| Value::Object(document.data)))
}
