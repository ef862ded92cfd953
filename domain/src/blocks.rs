//! Blocks: typed values that people store once and flows load by name.
//!
//! A block type is a kind (`secret`), a schema its fields in one version, a document one stored block. What
//! is secret in a document is told by the schema's `secret_fields`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::filter::{AnyOps, BoolOps, LikeOps, NameOps, Operator};
use crate::id::{BlockDocumentId, BlockSchemaId, BlockTypeId};
use crate::patch::Patch;
use crate::time::Timestamp;

/// What is shown instead of a secret.
pub const HIDDEN: &str = "********";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct BlockType {
    pub id: BlockTypeId,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub name: String,
    pub slug: String,
    pub logo_url: Option<String>,
    pub documentation_url: Option<String>,
    pub description: Option<String>,
    pub code_example: Option<String>,
    /// Part of Prefect itself: may not be deleted.
    pub is_protected: bool,
}

/// Body of `POST /block_types/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BlockTypeCreate {
    pub name: String,
    pub slug: String,
    #[serde(default)]
    pub logo_url: Option<String>,
    #[serde(default)]
    pub documentation_url: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub code_example: Option<String>,
}

/// Body of `PATCH /block_types/{id}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct BlockTypeUpdate {
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub logo_url: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub documentation_url: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub code_example: Patch<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct BlockSchema {
    pub id: BlockSchemaId,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    /// `sha256:…` of the fields; clients look schemas up by it.
    pub checksum: String,
    /// A JSON schema with `block_type_slug`, `secret_fields` and `block_schema_references`.
    pub fields: Value,
    pub block_type_id: BlockTypeId,
    pub block_type: Option<BlockType>,
    /// E.g. `write-path` for what can hold results.
    pub capabilities: Vec<String>,
    /// The version of the client, or `non-versioned`.
    pub version: String,
}

/// Body of `POST /block_schemas/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BlockSchemaCreate {
    #[serde(default)]
    pub fields: Map<String, Value>,
    pub block_type_id: BlockTypeId,
    #[serde(default)]
    pub capabilities: Vec<String>,
    #[serde(default = "non_versioned")]
    pub version: String,
}

/// The version of schemas that say none.
pub fn non_versioned() -> String {
    "non-versioned".to_owned()
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct BlockDocument {
    pub id: BlockDocumentId,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub name: Option<String>,
    pub data: Map<String, Value>,
    pub block_schema_id: BlockSchemaId,
    pub block_schema: Option<BlockSchema>,
    pub block_type_id: BlockTypeId,
    pub block_type_name: Option<String>,
    pub block_type: Option<BlockType>,
    /// By field: the other documents that are part of this one.
    pub block_document_references: Map<String, Value>,
    pub is_anonymous: bool,
}

/// Body of `POST /block_documents/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BlockDocumentCreate {
    /// Anonymous ones may do without.
    #[serde(default)]
    pub name: Option<String>,
    /// Another document is put into a field as `{"$ref": {"block_document_id": …}}`.
    #[serde(default)]
    pub data: Map<String, Value>,
    pub block_schema_id: BlockSchemaId,
    pub block_type_id: BlockTypeId,
    #[serde(default)]
    pub is_anonymous: bool,
}

/// Body of `PATCH /block_documents/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BlockDocumentUpdate {
    #[serde(default)]
    pub block_schema_id: Option<BlockSchemaId>,
    #[serde(default)]
    pub data: Map<String, Value>,
    /// Whether fields that are not sent stay.
    #[serde(default = "yes")]
    pub merge_existing_data: bool,
}

fn yes() -> bool {
    true
}

/// Ids, versions or slugs to take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Any<T> {
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(!default))]
    pub any_: Option<Vec<T>>,
}

fn none<T>() -> Option<T> {
    None
}

/// Capabilities that must all be there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct AllOps {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all_: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct BlockTypeFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<LikeOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<AnyOps>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct BlockSchemaFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_type_id: Option<Any<BlockTypeId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_capabilities: Option<AllOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Any<BlockSchemaId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Any<String>>,
}

/// Anonymous documents are left out unless `is_anonymous` is sent, be it as `null`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct BlockDocumentFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Any<BlockDocumentId>>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub is_anonymous: Patch<BoolOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_type_id: Option<Any<BlockTypeId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<NameOps>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BlockDocumentSort {
    NameDesc,
    #[default]
    NameAsc,
    BlockTypeAndNameAsc,
}

/// Body of the `filter` and `count` routes of types, schemas and documents.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct BlockPage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_types: Option<BlockTypeFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_schemas: Option<BlockSchemaFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_documents: Option<BlockDocumentFilter>,
    /// Of documents only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_secrets: Option<bool>,
    /// Of documents only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<BlockDocumentSort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    #[serde(deserialize_with = "crate::bounds::at_least::<0, _>", skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
}

/// True for a name of lower-case letters, digits and dashes.
pub fn is_legal_name(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// The data with `HIDDEN` in the place of what `secret_fields` names: paths with dots, where `*` stands for
/// everything from there on.
pub fn obfuscated(data: &Map<String, Value>, secret_fields: &[String]) -> Map<String, Value> {
    let mut shown = Value::Object(data.clone());
    for field in secret_fields {
        let path: Vec<&str> = field.split('.').collect();
        hide(&mut shown, &path);
    }
    match shown {
        Value::Object(shown) => shown,
        _ => Map::new(),
    }
}

fn hide(value: &mut Value, path: &[&str]) {
    match (path, value) {
        ([], Value::Null) => {}
        ([], value) => *value = Value::String(HIDDEN.to_owned()),
        (["*", ..], value) => hide_leaves(value),
        ([key, rest @ ..], Value::Object(members)) => {
            if let Some(member) = members.get_mut(*key) {
                hide(member, rest);
            }
        }
        _ => {}
    }
}

/// Members stay visible by name.
fn hide_leaves(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(hide_leaves),
        value => hide(value, &[]),
    }
}

/// `sent`, with the stored value wherever a secret came back as it was shown.
pub fn unhidden(
    sent: &Map<String, Value>,
    stored: &Map<String, Value>,
    secret_fields: &[String],
) -> Map<String, Value> {
    let mut whole = Value::Object(sent.clone());
    let stored = Value::Object(stored.clone());
    for field in secret_fields {
        let path: Vec<&str> = field.split('.').collect();
        restore(&mut whole, &stored, &path);
    }
    match whole {
        Value::Object(whole) => whole,
        _ => Map::new(),
    }
}

fn restore(sent: &mut Value, stored: &Value, path: &[&str]) {
    match path {
        [] if sent == HIDDEN => *sent = stored.clone(),
        [] => {}
        ["*", ..] => restore_leaves(sent, stored),
        [key, rest @ ..] => {
            if let (Some(sent), Some(stored)) = (sent.get_mut(*key), stored.get(*key)) {
                restore(sent, stored, rest);
            }
        }
    }
}

fn restore_leaves(sent: &mut Value, stored: &Value) {
    match sent {
        Value::Object(members) => {
            for (key, member) in members {
                if let Some(stored) = stored.get(key) {
                    restore_leaves(member, stored);
                }
            }
        }
        sent => restore(sent, stored, &[]),
    }
}

/// The `secret_fields` of a schema.
pub fn secret_fields(fields: &Value) -> Vec<String> {
    let list = fields.get("secret_fields").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn secrets_are_hidden_and_come_back() {
        let data = json!({
            "url": "https://x", "token": "t", "none": null, "headers": {"A": "1", "deep": {"B": [1]}},
            "credentials": {"user": "u", "password": "p"}, "whole": {"a": 1},
        });
        let fields: Vec<String> =
            ["token", "none", "headers.*", "credentials.password", "whole", "missing.x"].map(str::to_owned).to_vec();
        let shown = obfuscated(&map(data.clone()), &fields);
        assert_eq!(
            Value::Object(shown.clone()),
            json!({
                "url": "https://x", "token": HIDDEN, "none": null, "headers": {"A": HIDDEN, "deep": {"B": HIDDEN}},
                "credentials": {"user": "u", "password": HIDDEN}, "whole": HIDDEN,
            })
        );
        let mut sent = shown;
        sent.insert("url".to_owned(), json!("https://y"));
        sent["headers"]["A"] = json!("2");
        let whole = unhidden(&sent, &map(data), &fields);
        assert_eq!(
            Value::Object(whole),
            json!({
                "url": "https://y", "token": "t", "none": null, "headers": {"A": "2", "deep": {"B": [1]}},
                "credentials": {"user": "u", "password": "p"}, "whole": {"a": 1},
            })
        );
    }
}
