//! Flows: names under which runs and deployments are gathered.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::bounds;
use crate::filter::{IdOps, NameOps, NullOps, Operator, TagOps};
use crate::id::FlowId;
use crate::major::not_in_v2;
use crate::patch::{self, Patch};
use crate::time::Timestamp;

/// Labels of flows, runs and deployments (Prefect 3): text, number or boolean values.
pub type Labels = Map<String, Value>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Flow {
    pub id: FlowId,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub name: String,
    pub tags: Vec<String>,
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub labels: Option<Labels>,
}

/// Body of `POST /flows/`: created, or the flow of that name returned as it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FlowCreate {
    pub name: String,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default, deserialize_with = "bounds::labels", skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
}

/// Body of `PATCH /flow_runs/{id}/labels`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NewLabels(#[serde(deserialize_with = "bounds::labels")] pub Option<Labels>);

/// Body of `PATCH /flows/{id}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FlowUpdate {
    #[serde(default, skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::sent")]
    pub tags: Patch<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct FlowFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<IdOps<FlowId>>,
    /// Flows without a deployment, or with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<NullOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<NameOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<TagOps>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlowSort {
    CreatedDesc,
    UpdatedDesc,
    #[default]
    NameAsc,
    NameDesc,
}

/// What Prefect forbids in names of flows, pools, queues, blocks and limits.
pub const FORBIDDEN_IN_NAMES: [char; 5] = ['/', '%', '&', '>', '<'];

/// True when `name` holds none of the characters that would break a URL path.
pub fn is_legal_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(FORBIDDEN_IN_NAMES)
}
