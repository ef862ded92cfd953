//! The job that a run of this deployment becomes, with who set what.

use domain::pages::DeploymentPage;

use crate::components::manifest;
use crate::element::{El, el, link};
use crate::page::Page;
use crate::routes;

/// The panel.
pub fn job(page: Page<DeploymentPage>) -> El {
    el("div").class("body").add(move || page.with(content))
}

fn content(data: &DeploymentPage) -> El {
    let Some(pool) = &data.work_pool else {
        return el("p")
            .class("faint")
            .add("Without a work pool there is no job: whoever serves the deployment runs it.");
    };
    let how = el("p").class("faint").add_around(
        "What a run becomes now: the template of {} with this deployment’s job variables.",
        link(routes::template(&pool.name), pool.name.clone()),
    );
    el("div").add(how).add(data.job.as_ref().map(manifest::rendered))
}
