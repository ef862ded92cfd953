//! Values of variables by name, for parameters that refer to them.

use std::collections::HashMap;

use serde_json::Value;

use crate::column::Json;
use crate::sql::sql;
use crate::{Result, Tx};

/// All variables.
pub async fn all(tx: &mut Tx) -> Result<HashMap<String, Value>> {
    let rows = tx.all::<(String, Json<Value>)>(sql("SELECT name, value FROM variable")).await?;
    Ok(rows.into_iter().map(|(name, value)| (name, value.0)).collect())
}
