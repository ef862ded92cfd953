//! `/runs/{id}`: one run, its log first; then its tasks, states and parameters.

mod actions;
mod header;
mod logs;
mod params;
mod states;
mod tasks;

use domain::FlowRunId;
use domain::live::{Change, Changed};
use domain::pages::FlowRunPage;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::clock::clock;
use crate::components::tabs::{Tab, tabs};
use crate::page::{Page, page as load};
use crate::routes;

/// The page.
pub fn page() -> AnyView {
    let params = use_params_map();
    let tab = Memo::new(move |_| params.with(|params| params.get("tab").unwrap_or_default()));
    load::<FlowRunPage>(
        move || params.with(|params| params.get("id").unwrap_or_default()),
        concerns,
        |client, id| {
            Box::pin(async move {
                match id.parse::<FlowRunId>() {
                    Ok(id) => client::flow_runs::page_of(&client, id).await,
                    Err(_) => Ok(None),
                }
            })
        },
        move |page| content(page, tab),
    )
}

/// Whether a change is about this run, its tasks, its subflows or what it is a part of.
fn concerns(change: &Change, page: &FlowRunPage) -> bool {
    let run = page.flow_run.id;
    let near = |id: FlowRunId| page.subflow_runs.iter().chain(&page.parent_flow_run).any(|row| row.flow_run.id == id);
    match change.what {
        Changed::FlowRun | Changed::TaskRun => change.flow_run_id.is_some_and(|id| id == run || near(id)),
        _ => false,
    }
}

fn content(page: Page<FlowRunPage>, tab: Memo<String>) -> AnyView {
    Effect::new(move |_| clock().sync(page.with(|data| data.now)));
    let (id, start) = page.peek(|data| {
        clock().sync(data.now);
        (data.flow_run.id, data.flow_run.start_time.or(data.flow_run.expected_start_time))
    });
    let title = move || page.with(|data| format!("{} · {}", data.flow_run.name, data.flow_name));
    let parts = move || {
        let (tasks, states) = page.with(|data| (data.task_run_count, data.states.len() as i64));
        tabs(
            routes::flow_run(id),
            tab.into(),
            vec![
                Tab { slug: "", name: "Logs", count: None },
                Tab { slug: "tasks", name: "Tasks", count: Some(tasks) },
                Tab { slug: "states", name: "States", count: Some(states) },
                Tab { slug: "params", name: "Parameters", count: None },
            ],
        )
    };
    let panel = move || match tab.get().as_str() {
        "" => logs::logs(id, page.peek(|data| data.logs.clone()), start, ended(page)),
        "tasks" => tasks::tasks(page),
        "states" => states::states(page),
        "params" => params::params(page),
        _ => super::not_found::missing(),
    };
    view! {
        <Title text=title/>
        <div class="run-page">
            {header::header(page)}
            {parts}
            {panel}
        </div>
    }
    .into_any()
}

/// Whether the run has come to its end.
fn ended(page: Page<FlowRunPage>) -> Signal<bool> {
    Memo::new(move |_| page.with(|data| data.flow_run.state_type.is_some_and(|kind| kind.is_terminal()))).into()
}
