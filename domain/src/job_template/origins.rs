//! Who set which part of a Job, for its preview.

use serde_json::Value;

use super::placeholder::child;
use super::render::Rendered;
use super::tracked::{Origin, Tracked};

/// The JSON pointer of each leaf of a Job made by [`super::kubernetes_job`] from `rendered`, and who set it.
pub fn job_origins(job: &Value, rendered: &Rendered) -> Vec<(String, Origin)> {
    let mut leaves = Vec::new();
    Tracked::of(job, Origin::Worker).origins("", &mut leaves);
    for (pointer, origin) in &mut leaves {
        *origin = origin_of(pointer, job, rendered).unwrap_or(Origin::Worker);
    }
    leaves
}

fn origin_of(pointer: &str, job: &Value, rendered: &Rendered) -> Option<Origin> {
    let container = "/spec/template/spec/containers/0";
    let find = |pointer: &str| rendered.origins.iter().find(|(known, _)| known == pointer).map(|(_, origin)| *origin);
    if let Some(entry) = pointer.strip_prefix(container).and_then(|rest| rest.strip_prefix("/env/")) {
        // The variable's place in the list says nothing about where it came from; its name does.
        let entry = job.pointer(&format!("{container}/env/{}", entry.split('/').next()?))?;
        let name = child("", entry.get("name")?.as_str()?);
        let from_manifest = rendered.configuration.get("job_manifest")?.pointer(&format!("{container}/env"))?;
        let written = from_manifest.as_array().and_then(|list| list.iter().position(|written| written == entry));
        let written = written.and_then(|at| find(&format!("/job_manifest{container}/env/{at}/name")));
        return find(&format!("/env{name}")).or(written);
    }
    if pointer.starts_with(&format!("{container}/args/")) {
        let args = format!("/job_manifest{container}/args");
        return find(&args).or_else(|| find(&format!("/job_manifest{pointer}")));
    }
    if let Some(key) = pointer.strip_prefix("/spec/template/metadata/labels/") {
        let labels = find(&format!("/labels/{key}"));
        return labels.or_else(|| find(&format!("/job_manifest{pointer}")));
    }
    let written = rendered.configuration.get("job_manifest")?.pointer(pointer);
    find(&format!("/job_manifest{pointer}")).filter(|_| written == job.pointer(pointer))
}
