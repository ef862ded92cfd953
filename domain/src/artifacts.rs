//! Artifacts: what runs leave for people to look at. Those with the same key are versions of one thing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::deployments::DeploymentFilter;
use crate::filter::{AnyOps, Operator, TextOps};
use crate::flow_runs::FlowRunFilter;
use crate::flows::FlowFilter;
use crate::id::{ArtifactId, FlowRunId, TaskRunId};
use crate::patch::Patch;
use crate::task_runs::TaskRunFilter;
use crate::time::Timestamp;

/// Texts of the metadata are cut to so many characters.
const MAX_METADATA: usize = 500;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Artifact {
    pub id: ArtifactId,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub key: Option<String>,
    /// How to show `data`: `markdown`, `table`, `link`, `progress`, `image`, `result`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Markdown.
    pub description: Option<String>,
    pub data: Option<Value>,
    pub metadata_: Option<BTreeMap<String, String>>,
    pub flow_run_id: Option<FlowRunId>,
    pub task_run_id: Option<TaskRunId>,
}

/// The newest artifact of a key. Its `id` is that of the collection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ArtifactCollection {
    pub id: ArtifactId,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub key: String,
    pub latest_id: ArtifactId,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub description: Option<String>,
    pub data: Option<Value>,
    pub metadata_: Option<BTreeMap<String, String>>,
    pub flow_run_id: Option<FlowRunId>,
    pub task_run_id: Option<TaskRunId>,
}

/// Body of `POST /artifacts/`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ArtifactCreate {
    pub key: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub description: Option<String>,
    pub data: Option<Value>,
    pub metadata_: Option<BTreeMap<String, String>>,
    pub flow_run_id: Option<FlowRunId>,
    pub task_run_id: Option<TaskRunId>,
}

/// Body of `PATCH /artifacts/{id}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ArtifactUpdate {
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub data: Patch<Value>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub metadata_: Patch<BTreeMap<String, String>>,
}

/// The metadata as it is kept.
pub fn cut_metadata(metadata: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let cut = |text: String| match text.char_indices().nth(MAX_METADATA) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    };
    metadata.into_iter().map(|(key, text)| (key, cut(text))).collect()
}

/// True for a key of lower-case letters, digits and dashes.
pub fn is_legal_key(key: &str) -> bool {
    key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Keys to take, a part of them, or whether there is one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct KeyOps {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any_: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like_: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exists_: Option<bool>,
}

/// Ids to take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AnyIds<T> {
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(!default))]
    pub any_: Option<Vec<T>>,
}

fn none<T>() -> Option<T> {
    None
}

/// Which artifacts; of collections as well, where `latest_id` takes the place of `id`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ArtifactFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none", alias = "latest_id")]
    pub id: Option<AnyIds<ArtifactId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_run_id: Option<AnyIds<FlowRunId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_run_id: Option<AnyIds<TaskRunId>>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<TextOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<AnyOps>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ArtifactSort {
    CreatedDesc,
    UpdatedDesc,
    #[default]
    IdDesc,
    KeyDesc,
    KeyAsc,
}

/// Body of `POST /artifacts/filter`, `…/count` and the same of `…/latest`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ArtifactPage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifacts: Option<ArtifactFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_runs: Option<FlowRunFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_runs: Option<TaskRunFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flows: Option<FlowFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployments: Option<DeploymentFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<ArtifactSort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    #[serde(deserialize_with = "crate::bounds::at_least::<0, _>", skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_metadata_is_cut_between_characters() {
        let metadata = BTreeMap::from([("a".to_owned(), "é".repeat(501)), ("b".to_owned(), "é".repeat(500))]);
        let cut = cut_metadata(metadata);
        assert_eq!((cut["a"].chars().count(), cut["b"].chars().count()), (503, 500));
    }
}
