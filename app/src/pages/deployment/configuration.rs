//! What the deploy said: parameters, job variables, where the code comes from.

use domain::deployments::Deployment;
use domain::pages::DeploymentPage;
use leptos::prelude::*;

use crate::components::json::json;
use crate::page::Page;

/// The panel.
pub fn configuration(page: Page<DeploymentPage>) -> AnyView {
    view! { <div class="columns body">{move || page.with(|data| content(&data.deployment))}</div> }.into_any()
}

fn content(deployment: &Deployment) -> AnyView {
    view! {
        <section>
            <h2>"Job variables"</h2>
            <p class="faint">"What this deployment overrides of its pool’s template."</p>
            {json(&deployment.job_variables)}
        </section>
        <section><h2>"Parameters"</h2>{json(&deployment.parameters)}</section>
        <section>
            <h2>"Code"</h2>
            <dl class="facts tall">
                {fact("Entrypoint", deployment.entrypoint.clone())}
                {fact("Path", deployment.path.clone())}
                {fact("Version", deployment.version.clone())}
                {fact("Deployment id", Some(deployment.id.to_string()))}
            </dl>
            <h3>"Pull steps"</h3>
            {json(&deployment.pull_steps)}
        </section>
    }
    .into_any()
}

fn fact(name: &'static str, value: Option<String>) -> AnyView {
    value.map(|value| view! { <div><dt>{name}</dt><dd><code>{value}</code></dd></div> }).into_any()
}
