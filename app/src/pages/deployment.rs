//! `/deployments/{flow}/{name}`: one deployment, what it does next and how to change that.

mod configuration;
mod custom_run;
mod header;
mod job;
mod plan;

use domain::flow_runs::FlowRun;
use domain::live::{Change, Changed};
use domain::pages::{DeploymentPage, FlowRunRow};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::clock::clock;
use crate::components::run_now::Runner;
use crate::components::run_table::run_table;
use crate::components::tabs::{Tab, tabs};
use crate::element::{El, IntoNode, el, link, many};
use crate::page::{Page, page as load, title};
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
        // Those who poll it tell of the pool's id as well.
        Changed::WorkPool | Changed::Worker => page.work_pool.as_ref().is_some_and(|pool| pool.id.0 == change.id),
        Changed::TaskRun => false,
    }
}

fn content(page: Page<DeploymentPage>, tab: Memo<String>) -> AnyView {
    clock().follow(move || page.with(|data| data.now));
    let runner = Runner::new();
    let base = page.peek(|data| routes::deployment(&data.flow_name, &data.deployment.name));
    let parts = vec![
        Tab { slug: "", name: "Runs", count: None },
        Tab { slug: "run", name: "Custom run", count: None },
        Tab { slug: "configuration", name: "Configuration", count: None },
        Tab { slug: "job", name: "Effective job", count: None },
    ];
    let panel = move || match tab.get().as_str() {
        "" => runs(page).into_any(),
        "run" => custom_run::custom_run(page, runner).into_any(),
        "configuration" => configuration::configuration(page).into_any(),
        "job" => job::job(page).into_any(),
        _ => super::not_found::missing(),
    };
    many([
        title(move || page.with(|data| format!("{} · {}", data.deployment.name, data.flow_name))),
        header::header(page, runner).into_any(),
        plan::plan(page).into_any(),
        tabs(&base, tab, parts).into_any(),
        panel.into_node(),
    ])
}

/// The last runs, and where the others are.
fn runs(page: Page<DeploymentPage>) -> El {
    let rows = move || {
        page.with(|data| {
            let row = |run: &FlowRun| FlowRunRow {
                flow_run: run.clone(),
                flow_name: data.flow_name.clone(),
                deployment_name: Some(data.deployment.name.clone()),
            };
            data.last_runs.iter().map(row).collect()
        })
    };
    let none = move || page.with(|data| data.last_runs.is_empty());
    let all = page.peek(|data| {
        let name = format!("{}/{}", data.flow_name, data.deployment.name);
        address::with_query(routes::FLOW_RUNS, &[("deployment", &name)])
    });
    el("div")
        .class("body")
        .add(move || none().then(|| el("p").class("faint").add("It has not run yet.")))
        .add(run_table("Last runs", rows).attr("hidden", none))
        .add(el("p").class("more").add(link(all, "All runs of this deployment")))
}

#[cfg(test)]
mod tests {
    use domain::Uuid;
    use serde_json::json;

    use super::*;

    #[test]
    fn only_its_own_pool_matters() {
        let [id, flow, own, other] = [1, 2, 3, 4].map(Uuid::from_u128);
        let page: DeploymentPage = serde_json::from_value(json!({
            "deployment": { "id": id, "name": "d", "flow_id": flow },
            "schedule_words": [], "flow_name": "f", "upcoming": [], "last_runs": [], "online_workers": 1,
            "work_pool": { "id": own, "name": "p", "type": "process", "base_job_template": {} },
            "now": "2026-11-23T00:00:00Z",
        }))
        .expect("a page");
        for what in [Changed::WorkPool, Changed::Worker] {
            let about = |id| Change { what, id, flow_run_id: None, deployment_id: None };
            assert_eq!([own, other].map(|id| concerns(&about(id), &page)), [true, false]);
        }
    }
}
