//! The base job templates that new work pools begin with, one for each pool type.
//!
//! Names, types and defaults of the variables are those of Prefect 2.20.26 with prefect-kubernetes 0.3.13
//! and of Prefect 3.8.8 with prefect-kubernetes 0.8, so that deployments written for either fit.

use serde_json::{Map, Value};

use crate::major::Major;

/// Pool types that have a template here, and that Reeve's own worker serves.
pub const POOL_TYPES: [&str; 2] = ["kubernetes", "process"];

/// The template of a pool type as that major ships it; `None` for types that are not ours.
pub fn default_base_job_template(pool_type: &str, major: Major) -> Option<Map<String, Value>> {
    let text = match (pool_type, major) {
        ("process", _) => include_str!("default_templates/process.json"),
        ("kubernetes", Major::V2) => include_str!("default_templates/kubernetes-2.json"),
        ("kubernetes", Major::V3) => include_str!("default_templates/kubernetes-3.json"),
        _ => return None,
    };
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_template_whose_placeholders_are_declared() {
        for (kind, major) in POOL_TYPES.into_iter().flat_map(|kind| [(kind, Major::V2), (kind, Major::V3)]) {
            let template = default_base_job_template(kind, major).expect(kind);
            let declared = template["variables"]["properties"].as_object().expect("an object");
            let text = template["job_configuration"].to_string();
            let used: Vec<&str> = text.split("{{ ").skip(1).filter_map(|rest| rest.split(" }}").next()).collect();
            assert!(used.len() >= 6, "{kind}");
            assert!(used.iter().all(|name| declared.contains_key(*name)), "{kind}: {used:?}");
            assert!(declared.keys().all(|name| used.contains(&name.as_str())), "{kind}: {used:?}");
        }
    }

    #[test]
    fn other_types_have_none() {
        assert_eq!(default_base_job_template("ecs", Major::V3), None);
    }
}
