//! Variables: named values that flows and templates read.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::filter::{IdOps, NameOps, Operator, TagOps};
use crate::id::VariableId;
use crate::patch::{self, Patch};
use crate::time::Timestamp;

/// The longest name, in characters.
pub const MAX_NAME: usize = 255;

/// The longest value, in characters; in Prefect 3 of its JSON.
pub const MAX_VALUE: usize = 5000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Variable {
    pub id: VariableId,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub name: String,
    /// Any JSON; Prefect 2 has texts only.
    pub value: Value,
    pub tags: Vec<String>,
}

/// Body of `POST /variables/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VariableCreate {
    pub name: String,
    #[serde(deserialize_with = "present")]
    pub value: Value,
    #[serde(default)]
    pub tags: Vec<String>,
}

/// Reads a value that must be sent, be it `null`.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
    Value::deserialize(from)
}

/// Body of `PATCH /variables/{id}` and `…/name/{name}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct VariableUpdate {
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub value: Patch<Value>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub tags: Patch<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct VariableFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<IdOps<VariableId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<NameOps>,
    /// Of text values (Prefect 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<NameOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<TagOps>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VariableSort {
    CreatedDesc,
    UpdatedDesc,
    NameDesc,
    #[default]
    NameAsc,
}

/// Body of `POST /variables/filter` and `…/count`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct VariablePage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<VariableFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<VariableSort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    #[serde(deserialize_with = "crate::bounds::at_least::<0, _>", skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
}

/// True for a name of lower-case letters, digits, underscores and, where `dashes` are fine, dashes.
pub fn is_legal_name(name: &str, dashes: bool) -> bool {
    name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || (dashes && c == '-'))
}
