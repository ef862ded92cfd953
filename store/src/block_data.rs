//! What block documents hold, for templates and deployments that refer to them by id.

use domain::Uuid;
use serde_json::Value;

use crate::column::Json;
use crate::sql::sql;
use crate::{Result, Tx};

/// The data of the document, if it exists.
pub async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Option<Value>> {
    let query = sql("SELECT data FROM block_document WHERE id = ?").bind(id);
    Ok(tx.optional::<(Json<Value>,)>(query).await?.map(|(data,)| data.0))
}
