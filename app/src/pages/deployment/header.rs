//! What the deployment is, whether it is going to run, and the buttons that change that.

use client::deployments;
use domain::pages::DeploymentPage;
use domain::work_pools::WorkPoolStatus;
use leptos::prelude::*;

use crate::components::confirm::confirm;
use crate::components::facts::fact;
use crate::components::run_now::Runner;
use crate::components::{tags, time};
use crate::element::{El, button, el, link};
use crate::page::{self, Deletion, Page};
use crate::pages::flow_run::header::pool_link;
use crate::routes;

/// The header; it follows the deployment.
pub fn header(page: Page<DeploymentPage>, runner: Runner) -> El {
    let (id, flow, name) = page.peek(|data| (data.deployment.id, data.flow_name.clone(), data.deployment.name.clone()));
    let ask_delete = RwSignal::new(false);
    let buttons = el("div")
        .class("buttons")
        .add(move || pause(page))
        .add(button("Delete", move || ask_delete.set(true)))
        .add(runner.button(id, "primary"));
    let line = el("div").class("line").add(el("h1").add(name)).add(el("span").class("grow")).add(buttons);
    el("header")
        .class("head")
        .add(el("p").class("crumbs").add(link(routes::DEPLOYMENTS, "Deployments")).add(" / ").add(flow))
        .add(line)
        .add(move || page.with(trouble))
        .add(move || page.with(|data| data.deployment.description.clone()).map(|text| el("p").class("lead").add(text)))
        .add(move || page.with(facts))
        .add(confirm(
            ask_delete,
            "Delete this deployment?",
            "Its schedules and planned runs go with it; runs that have started stay.",
            "Delete the deployment",
            deleter(page),
        ))
}

fn pause(page: Page<DeploymentPage>) -> El {
    let (id, paused) = page.with(|data| (data.deployment.id, data.deployment.paused));
    let act = move || {
        page.act("The deployment was not changed", move |client| async move {
            if paused { deployments::resume(&client, id).await } else { deployments::pause(&client, id).await }
        });
    };
    button(if paused { "Resume all schedules" } else { "Pause all schedules" }, act)
}

fn deleter(page: Page<DeploymentPage>) -> impl Fn() + 'static {
    let id = page.peek(|data| data.deployment.id);
    move || {
        let said = Deletion {
            done: "The deployment is deleted",
            failed: "The deployment was not deleted",
            next: routes::DEPLOYMENTS,
        };
        page::delete(page, move |client| async move { deployments::delete(&client, id).await }, said);
    }
}

/// Why runs would wait, with the command that helps.
fn trouble(data: &DeploymentPage) -> Option<El> {
    let warning = el("p").class("warn");
    if data.deployment.paused {
        return Some(warning.add("Paused: its schedules make no runs until it is resumed. Runs by hand still work."));
    }
    let Some(pool) = &data.work_pool else {
        let text = "It names no work pool: whoever serves it runs it in a process of their own.";
        return data.deployment.work_pool_name.is_none().then(|| el("p").class("faint").add(text));
    };
    let name = link(routes::work_pool(&pool.name), pool.name.clone());
    if pool.is_paused || pool.status == Some(WorkPoolStatus::Paused) {
        return Some(warning.add_around("The pool {} is paused: runs wait until it is resumed.", name));
    }
    let command = format!("reeve worker start --pool {}", pool.name);
    (data.online_workers == 0).then(|| {
        warning
            .add_around("No worker polls {}: runs will be late until one starts, as with", name)
            .add(" ")
            .add(el("code").add(command))
    })
}

fn facts(data: &DeploymentPage) -> El {
    let deployment = &data.deployment;
    let pool = deployment.work_pool_name.as_deref();
    let pool = pool.map(|pool| pool_link(pool, deployment.work_queue_name.as_deref()));
    let tags = (!deployment.tags.is_empty()).then(|| tags::tags(routes::DEPLOYMENTS, &deployment.tags));
    el("dl")
        .class("facts")
        .add(fact("Pool", pool))
        .add(fact("Entrypoint", deployment.entrypoint.clone().map(|text| el("code").add(text))))
        .add(fact("Version", deployment.version.clone()))
        .add(fact("Limit", deployment.concurrency_limit.map(|limit| domain::say!("{} at once", limit))))
        .add(fact("Changed", deployment.updated.map(time::ago)))
        .add(fact("Tags", tags))
}
