//! Asking the cluster whether it would take a Job, through a worker of the pool, before anything is saved.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{DeploymentId, Uuid};

/// The longest message or warning, in characters.
pub const LONGEST: usize = 2000;
/// The most warnings.
pub const MOST_WARNINGS: usize = 20;

/// `POST /reeve/dry_run`: the Job of a template, of a deployment, or of both.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DryRunCreate {
    /// Absent: the deployment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_pool_name: Option<String>,
    /// Absent: the pool's, as it is saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_job_template: Option<Map<String, Value>>,
    /// Absent: the template's defaults alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<DeploymentId>,
}

/// What a worker is asked; it comes with the answer to its long wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DryRunQuestion {
    pub id: Uuid,
    pub base_job_template: Map<String, Value>,
    pub deployment_id: Option<DeploymentId>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DryRunOutcome {
    /// The cluster would take the Job.
    Accepted,
    /// It would not, or there is no Job to be made of the template.
    Refused,
    /// Nobody said.
    Unanswered,
}

/// The answer, from the worker to the server and from there to whoever asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DryRun {
    pub outcome: DryRunOutcome,
    /// A sentence; where the cluster refuses, its own.
    pub message: String,
    /// What the cluster remarks about a Job that it takes.
    #[serde(default)]
    pub warnings: Vec<String>,
}

impl DryRun {
    /// Without warnings.
    pub fn new(outcome: DryRunOutcome, message: impl Into<String>) -> Self {
        DryRun { outcome, message: message.into(), warnings: Vec::new() }
    }

    /// The same with all that is too long cut off.
    pub fn bounded(self) -> Self {
        let warnings = self.warnings.into_iter().take(MOST_WARNINGS).map(cut).collect();
        DryRun { message: cut(self.message), warnings, ..self }
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_bounded() {
        let long = "ä".repeat(LONGEST + 5);
        let warnings = vec![long.clone(); MOST_WARNINGS + 1];
        let answer = DryRun { warnings, ..DryRun::new(DryRunOutcome::Refused, long) }.bounded();
        assert_eq!(answer.message.chars().count(), LONGEST + 1);
        assert_eq!(answer.warnings.len(), MOST_WARNINGS);
        let short = DryRun::new(DryRunOutcome::Accepted, "fine");
        assert_eq!(short.clone().bounded(), short);
    }
}
