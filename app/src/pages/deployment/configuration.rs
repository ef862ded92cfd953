//! What the deploy said: parameters, job variables, where the code comes from.

use domain::deployments::Deployment;
use domain::pages::DeploymentPage;
use serde_json::Value;

use crate::components::facts::code;
use crate::components::json::{json, members};
use crate::element::{El, el};
use crate::page::Page;

/// The panel.
pub fn configuration(page: Page<DeploymentPage>) -> El {
    el("div").class("body").add(move || page.with(|data| content(&data.deployment)))
}

fn content(deployment: &Deployment) -> El {
    let variables = el("section")
        .add(el("h2").add("Job variables"))
        .add(el("p").class("faint").add("What this deployment overrides of its pool’s template."))
        .add(members(&deployment.job_variables));
    let parameters = el("section").add(el("h2").add("Parameters")).add(members(&deployment.parameters));
    let facts = el("dl")
        .class("facts tall")
        .add(code("Entrypoint", deployment.entrypoint.clone()))
        .add(code("Path", deployment.path.clone()))
        .add(code("Version", deployment.version.clone()))
        .add(code("Deployment id", Some(deployment.id.to_string())));
    let origin = el("section")
        .add(el("h2").add("Code"))
        .add(facts)
        .add(el("h3").add("Pull steps"))
        .add(json(deployment.pull_steps.as_ref().unwrap_or(&Value::Null)));
    el("div").class("columns").add(variables).add(parameters).add(origin)
}
