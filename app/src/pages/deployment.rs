//! `/deployments/{flow}/{name}`: one deployment, what it does next and how to change that.

mod configuration;
mod custom_run;
mod header;
mod job;
mod plan;

use domain::live::{Change, Changed};
use domain::pages::{DeploymentPage, FlowRunRow};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::clock::clock;
use crate::components::run_now::Runner;
use crate::components::run_table::run_table;
use crate::components::tabs::{Tab, tabs};
use crate::page::{Page, page as load};
use crate::{address, routes};

/// The page.
pub fn page() -> AnyView {
    let params = use_params_map();
    let param = move |name: &str| params.with(|params| params.get(name).unwrap_or_default());
    let tab = Memo::new(move |_| param("tab"));
    load::<DeploymentPage>(
        move || routes::deployment(&param("flow"), &param("name")),
        concerns,
        |client, path| {
            let mut names = path.split('/').skip(2).map(address::decoded);
            let (flow, name) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
            Box::pin(async move { client::deployments::page_of(&client, &flow, &name).await })
        },
        move |page| content(page, tab),
    )
}

/// Whether a change is about this deployment or its pool.
fn concerns(change: &Change, page: &DeploymentPage) -> bool {
    let deployment = page.deployment.id;
    match change.what {
        Changed::Deployment => change.id == deployment.0,
        Changed::FlowRun => change.deployment_id == Some(deployment),
        Changed::WorkPool | Changed::Worker => page.work_pool.is_some(),
        Changed::TaskRun => false,
    }
}

fn content(page: Page<DeploymentPage>, tab: Memo<String>) -> AnyView {
    let clock = clock();
    let runner = Runner::new();
    clock.sync(page.peek(|data| data.now));
    Effect::new(move |_| clock.sync(page.with(|data| data.now)));
    let base = page.peek(|data| routes::deployment(&data.flow_name, &data.deployment.name));
    let title = move || page.with(|data| format!("{} · {}", data.deployment.name, data.flow_name));
    let parts = vec![
        Tab { slug: "", name: "Runs", count: None },
        Tab { slug: "run", name: "Custom run", count: None },
        Tab { slug: "configuration", name: "Configuration", count: None },
        Tab { slug: "job", name: "Effective job", count: None },
    ];
    let panel = move || match tab.get().as_str() {
        "" => runs(page),
        "run" => custom_run::custom_run(page, runner),
        "configuration" => configuration::configuration(page),
        "job" => job::job(page),
        _ => super::not_found::missing(),
    };
    view! {
        <Title text=title/>
        {header::header(page, runner)}
        {plan::plan(page)}
        {tabs(base, tab.into(), parts)}
        {panel}
    }
    .into_any()
}

/// The last runs, and where the others are.
fn runs(page: Page<DeploymentPage>) -> AnyView {
    let rows = move || {
        page.with(|data| {
            let row = |run: &domain::flow_runs::FlowRun| FlowRunRow {
                flow_run: run.clone(),
                flow_name: data.flow_name.clone(),
                deployment_name: Some(data.deployment.name.clone()),
            };
            data.last_runs.iter().map(row).collect()
        })
    };
    let none = Memo::new(move |_| page.with(|data| data.last_runs.is_empty()));
    let all = page.peek(|data| {
        let name = format!("{}/{}", data.flow_name, data.deployment.name);
        address::with_query(routes::FLOW_RUNS, &[("deployment", &name)])
    });
    view! {
        <div class="body">
            {move || none.get().then(|| view! { <p class="faint">"It has not run yet."</p> })}
            <div hidden=move || none.get()>{run_table("Last runs", rows)}</div>
            <p class="more"><a href=all>"All runs of this deployment"</a></p>
        </div>
    }
    .into_any()
}
