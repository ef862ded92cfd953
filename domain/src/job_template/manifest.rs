//! What every cluster would refuse in a Job, found before the template is saved.
//!
//! Only the fields that people write, and only their shapes: fields that are not listed here pass, and
//! a placeholder may become anything.

use serde_json::{Map, Value};

use super::check::{Fault, Problem};
use super::placeholder::{child, find_placeholders};

/// The shape of a field.
#[derive(Clone, Copy)]
enum Shape {
    Whole,
    Truth,
    Text,
    Object,
    List,
    /// One of these texts.
    Choice(&'static [&'static str]),
}

use Shape::{Choice, List, Object, Text, Truth, Whole};

const JOB: [(&str, Shape); 3] = [("metadata", Object), ("spec", Object), ("kind", Choice(&["Job"]))];
const JOB_SPEC: [(&str, Shape); 9] = [
    ("backoffLimit", Whole),
    ("activeDeadlineSeconds", Whole),
    ("ttlSecondsAfterFinished", Whole),
    ("parallelism", Whole),
    ("completions", Whole),
    ("suspend", Truth),
    ("selector", Object),
    ("podFailurePolicy", Object),
    ("template", Object),
];
const POD_SPEC: [(&str, Shape); 17] = [
    ("activeDeadlineSeconds", Whole),
    ("affinity", Object),
    ("automountServiceAccountToken", Truth),
    ("containers", List),
    ("hostNetwork", Truth),
    ("imagePullSecrets", List),
    ("initContainers", List),
    ("nodeName", Text),
    ("nodeSelector", Object),
    ("priorityClassName", Text),
    // A Job takes no pod that is always started anew.
    ("restartPolicy", Choice(&["Never", "OnFailure"])),
    ("securityContext", Object),
    ("serviceAccountName", Text),
    ("terminationGracePeriodSeconds", Whole),
    ("tolerations", List),
    ("topologySpreadConstraints", List),
    ("volumes", List),
];
const CONTAINER: [(&str, Shape); 10] = [
    ("name", Text),
    ("image", Text),
    ("imagePullPolicy", Choice(&["Always", "IfNotPresent", "Never"])),
    ("command", List),
    ("envFrom", List),
    ("ports", List),
    ("resources", Object),
    ("securityContext", Object),
    ("volumeMounts", List),
    ("workingDir", Text),
];

/// Problems of the Job that the template's `job_configuration` holds, if it holds one.
pub(super) fn check_manifest(configuration: &Map<String, Value>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(job @ Value::Object(_)) = configuration.get("job_manifest") else { return problems };
    let at = "/job_configuration/job_manifest";
    check(job, at, &JOB, &mut problems);
    check_at(job, at, "/spec", &JOB_SPEC, &mut problems);
    check_at(job, at, "/spec/template/spec", &POD_SPEC, &mut problems);
    for list in ["/spec/template/spec/initContainers", "/spec/template/spec/containers"] {
        for index in 0..job.pointer(list).and_then(Value::as_array).map_or(0, Vec::len) {
            check_at(job, at, &format!("{list}/{index}"), &CONTAINER, &mut problems);
        }
    }
    problems
}

fn check_at(job: &Value, at: &str, path: &str, fields: &[(&'static str, Shape)], problems: &mut Vec<Problem>) {
    if let Some(object) = job.pointer(path) {
        check(object, &format!("{at}{path}"), fields, problems);
    }
}

fn check(object: &Value, at: &str, fields: &[(&'static str, Shape)], problems: &mut Vec<Problem>) {
    for (name, shape) in fields {
        let Some(value) = object.get(name).filter(|value| !may_be_anything(value)) else { continue };
        if !fits(value, *shape) {
            let fault = Fault::Shape { field: name, expected: expected(*shape), found: value.to_string() };
            problems.push(Problem { pointer: child(at, name), fault });
        }
    }
}

fn may_be_anything(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| !find_placeholders(text).is_empty())
}

fn fits(value: &Value, shape: Shape) -> bool {
    match shape {
        Whole => value.is_i64() || value.is_u64(),
        Truth => value.is_boolean(),
        Text => value.is_string(),
        Object => value.is_object(),
        List => value.is_array(),
        Choice(known) => value.as_str().is_some_and(|text| known.contains(&text)),
    }
}

fn expected(shape: Shape) -> String {
    match shape {
        Whole => "a whole number".to_owned(),
        Truth => "true or false".to_owned(),
        Text => "a text".to_owned(),
        Object => "an object".to_owned(),
        List => "a list".to_owned(),
        Choice(known) => known.join(" or "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Major;
    use crate::default_templates::default_base_job_template;
    use serde_json::json;

    fn problems(manifest: Value) -> Vec<(String, String)> {
        let configuration = json!({ "job_manifest": manifest });
        let found = check_manifest(configuration.as_object().expect("an object"));
        found.into_iter().map(|problem| (problem.pointer, problem.fault.to_string())).collect()
    }

    #[test]
    fn what_no_cluster_takes_is_found() {
        let container = json!({ "name": "x", "command": "sh", "imagePullPolicy": "Sometimes", "image": "{{ image }}" });
        let pod = json!({ "containers": [container], "restartPolicy": "Always", "volumes": "{{ volumes }}" });
        let found = problems(json!({ "spec": { "backoffLimit": "many", "template": { "spec": pod } } }));
        let at = |path: &str, sentence: &str| {
            (format!("/job_configuration/job_manifest/spec{path}"), format!("In the Job, {sentence}"))
        };
        let expected = [
            at("/backoffLimit", r#"`backoffLimit` must be a whole number, not "many"."#),
            at("/template/spec/restartPolicy", r#"`restartPolicy` must be Never or OnFailure, not "Always"."#),
            at(
                "/template/spec/containers/0/imagePullPolicy",
                r#"`imagePullPolicy` must be Always or IfNotPresent or Never, not "Sometimes"."#,
            ),
            at("/template/spec/containers/0/command", r#"`command` must be a list, not "sh"."#),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_may_be_right_passes() {
        for major in [Major::V2, Major::V3] {
            let template = default_base_job_template("kubernetes", major).expect("known");
            assert_eq!(problems(template["job_configuration"]["job_manifest"].clone()), []);
        }
        assert_eq!(problems(json!({ "spec": { "backoffLimit": null, "unheardOf": [1], "completions": 2 } })), []);
        assert_eq!(problems(json!("{{ manifest }}")), []);
    }
}
