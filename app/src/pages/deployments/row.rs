//! One deployment in the list.

use client::deployments;
use domain::deployments::{Deployment, DeploymentRow};
use domain::pages::DeploymentsPage;
use leptos::prelude::*;

use crate::components::run_now::Runner;
use crate::components::strip::strip;
use crate::components::{schedules, tags, time};
use crate::element::{El, button, el, link, many};
use crate::page::Page;
use crate::routes;

/// Everything that the row shows, so that it is drawn anew when any of it changes.
pub fn key(row: &DeploymentRow) -> String {
    let deployment = &row.deployment;
    let micros = |at: Option<domain::Timestamp>| at.map_or(0, |at| at.micros());
    let active: String = deployment.schedules.iter().map(|schedule| if schedule.active { '1' } else { '0' }).collect();
    let newest = row.last_runs.first();
    format!(
        "{}.{}.{}.{active}.{}.{}.{}",
        deployment.id,
        micros(deployment.updated),
        deployment.paused,
        micros(row.next_run),
        newest.map(|run| run.id.to_string()).unwrap_or_default(),
        micros(newest.and_then(|run| run.updated)),
    ) + row.waits.as_deref().unwrap_or_default()
}

/// The row.
pub fn row(page: Page<DeploymentsPage>, runner: Runner, row: &DeploymentRow) -> El {
    let deployment = &row.deployment;
    let name = link(routes::deployment(&row.flow_name, &deployment.name), deployment.name.clone());
    let pool = deployment.work_pool_name.as_deref().map(|pool| link(routes::work_pool(pool), pool.to_owned()));
    let actions = many([pause(page, deployment).into_any(), runner.button(deployment.id, "small").into_any()]);
    el("tr")
        .attr("data-off", deployment.paused)
        .add(
            el("th")
                .attr("scope", "row")
                .add(name.attr("data-row-link", ""))
                .add(el("small").class("of").add(" ").add(row.flow_name.clone())),
        )
        .add(el("td").class("schedules").add(schedules::schedules(page, deployment, &row.schedule_words)))
        .add(el("td").class("number").attr("title", row.waits.clone()).add(next(row)))
        .add(el("td").add(strip(&row.last_runs)))
        .add(el("td").add(pool))
        .add(el("td").class("tags").add(tags::tags(routes::DEPLOYMENTS, &deployment.tags)))
        .add(el("td").class("actions").add(actions))
}

/// When it runs next, or why it does not.
fn next(row: &DeploymentRow) -> El {
    let faint = |text: &'static str| el("span").class("faint").add(text);
    if row.deployment.paused {
        return faint("paused");
    }
    let due = row.next_run.map_or_else(|| faint("–"), time::due);
    match &row.waits {
        Some(words) => el("div").add(due).add(el("small").class("waits").add(words.clone())),
        None => due,
    }
}

fn pause(page: Page<DeploymentsPage>, deployment: &Deployment) -> El {
    let (id, paused) = (deployment.id, deployment.paused);
    let act = move || {
        page.act("The deployment was not changed", move |client| async move {
            if paused { deployments::resume(&client, id).await } else { deployments::pause(&client, id).await }
        });
    };
    button(if paused { "Resume" } else { "Pause" }, act)
        .class("small")
        .attr("title", "All schedules of this deployment")
}
