//! What the run was given: parameters, job variables, and the facts that support asks for.

use domain::flow_runs::FlowRun;
use domain::pages::FlowRunPage;
use leptos::prelude::*;

use crate::components::json::json;
use crate::page::Page;

/// The panel.
pub fn params(page: Page<FlowRunPage>) -> AnyView {
    view! { <div class="columns body">{move || page.with(|data| content(&data.flow_run))}</div> }.into_any()
}

fn content(run: &FlowRun) -> AnyView {
    let by = run.created_by.as_ref().and_then(|by| by.display_value.clone().or(by.kind.clone()));
    let made_by = if run.auto_scheduled { Some("its schedule".to_owned()) } else { by };
    view! {
        <section><h2>"Parameters"</h2>{json(&run.parameters)}</section>
        <section>
            <h2>"Job variables"</h2>
            <p class="faint">"What this run overrides of its deployment and its pool."</p>
            {json(&run.job_variables)}
        </section>
        <section>
            <h2>"Facts"</h2>
            <dl class="facts tall">
                {fact("Run id", Some(run.id.to_string()))}
                {fact("Runs as", run.infrastructure_pid.clone())}
                {fact("Made by", made_by)}
                {fact("Flow version", run.flow_version.clone())}
                {fact("Deployment version", run.deployment_version.clone())}
                {fact("Idempotency key", run.idempotency_key.clone())}
            </dl>
        </section>
    }
    .into_any()
}

fn fact(name: &'static str, value: Option<String>) -> AnyView {
    value.map(|value| view! { <div><dt>{name}</dt><dd><code>{value}</code></dd></div> }).into_any()
}
