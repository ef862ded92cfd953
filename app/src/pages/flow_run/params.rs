//! What the run was given: parameters, job variables, and the facts that support asks for.

use domain::flow_runs::FlowRun;
use domain::pages::FlowRunPage;

use crate::components::facts::code;
use crate::components::json::members;
use crate::element::{El, el};
use crate::page::Page;

/// The panel.
pub fn params(page: Page<FlowRunPage>) -> El {
    el("div").class("body").add(move || page.with(|data| content(&data.flow_run)))
}

fn content(run: &FlowRun) -> El {
    let by = run.created_by.as_ref().and_then(|by| by.display_value.clone().or(by.kind.clone()));
    let made_by = if run.auto_scheduled { Some("its schedule".to_owned()) } else { by };
    let parameters = el("section").add(el("h2").add("Parameters")).add(members(&run.parameters));
    let variables = el("section")
        .add(el("h2").add("Job variables"))
        .add(el("p").class("faint").add("What this run overrides of its deployment and its pool."))
        .add(members(&run.job_variables.clone().unwrap_or_default()));
    let facts = el("dl")
        .class("facts tall")
        .add(code("Run id", Some(run.id.to_string())))
        .add(code("Runs as", run.infrastructure_pid.clone()))
        .add(code("Made by", made_by))
        .add(code("Flow version", run.flow_version.clone()))
        .add(code("Deployment version", run.deployment_version.clone()))
        .add(code("Idempotency key", run.idempotency_key.clone()));
    let facts = el("section").add(el("h2").add("Facts")).add(facts);
    el("div").class("columns").add(parameters).add(variables).add(facts)
}
