//! What stands behind a run in a cluster, as its worker tells it: the manifest that was created and the pods.
//! `PUT /reeve/flow_runs/{id}/infrastructure`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::job_template::Origin;
use crate::time::Timestamp;

/// All that is known; what a worker does not send stays as it was.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Infrastructure {
    /// As it was created; values that may be secret are hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Value>,
    /// Who set each leaf, by JSON pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origins: Option<Vec<(String, Origin)>>,
    /// Oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<Vec<Pod>>,
}

/// A pod as it was seen last.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pod {
    pub name: String,
    pub namespace: String,
    pub node: Option<String>,
    pub phase: String,
    /// The pod's own reason and message, such as `Evicted`.
    pub reason: Option<String>,
    pub message: Option<String>,
    pub created: Option<Timestamp>,
    pub conditions: Vec<Condition>,
    /// Init containers first.
    pub containers: Vec<Container>,
}

/// A condition of a pod.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Condition {
    pub kind: String,
    /// `True`, `False`, `Unknown`.
    pub status: String,
    pub since: Option<Timestamp>,
    pub reason: Option<String>,
    pub message: Option<String>,
}

/// A container of a pod.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Container {
    pub name: String,
    pub image: String,
    pub init: bool,
    /// `waiting`, `running`, `terminated`.
    pub state: String,
    pub reason: Option<String>,
    pub message: Option<String>,
    pub exit_code: Option<i32>,
    pub restarts: i32,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    /// Requests and limits, such as `cpu 100m / 1`.
    pub resources: Option<String>,
}

/// What stands for a hidden value.
pub const HIDDEN: &str = "********";

/// Parts of names that promise a secret.
const SECRET: [&str; 8] = ["key", "token", "secret", "password", "passwd", "credential", "auth", "dsn"];

/// The manifest without values that may be secret: those of environment variables whose name sounds like it, and
/// passwords inside of addresses.
pub fn without_secrets(mut manifest: Value) -> Value {
    hide(&mut manifest);
    manifest
}

fn hide(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Object(members) => {
            let named = members.get("name").and_then(Value::as_str).is_some_and(sounds_secret);
            if named && members.get("value").is_some_and(Value::is_string) {
                members.insert("value".to_owned(), json!(HIDDEN));
            }
            members.values_mut().for_each(hide);
        }
        Value::String(text) => {
            if let Some(plain) = without_password(text) {
                *text = plain;
            }
        }
        _ => {}
    }
}

fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|part| name.contains(part))
}

/// `postgres://user:********@host/db` of an address that holds a password.
fn without_password(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let (login, host) = rest.split_once('@')?;
    let (user, _) = login.split_once(':').filter(|_| !login.contains('/'))?;
    Some(format!("{scheme}://{user}:{HIDDEN}@{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_does_not_leave_the_worker() {
        let env = |name: &str, value: &str| json!({ "name": name, "value": value });
        let manifest = json!({ "env": [
            env("PREFECT_API_KEY", "pnu_1"),
            env("DB_PASSWORD", "hunter2"),
            env("LOG_LEVEL", "DEBUG"),
            env("DATABASE_URL", "postgres://etl:hunter2@db/x"),
            { "name": "TOKEN", "valueFrom": { "secretKeyRef": { "name": "s", "key": "k" } } },
        ]});
        let shown = without_secrets(manifest).to_string();
        assert!(!shown.contains("pnu_1") && !shown.contains("hunter2"), "{shown}");
        for kept in ["DEBUG", "postgres://etl:********@db/x", "secretKeyRef"] {
            assert!(shown.contains(kept), "{kept}: {shown}");
        }
    }
}
