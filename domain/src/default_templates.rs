//! The base job templates that work pools start with.
//!
//! Names, types, defaults and structure of the variables are those of Prefect 2.20.26 with
//! prefect-kubernetes 0.3.13 and of Prefect 3.8.8 with prefect-kubernetes 0.8.0, so that deployments
//! written for either fit. Titles and descriptions are ours.

use serde_json::{Map, Value};

use crate::major::Major;

/// Pool types that have a template here, and that Reeve's own worker serves.
pub const POOL_TYPES: [&str; 2] = ["kubernetes", "process"];

/// The template of a pool type as that major ships it; none for types that are not ours.
pub fn default_base_job_template(pool_type: &str, major: Major) -> Option<Map<String, Value>> {
    let text = match (pool_type, major) {
        ("kubernetes", Major::V2) => include_str!("default_templates/kubernetes_v2.json"),
        ("kubernetes", Major::V3) => include_str!("default_templates/kubernetes_v3.json"),
        ("process", Major::V2) => include_str!("default_templates/process_v2.json"),
        ("process", Major::V3) => include_str!("default_templates/process_v3.json"),
        _ => return None,
    };
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pool_type: &str, major: Major) -> Vec<String> {
        let template = default_base_job_template(pool_type, major).expect("valid JSON");
        let properties = template["variables"]["properties"].as_object().expect("an object");
        properties.keys().cloned().collect()
    }

    #[test]
    fn variables_are_those_of_prefects_workers() {
        let kubernetes = [
            "name",
            "env",
            "labels",
            "command",
            "annotations",
            "namespace",
            "image",
            "service_account_name",
            "image_pull_policy",
            "backoff_limit",
            "finished_job_ttl",
            "job_watch_timeout_seconds",
            "pod_watch_timeout_seconds",
            "stream_output",
            "cluster_config",
            "cpu_request",
            "cpu_limit",
            "memory_request",
            "memory_limit",
        ];
        assert_eq!(variables("kubernetes", Major::V3), kubernetes);
        let only_in_v3 = ["annotations", "backoff_limit", "cpu_request", "cpu_limit", "memory_request", "memory_limit"];
        let of_v2: Vec<&str> = kubernetes.into_iter().filter(|name| !only_in_v3.contains(name)).collect();
        assert_eq!(variables("kubernetes", Major::V2), of_v2);
        let process = ["name", "env", "labels", "command", "stream_output", "working_dir"];
        assert_eq!(variables("process", Major::V2), process);
        assert_eq!(variables("process", Major::V3), process);
        assert_eq!(default_base_job_template("ecs", Major::V3), None);
    }

    #[test]
    fn every_placeholder_is_declared_and_every_variable_used() {
        for (kind, major) in POOL_TYPES.into_iter().flat_map(|kind| [(kind, Major::V2), (kind, Major::V3)]) {
            let template = default_base_job_template(kind, major).expect(kind);
            let text = template["job_configuration"].to_string();
            let used: Vec<&str> = text.split("{{ ").skip(1).filter_map(|rest| rest.split(" }}").next()).collect();
            let declared = variables(kind, major);
            assert!(used.iter().all(|name| declared.iter().any(|known| known == name)), "{kind}: {used:?}");
            assert!(declared.iter().all(|name| used.contains(&name.as_str())), "{kind}: {used:?}");
        }
    }

    #[test]
    fn defaults_are_those_of_prefects_workers() {
        for (major, null) in [(Major::V2, None), (Major::V3, Some(&Value::Null))] {
            let template = default_base_job_template("kubernetes", major).expect("valid JSON");
            let default = |name: &str| template["variables"]["properties"][name].get("default");
            assert_eq!(default("namespace"), Some(&"default".into()));
            assert_eq!(default("image_pull_policy"), Some(&"IfNotPresent".into()));
            assert_eq!(default("pod_watch_timeout_seconds"), Some(&60.into()));
            assert_eq!(default("stream_output"), Some(&true.into()));
            for optional in ["name", "command", "image", "service_account_name", "finished_job_ttl"] {
                assert_eq!(default(optional), null, "{optional}");
            }
        }
    }
}
