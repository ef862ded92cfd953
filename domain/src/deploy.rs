//! Deploying many at once: what is asked, what it would change or changed, and where things come from.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::automations::AutomationCreate;
use crate::deployments::DeploymentCreate;
use crate::id::{DeploymentId, Uuid};
use crate::time::Timestamp;

/// Body of `POST /reeve/deploy`: all of it is done, or nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    /// Whose client's rules count, 2 or 3.
    pub major: u8,
    /// Only tell what would change.
    #[serde(default)]
    pub dry_run: bool,
    pub source: OriginSource,
    /// The project that the deployments belong to.
    pub project: String,
    pub deployments: Vec<DeployOne>,
    /// Delete deployments of the project that are not among these.
    #[serde(default)]
    pub prune: bool,
    /// Undo what was changed by hand since the last time, pauses too.
    #[serde(default)]
    pub take: bool,
}

/// One deployment of a [`Deploy`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeployOne {
    /// The flow, which is made if it is not there.
    pub flow_name: String,
    /// Its `flow_id` is not looked at.
    pub deployment: DeploymentCreate,
    /// Automations that the deployment owns: they replace those that it owned before. Where an action runs a
    /// selected deployment and names none, this one is meant. None leaves all as they are.
    #[serde(default)]
    pub triggers: Option<Vec<AutomationCreate>>,
}

/// What becomes of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    Add,
    Change,
    Unchanged,
    Remove,
}

/// Answer of `POST /reeve/deploy`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Deployed {
    /// In the order in which they were asked for; then those that are removed.
    pub deployments: Vec<DeployedOne>,
}

impl Deployed {
    /// How many deployments meet that fate.
    pub fn count(&self, deed: Deed) -> usize {
        self.deployments.iter().filter(|one| one.deed == deed).count()
    }
}

/// What became of one deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DeployedOne {
    pub id: DeploymentId,
    pub flow_name: String,
    pub name: String,
    pub deed: Deed,
    /// Fields whose values differ.
    pub fields: Vec<Difference>,
    pub schedules: Vec<Part>,
    pub automations: Vec<Part>,
    /// What differs in the job that a run would be started with.
    pub job: Vec<Difference>,
}

/// A schedule or an automation of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Part {
    pub deed: Deed,
    /// In words.
    pub what: String,
    pub fields: Vec<Difference>,
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Difference {
    /// Keys and indices with dots between them.
    pub path: String,
    /// None where there was nothing.
    pub before: Option<Value>,
    /// None where there is nothing any more.
    pub after: Option<Value>,
}

/// What differs between two values, leaf by leaf.
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), Some(before), Some(after), &mut found);
    found
}

fn compare(path: String, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) if !a.is_empty() && !b.is_empty() => {
            let added = b.keys().filter(|key| !a.contains_key(*key));
            a.keys().chain(added).for_each(|key| compare(below(key), a.get(key), b.get(key), found));
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) if a.iter().chain(b).any(|item| item.is_object()) => {
            (0..a.len().max(b.len())).for_each(|n| compare(below(&n.to_string()), a.get(n), b.get(n), found));
        }
        (before, after) => found.push(Difference { path, before: before.cloned(), after: after.cloned() }),
    }
}

/// Where something is not what is said of it: what is said (`before`), and what there is (`after`). Members that
/// nothing is said of may be anything, since a server fills them in.
pub fn departures(said: &Value, has: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    depart(String::new(), said, Some(has), &mut found);
    found
}

fn depart(path: String, said: &Value, has: Option<&Value>, found: &mut Vec<Difference>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (said, has) {
        (Value::Object(said), Some(Value::Object(has))) => {
            said.iter().for_each(|(key, said)| depart(below(key), said, has.get(key), found));
        }
        (Value::Array(said), Some(Value::Array(has))) if said.len() == has.len() => {
            said.iter().zip(has).enumerate().for_each(|(n, (said, has))| {
                depart(below(&n.to_string()), said, Some(has), found);
            });
        }
        (Value::Number(said), Some(Value::Number(has))) if said.as_f64() == has.as_f64() => {}
        (said, Some(has)) if said == has => {}
        (Value::Null, None) => {}
        (said, has) => found.push(Difference { path, before: Some(said.clone()), after: has.cloned() }),
    }
}

/// Who brought something up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OriginSource {
    /// `reeve deploy`.
    Cli,
    /// A directory that the server applies.
    File,
}

/// Where something comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Origin {
    pub object_id: Uuid,
    pub updated: Timestamp,
    pub source: OriginSource,
    /// The project or the file.
    pub name: String,
    /// What was said of it when it was last brought up.
    pub said: Value,
    /// What differs from that and was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Vec<Difference>>,
}

/// Something that is no longer as its file says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Drift {
    /// `work-pool`, `work-queue`, `variable`, `concurrency-limit`, `automation` or `deployment`.
    pub kind: String,
    /// Of a queue `pool/queue`, of a deployment `flow/deployment`.
    pub name: String,
    /// Its page in the dashboard.
    pub page: String,
    pub origin: Origin,
    /// What the file says (`before`) and what there is (`after`).
    pub differs: Vec<Difference>,
    /// Whether just this was accepted; it is told again once either side changes.
    pub accepted: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_said_can_be_departed_from() {
        let said = json!({ "name": "a", "limit": 3, "tags": ["x"], "rule": { "within": 0, "expect": [{ "e": 1 }] } });
        let same = json!({ "id": 1, "name": "a", "limit": 3.0, "tags": ["x"], "rule": { "id": 2, "within": 0.0, "expect": [{ "e": 1, "f": 2 }] } });
        assert_eq!(departures(&said, &same), []);
        let other = json!({ "name": "a", "limit": null, "tags": ["x", "y"], "rule": { "expect": [{ "e": 2 }] } });
        let paths: Vec<String> = departures(&said, &other).into_iter().map(|it| it.path).collect();
        assert_eq!(paths, ["limit", "tags", "rule.within", "rule.expect.0.e"]);
    }

    #[test]
    fn differences_are_told_leaf_by_leaf() {
        let before = json!({ "a": 1, "b": { "c": [1, 2], "d": 1 }, "e": {}, "l": [{ "x": 1 }] });
        let after = json!({ "a": 1, "b": { "c": [1, 3], "f": 2 }, "e": { "g": 1 }, "l": [{ "x": 2 }, 3] });
        let told: Vec<String> = differences(&before, &after)
            .into_iter()
            .map(|it| {
                format!("{} {:?} {:?}", it.path, it.before.map(|v| v.to_string()), it.after.map(|v| v.to_string()))
            })
            .collect();
        assert_eq!(
            told,
            [
                r#"b.c Some("[1,2]") Some("[1,3]")"#,
                r#"b.d Some("1") None"#,
                r#"b.f None Some("2")"#,
                r#"e Some("{}") Some("{\"g\":1}")"#,
                r#"l.0.x Some("1") Some("2")"#,
                r#"l.1 None Some("3")"#,
            ]
        );
    }
}
