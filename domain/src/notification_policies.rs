//! Prefect 2: whom to tell when a flow run enters a state.

use serde::{Deserialize, Serialize};

use crate::id::{BlockDocumentId, NotificationPolicyId};
use crate::patch::Patch;
use crate::time::Timestamp;

/// The words that a template of a message may hold between braces.
pub const WORDS: [&str; 11] = [
    "flow_run_notification_policy_id",
    "flow_id",
    "flow_name",
    "flow_run_url",
    "flow_run_id",
    "flow_run_name",
    "flow_run_parameters",
    "flow_run_state_type",
    "flow_run_state_name",
    "flow_run_state_timestamp",
    "flow_run_state_message",
];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NotificationPolicy {
    pub id: NotificationPolicyId,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub is_active: bool,
    /// Names of states; none means all.
    pub state_names: Vec<String>,
    /// Runs with one of these tags; none means all runs.
    pub tags: Vec<String>,
    /// The block that sends.
    pub block_document_id: BlockDocumentId,
    /// With words between braces; none means the usual text.
    pub message_template: Option<String>,
}

fn yes() -> bool {
    true
}

/// Body of `POST /flow_run_notification_policies/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NotificationPolicyCreate {
    #[serde(default = "yes")]
    pub is_active: bool,
    pub state_names: Vec<String>,
    pub tags: Vec<String>,
    pub block_document_id: BlockDocumentId,
    #[serde(default)]
    pub message_template: Option<String>,
}

/// Body of `PATCH /flow_run_notification_policies/{id}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NotificationPolicyUpdate {
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub is_active: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub state_names: Patch<Vec<String>>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub tags: Patch<Vec<String>>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub block_document_id: Patch<BlockDocumentId>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub message_template: Patch<String>,
}
