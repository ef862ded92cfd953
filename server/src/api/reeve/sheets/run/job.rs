//! What was created in the cluster for a run, with who set each leaf.

use domain::infrastructure::HIDDEN;
use domain::job_template::Origin;
use domain::listing::{Cell, ListingRow};
use domain::pages::FlowRunPage;
use domain::say;
use domain::sheet::{Grid, Part, Sheet, heading, say};
use serde_json::Value;
use store::{Tx, flow_run_infrastructure};

use super::nothing;

/// The tab.
pub async fn job(tx: &mut Tx, sheet: Sheet, page: &FlowRunPage) -> store::Result<Sheet> {
    let known = flow_run_infrastructure::of_run(tx, page.flow_run.id).await?.unwrap_or_default();
    let Some(manifest) = known.manifest else {
        let text = "The manifest is kept when a Kubernetes worker of this server creates the Job. The page of the deployment shows the Job that its next run would get.";
        return Ok(nothing(sheet, "No Job is known of this run", text));
    };
    let origins = known.origins.unwrap_or_default();
    let mut leaves = Vec::new();
    walk("", &manifest, &mut leaves);
    let rows = leaves.iter().map(|(pointer, value)| {
        let origin = origins.iter().find(|(known, _)| known == pointer).map(|(_, origin)| *origin);
        let (mark, words) = origin.map_or(("pending", "Added by the worker"), words);
        let cells = vec![Cell::Code(pointer.clone()), Cell::Code(value.clone()), Cell::state(mark, words)];
        ListingRow::new(pointer, cells)
    });
    let rows: Vec<ListingRow> = rows.collect();
    let mut sheet = sheet.with(say("The Job as its worker created it."));
    if manifest.to_string().contains(HIDDEN) {
        sheet = sheet.with(say("Values whose name sounds like a secret are hidden."));
    }
    let sheet = sheet.with(Part::Source(say!("Manifest"), domain::manifest::yaml(&manifest)));
    Ok(sheet.with(heading("Who set what")).with(Grid::part("Who set what", &["Place", "Value", "Set by"], rows)))
}

fn words(origin: Origin) -> (&'static str, &'static str) {
    match origin {
        Origin::Template => ("scheduled", "Written in the template"),
        Origin::PoolDefault => ("running", "Default of the pool"),
        Origin::Deployment => ("completed", "Set by the deployment"),
        Origin::FlowRun => ("late", "Set by the run"),
        Origin::Worker => ("pending", "Added by the worker"),
    }
}

/// The leaves with their JSON pointers, in their order.
fn walk(pointer: &str, value: &Value, leaves: &mut Vec<(String, String)>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(key, value)| walk(&format!("{pointer}/{}", escaped(key)), value, leaves));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(at, value)| walk(&format!("{pointer}/{at}"), value, leaves));
        }
        leaf => leaves.push((pointer.to_owned(), super::super::brief(leaf))),
    }
}
