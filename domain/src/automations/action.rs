//! What an automation does.

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{AutomationId, BlockDocumentId, DeploymentId, WorkPoolId, WorkQueueId};
use crate::major::not_in_v2;
use crate::schedule::duration;
use crate::state::StateType;

/// One action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Action {
    DoNothing,
    RunDeployment {
        #[serde(default)]
        source: Source,
        #[serde(default)]
        deployment_id: Option<DeploymentId>,
        /// Templates, and objects with `__prefect_kind`, are filled in for each run.
        #[serde(default)]
        parameters: Option<Map<String, Value>>,
        #[serde(default)]
        job_variables: Option<Map<String, Value>>,
        /// Seconds until the run is due.
        #[serde(default, deserialize_with = "seconds", skip_serializing_if = "not_in_v2")]
        schedule_after: f64,
    },
    PauseDeployment {
        #[serde(default)]
        source: Source,
        #[serde(default)]
        deployment_id: Option<DeploymentId>,
    },
    ResumeDeployment {
        #[serde(default)]
        source: Source,
        #[serde(default)]
        deployment_id: Option<DeploymentId>,
    },
    CancelFlowRun,
    DeleteFlowRun,
    ChangeFlowRunState {
        #[serde(default)]
        name: Option<String>,
        state: StateType,
        #[serde(default)]
        message: Option<String>,
        #[serde(default, skip_serializing_if = "not_in_v2")]
        force: bool,
    },
    PauseWorkQueue {
        #[serde(default)]
        source: Source,
        #[serde(default)]
        work_queue_id: Option<WorkQueueId>,
    },
    ResumeWorkQueue {
        #[serde(default)]
        source: Source,
        #[serde(default)]
        work_queue_id: Option<WorkQueueId>,
    },
    SendNotification {
        block_document_id: BlockDocumentId,
        /// A template.
        #[serde(default = "default_subject")]
        subject: String,
        /// A template.
        body: String,
    },
    CallWebhook {
        block_document_id: BlockDocumentId,
        /// A template.
        #[serde(default, deserialize_with = "text")]
        payload: String,
    },
    PauseAutomation {
        #[serde(default)]
        source: Source,
        #[serde(default)]
        automation_id: Option<AutomationId>,
    },
    ResumeAutomation {
        #[serde(default)]
        source: Source,
        #[serde(default)]
        automation_id: Option<AutomationId>,
    },
    SuspendFlowRun,
    ResumeFlowRun,
    PauseWorkPool {
        #[serde(default)]
        source: Source,
        #[serde(default)]
        work_pool_id: Option<WorkPoolId>,
    },
    ResumeWorkPool {
        #[serde(default)]
        source: Source,
        #[serde(default)]
        work_pool_id: Option<WorkPoolId>,
    },
}

/// Where an action's target comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The id is given.
    #[default]
    Selected,
    /// It is the first of its kind that the event involves.
    Inferred,
}

/// The source of an action with a target, the member that names it, and whether that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    pub source: Source,
    pub member: &'static str,
    pub is_given: bool,
}

fn default_subject() -> String {
    "Prefect automated notification".to_owned()
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    duration::seconds(from)?.ok_or_else(|| D::Error::custom("invalid type: null, expected f64"))
}

/// Older dashboards send objects; they become the text of a template.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Value::deserialize(from)? {
        Value::String(text) => Ok(text),
        Value::Null => Err(D::Error::custom("invalid type: null, expected a string")),
        other => serde_json::to_string_pretty(&other).map_err(D::Error::custom),
    }
}

impl Action {
    /// The word for its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Action::DoNothing => "do-nothing",
            Action::RunDeployment { .. } => "run-deployment",
            Action::PauseDeployment { .. } => "pause-deployment",
            Action::ResumeDeployment { .. } => "resume-deployment",
            Action::CancelFlowRun => "cancel-flow-run",
            Action::DeleteFlowRun => "delete-flow-run",
            Action::ChangeFlowRunState { .. } => "change-flow-run-state",
            Action::PauseWorkQueue { .. } => "pause-work-queue",
            Action::ResumeWorkQueue { .. } => "resume-work-queue",
            Action::SendNotification { .. } => "send-notification",
            Action::CallWebhook { .. } => "call-webhook",
            Action::PauseAutomation { .. } => "pause-automation",
            Action::ResumeAutomation { .. } => "resume-automation",
            Action::SuspendFlowRun => "suspend-flow-run",
            Action::ResumeFlowRun => "resume-flow-run",
            Action::PauseWorkPool { .. } => "pause-work-pool",
            Action::ResumeWorkPool { .. } => "resume-work-pool",
        }
    }

    /// Whether somebody outside of the server is called.
    pub fn calls_out(&self) -> bool {
        matches!(self, Action::SendNotification { .. } | Action::CallWebhook { .. })
    }

    /// Its target, when it is one that may be selected or inferred.
    pub fn target(&self) -> Option<Target> {
        let target = |source: &Source, member, is_given| Some(Target { source: *source, member, is_given });
        match self {
            Action::RunDeployment { source, deployment_id: id, .. }
            | Action::PauseDeployment { source, deployment_id: id }
            | Action::ResumeDeployment { source, deployment_id: id } => target(source, "deployment_id", id.is_some()),
            Action::PauseWorkQueue { source, work_queue_id: id }
            | Action::ResumeWorkQueue { source, work_queue_id: id } => target(source, "work_queue_id", id.is_some()),
            Action::PauseAutomation { source, automation_id: id }
            | Action::ResumeAutomation { source, automation_id: id } => target(source, "automation_id", id.is_some()),
            Action::PauseWorkPool { source, work_pool_id: id }
            | Action::ResumeWorkPool { source, work_pool_id: id } => target(source, "work_pool_id", id.is_some()),
            _ => None,
        }
    }

    /// Its templates, each with the member that holds it.
    pub fn templates(&self) -> Vec<(&'static str, &str)> {
        match self {
            Action::SendNotification { subject, body, .. } => vec![("subject", subject), ("body", body)],
            Action::CallWebhook { payload, .. } => vec![("payload", payload)],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_are_filled_in() {
        let id = "1402ac95-5266-421f-af66-9b70366163c0";
        let cases = [
            (json!({ "type": "do-nothing" }), json!({ "type": "do-nothing" })),
            (
                json!({ "type": "run-deployment", "deployment_id": id, "schedule_after": "PT1M" }),
                json!({
                    "type": "run-deployment", "source": "selected", "deployment_id": id, "parameters": null,
                    "job_variables": null, "schedule_after": 60.0,
                }),
            ),
            (
                json!({ "type": "send-notification", "block_document_id": id, "body": "b" }),
                json!({
                    "type": "send-notification", "block_document_id": id, "body": "b",
                    "subject": "Prefect automated notification",
                }),
            ),
            (
                json!({ "type": "call-webhook", "block_document_id": id, "payload": { "message": "m" } }),
                json!({ "type": "call-webhook", "block_document_id": id, "payload": "{\n  \"message\": \"m\"\n}" }),
            ),
        ];
        for (sent, want) in cases {
            let action: Action = serde_json::from_value(sent).expect("an action");
            assert_eq!(serde_json::to_value(&action).expect("JSON"), want);
            assert_eq!(json!(action.kind()), want["type"]);
        }
    }
}
