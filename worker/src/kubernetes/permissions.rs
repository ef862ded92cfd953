//! What a worker must be allowed to do in the namespace of its Jobs, and whether it is.

use k8s_openapi::api::authorization::v1::SelfSubjectAccessReview;
use kube::Api;
use kube::api::PostParams;
use serde::Serialize;
use serde_json::json;

use super::cluster::own_client;
use crate::error::{Trouble, WorkerError};
use crate::settings::KubernetesSettings;

/// Something that a worker does.
struct Need {
    group: &'static str,
    /// With its part, e.g. `pods/log`.
    resource: &'static str,
    verbs: &'static [(&'static str, &'static str)],
}

/// All of it; nothing outside of one namespace.
const NEEDS: [Need; 4] = [
    Need {
        group: "batch",
        resource: "jobs",
        verbs: &[
            ("create", "a Job for each run, and dry runs"),
            ("get", "to be sure that a Job is gone"),
            ("list", "what there is when the worker starts"),
            ("watch", "how Jobs end"),
            ("delete", "cancelled runs, and pods that cannot start"),
        ],
    },
    Need {
        group: "",
        resource: "pods",
        verbs: &[
            ("list", "what there is when the worker starts"),
            ("watch", "whether pods start, and why not"),
            ("delete", "pods of deleted Jobs"),
        ],
    },
    Need { group: "", resource: "pods/log", verbs: &[("get", "the output of runs")] },
    Need { group: "", resource: "events", verbs: &[("list", "why no pod is made, or why it cannot start")] },
];

/// One verb, and whether the cluster grants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permission {
    /// With the API group, e.g. `jobs.batch`.
    pub resource: String,
    pub verb: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    pub granted: bool,
}

/// What the cluster said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permissions {
    pub namespace: String,
    pub verbs: Vec<Permission>,
}

/// Asks the cluster of `settings` about each verb that the worker needs in the namespace of its Jobs.
pub async fn permissions(settings: &KubernetesSettings) -> Result<Permissions, WorkerError> {
    let client = match &settings.client {
        Some(client) => client.clone(),
        None => own_client(settings).await.map_err(WorkerError::Cluster)?,
    };
    let namespace = settings.namespace.clone().unwrap_or_else(|| client.default_namespace().to_owned());
    let reviews: Api<SelfSubjectAccessReview> = Api::all(client);
    let mut verbs = Vec::new();
    for need in &NEEDS {
        for (verb, purpose) in need.verbs {
            let granted = ask(&reviews, &namespace, need, verb).await;
            let granted = granted.map_err(|error| WorkerError::Cluster(Trouble::from(error).to_string()))?;
            let resource = [need.resource, need.group].join(if need.group.is_empty() { "" } else { "." });
            verbs.push(Permission { resource, verb, purpose, granted });
        }
    }
    Ok(Permissions { namespace, verbs })
}

async fn ask(
    reviews: &Api<SelfSubjectAccessReview>,
    namespace: &str,
    need: &Need,
    verb: &str,
) -> Result<bool, kube::Error> {
    let (resource, part) = need.resource.split_once('/').unwrap_or((need.resource, ""));
    let wanted = json!({
        "namespace": namespace, "group": need.group, "resource": resource, "subresource": part, "verb": verb,
    });
    let review = json!({ "metadata": {}, "spec": { "resourceAttributes": wanted } });
    let review = serde_json::from_value(review).map_err(kube::Error::SerdeError)?;
    let answer = reviews.create(&PostParams::default(), &review).await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

/// The smallest Role with which a worker can do its work in `namespace`, bound to a ServiceAccount of
/// that namespace, as YAML for `kubectl apply`.
pub fn role_yaml(namespace: &str, account: &str) -> String {
    let rule = |need: &Need| {
        let verbs: Vec<&str> = need.verbs.iter().map(|(verb, _)| *verb).collect();
        let (group, resource) = (need.group, need.resource);
        format!("  - apiGroups: [\"{group}\"]\n    resources: [{resource}]\n    verbs: [{}]\n", verbs.join(", "))
    };
    let rules: String = NEEDS.iter().map(rule).collect();
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {account}
  namespace: {namespace}
rules:
{rules}---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {account}
  namespace: {namespace}
subjects:
  - kind: ServiceAccount
    name: {account}
    namespace: {namespace}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {account}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_has_every_verb() {
        let yaml = role_yaml("dev", "worker");
        assert!(yaml.contains("  name: worker\n  namespace: dev\n"));
        assert!(yaml.contains(
            "  - apiGroups: [\"batch\"]\n    resources: [jobs]\n    verbs: [create, get, list, watch, delete]\n"
        ));
        assert!(yaml.contains("    resources: [pods/log]\n    verbs: [get]\n"));
    }

    #[test]
    fn manifest_and_chart_grant_the_same() {
        let manifest = include_str!("../../../deploy/kubernetes/base/worker-role.yaml");
        let chart = include_str!("../../../deploy/helm/reeve/templates/roles.yaml");
        let granted = |yaml: &str| -> Vec<String> {
            let rules = yaml
                .lines()
                .map(str::trim)
                .filter(|line| ["resources:", "verbs:"].iter().any(|key| line.starts_with(key)));
            rules.map(str::to_owned).collect()
        };
        assert_eq!(granted(manifest), granted(&role_yaml("dev", "reeve-worker")));
        assert_eq!(granted(chart), granted(manifest));
    }
}
