//! Prints what a Kubernetes Job may say, for the template editor: `end2end/editor/kubernetes.json`.
//!
//! ```sh
//! cargo run -p worker --features schema --example kubernetes_schema > end2end/editor/kubernetes.json
//! ```
//!
//! `{"Type": {"doc": "…", "fields": {"name": ["type", "doc"]}}}`. A type is `string`, `integer`, `number`, `boolean`,
//! `any`, `quantity`, `int-or-string`, the name of another entry, `[T]` for a list, `{T}` for an object of any keys, or
//! `=a|b` for one of these texts. A `!` at the end of a type says that the field is required. Types, fields and texts
//! are those of Kubernetes (Apache-2.0) as k8s-openapi carries them.

use std::collections::BTreeSet;

use k8s_openapi::api::batch::v1::Job;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// Texts that Kubernetes lists in prose alone. In a Job no pod is always started anew.
const CHOICES: [(&str, &str, &str); 36] = [
    ("AppArmorProfile", "type", "RuntimeDefault|Localhost|Unconfined"),
    ("Container", "imagePullPolicy", "Always|IfNotPresent|Never"),
    ("Container", "restartPolicy", "Always"),
    ("Container", "terminationMessagePolicy", "File|FallbackToLogsOnError"),
    ("ContainerPort", "protocol", "TCP|UDP|SCTP"),
    ("ContainerResizePolicy", "resourceName", "cpu|memory"),
    ("ContainerResizePolicy", "restartPolicy", "NotRequired|RestartContainer"),
    ("EmptyDirVolumeSource", "medium", "|Memory|HugePages"),
    ("HTTPGetAction", "scheme", "HTTP|HTTPS"),
    ("HostPathVolumeSource", "type", "|DirectoryOrCreate|Directory|FileOrCreate|File|Socket|CharDevice|BlockDevice"),
    ("Job", "apiVersion", "batch/v1"),
    ("Job", "kind", "Job"),
    ("JobSpec", "completionMode", "NonIndexed|Indexed"),
    ("JobSpec", "podReplacementPolicy", "TerminatingOrFailed|Failed"),
    ("LabelSelectorRequirement", "operator", "In|NotIn|Exists|DoesNotExist"),
    ("NodeSelectorRequirement", "operator", "In|NotIn|Exists|DoesNotExist|Gt|Lt"),
    ("ObjectFieldSelector", "apiVersion", "v1"),
    ("PersistentVolumeClaimSpec", "volumeMode", "Filesystem|Block"),
    ("PodFailurePolicyOnExitCodesRequirement", "operator", "In|NotIn"),
    ("PodFailurePolicyOnPodConditionsPattern", "status", "True|False|Unknown"),
    ("PodFailurePolicyRule", "action", "FailJob|FailIndex|Ignore|Count"),
    ("PodOS", "name", "linux|windows"),
    ("PodSecurityContext", "fsGroupChangePolicy", "OnRootMismatch|Always"),
    ("PodSecurityContext", "seLinuxChangePolicy", "MountOption|Recursive"),
    ("PodSecurityContext", "supplementalGroupsPolicy", "Merge|Strict"),
    ("PodSpec", "dnsPolicy", "ClusterFirst|ClusterFirstWithHostNet|Default|None"),
    ("PodSpec", "preemptionPolicy", "PreemptLowerPriority|Never"),
    ("PodSpec", "restartPolicy", "Never|OnFailure"),
    ("SeccompProfile", "type", "RuntimeDefault|Localhost|Unconfined"),
    ("SecurityContext", "procMount", "Default|Unmasked"),
    ("Toleration", "effect", "NoSchedule|PreferNoSchedule|NoExecute"),
    ("Toleration", "operator", "Exists|Equal"),
    ("TopologySpreadConstraint", "nodeAffinityPolicy", "Honor|Ignore"),
    ("TopologySpreadConstraint", "nodeTaintsPolicy", "Honor|Ignore"),
    ("TopologySpreadConstraint", "whenUnsatisfiable", "DoNotSchedule|ScheduleAnyway"),
    ("VolumeMount", "mountPropagation", "None|HostToContainer|Bidirectional"),
];

fn main() {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let _ = generator.subschema_for::<Job>();
    let definitions = generator.take_definitions(false);
    let mut types = Map::new();
    let mut ahead = vec!["io.k8s.api.batch.v1.Job".to_owned()];
    let mut seen = BTreeSet::from(["Job".to_owned()]);
    while let Some(full) = ahead.pop() {
        let definition = definitions.get(&full).unwrap_or_else(|| panic!("{full} is not defined"));
        let (described, others) = describe(&full, definition);
        types.insert(short(&full).to_owned(), described);
        ahead.extend(others.into_iter().filter(|other| seen.insert(short(other).to_owned())));
    }
    for (of, field, choices) in CHOICES {
        let known = types.get_mut(of).and_then(|known| known["fields"].get_mut(field));
        let known = known.unwrap_or_else(|| panic!("{of} has no field {field}"));
        let required = known[0].as_str().is_some_and(|kind| kind.ends_with('!'));
        known[0] = format!("={choices}{}", if required { "!" } else { "" }).into();
    }
    types.sort_keys();
    println!("{{");
    let last = types.len() - 1;
    for (at, (name, described)) in types.iter().enumerate() {
        println!("{}: {described}{}", Value::from(name.as_str()), if at == last { "" } else { "," });
    }
    println!("}}");
}

/// The last part of a name such as `io.k8s.api.core.v1.Container`; no two types of a Job share one.
fn short(full: &str) -> &str {
    full.rsplit('.').next().unwrap_or(full)
}

/// A type, and those that it refers to.
fn describe(full: &str, definition: &Value) -> (Value, Vec<String>) {
    let mut others = Vec::new();
    let required: Vec<&str> =
        definition["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut fields = Map::new();
    for (name, schema) in definition["properties"].as_object().into_iter().flatten() {
        // What the cluster writes is nothing to put into a template.
        if (full.ends_with(".Job") && name == "status") || name == "managedFields" {
            continue;
        }
        let needed = required.contains(&name.as_str()) && !full.ends_with(".Job");
        let kind = format!("{}{}", kind(schema, &mut others), if needed { "!" } else { "" });
        fields.insert(name.clone(), json!([kind, schema["description"].as_str().unwrap_or_default()]));
    }
    let doc = definition["description"].as_str().unwrap_or_default();
    (json!({ "doc": doc, "fields": fields }), others)
}

fn kind(schema: &Value, others: &mut Vec<String>) -> String {
    let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
    if let Some(full) = reference.and_then(|reference| reference.rsplit('/').next()) {
        return match short(full) {
            "Quantity" => "quantity".to_owned(),
            "IntOrString" => "int-or-string".to_owned(),
            "Time" | "MicroTime" => "string".to_owned(),
            name => {
                others.push(full.to_owned());
                name.to_owned()
            }
        };
    }
    match schema["type"].as_str() {
        Some("array") => format!("[{}]", kind(&schema["items"], others)),
        Some("object") if schema["additionalProperties"].is_object() => {
            format!("{{{}}}", kind(&schema["additionalProperties"], others))
        }
        Some("object") | None => "any".to_owned(),
        Some(plain) => plain.to_owned(),
    }
}
