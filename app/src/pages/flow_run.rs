//! `/runs/{id}`: one run, its log first; then its tasks, states and parameters.

mod actions;
pub mod header;
mod logs;
mod params;
mod states;
mod tasks;

use domain::listing::Listing;
use domain::live::{Change, Changed};
use domain::pages::FlowRunPage;
use domain::{FlowRunId, WorkPoolId};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::clock::clock;
use crate::components::cells::cells_table;
use crate::components::tabs::{Tab, tabs};
use crate::element::{El, el, many};
use crate::page::{Page, page as load, title};
use crate::{routes, words};

const EVENTS: &str = "events";

/// The page.
pub fn page() -> AnyView {
    let params = use_params_map();
    let tab = Memo::new(move |_| params.with(|params| params.get("tab").unwrap_or_default()));
    load::<FlowRunPage>(
        // Events come along only where they are shown.
        move || {
            let id = params.with(|params| params.get("id").unwrap_or_default());
            if tab.get() == EVENTS { format!("{id}/{EVENTS}") } else { id }
        },
        concerns,
        |client, key| {
            Box::pin(async move {
                let (id, part) = key.split_once('/').unwrap_or((&key, ""));
                match id.parse::<FlowRunId>() {
                    Ok(id) => client::flow_runs::page_of(&client, id, part == EVENTS).await,
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
    let is_pool = |pool: Option<WorkPoolId>| pool.is_some_and(|pool| pool.0 == change.id);
    match change.what {
        Changed::FlowRun | Changed::TaskRun => change.flow_run_id.is_some_and(|id| id == run || near(id)),
        // Its pool and those who poll it decide when a run that waits is taken; both tell of the pool's id.
        Changed::WorkPool | Changed::Worker => page.waiting.is_some() && is_pool(page.flow_run.work_pool_id),
        Changed::Deployment => false,
    }
}

fn content(page: Page<FlowRunPage>, tab: Memo<String>) -> AnyView {
    clock().follow(move || page.with(|data| data.now));
    let (id, start) = page.peek(|data| {
        let start = data.flow_run.start_time.or(data.flow_run.expected_start_time);
        (data.flow_run.id, start)
    });
    let parts = move || {
        let (tasks, states) = page.with(|data| (data.task_run_count, data.states.len() as i64));
        let list = vec![
            Tab { slug: "", name: "Logs", count: None },
            Tab { slug: "tasks", name: "Tasks", count: Some(tasks) },
            Tab { slug: "states", name: "States", count: Some(states) },
            Tab { slug: "params", name: "Parameters", count: None },
            Tab { slug: EVENTS, name: "Events", count: None },
        ];
        tabs(&routes::flow_run(id), tab, list)
    };
    let panel = move || match tab.get().as_str() {
        "" => logs::logs(id, page.peek(|data| data.logs.clone()), start, ended(page)).into_any(),
        "tasks" => tasks::tasks(page).into_any(),
        "states" => states::states(page).into_any(),
        "params" => params::params(page).into_any(),
        EVENTS => events(page).into_any(),
        _ => super::not_found::missing(),
    };
    let name = move || page.with(|data| format!("{} · {}", data.flow_run.name, data.flow_name));
    many([title(name), el("div").class("run-page").add(header::header(page)).add(parts).add(panel).into_any()])
}

/// Whether the run has come to its end.
fn ended(page: Page<FlowRunPage>) -> impl Fn() -> bool + Copy + Send + Sync {
    move || page.with(|data| data.flow_run.state_type.is_some_and(|kind| kind.is_terminal()))
}

/// What happened to the run and around it, newest first.
fn events(page: Page<FlowRunPage>) -> El {
    let rows = move || page.with(|data| data.events.as_ref().map(|events| events.rows.clone()).unwrap_or_default());
    let note = move || {
        let counts = |all: &Listing| (all.rows.len() as i64, all.count);
        // They are asked for when the tab is chosen.
        let Some((shown, count)) = page.with(|data| data.events.as_ref().map(counts)) else {
            return Some(el("p").class("loading").add("Loading…"));
        };
        let text = match shown {
            0 => "No events so far.".to_owned(),
            shown if shown < count => {
                format!("The last {} of {}.", words::grouped(shown), words::count(count, "event"))
            }
            _ => return None,
        };
        Some(el("p").class("faint").add(text))
    };
    let none = move || rows().is_empty();
    el("div")
        .class("body")
        .add(cells_table("Events", &super::listing::EVENTS, routes::FLOW_RUNS, rows).attr("hidden", none))
        .add(note)
}

#[cfg(test)]
mod tests {
    use domain::WorkPoolId;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_run_that_waits_watches_its_own_pool() {
        let (own, other) = (WorkPoolId(uuid(1)), WorkPoolId(uuid(2)));
        let mut page: FlowRunPage = serde_json::from_value(json!({
            "flow_run": { "id": uuid(3), "name": "r", "flow_id": uuid(4), "work_pool_id": own },
            "flow_name": "f", "states": [], "task_runs": [], "task_run_count": 0, "subflow_runs": [],
            "logs": { "lines": [], "cursor": 0, "total": 0, "has_earlier": false },
            "waiting": { "is_pool_paused": false, "is_queue_paused": false, "online_workers": 1, "active_runs": 0 },
            "now": "2026-11-23T00:00:00Z",
        }))
        .expect("a page");
        for what in [Changed::WorkPool, Changed::Worker] {
            let about = |pool: WorkPoolId| Change { what, id: pool.0, flow_run_id: None, deployment_id: None };
            assert_eq!([own, other].map(|pool| concerns(&about(pool), &page)), [true, false]);
        }
        page.waiting = None;
        let change = Change { what: Changed::Worker, id: own.0, flow_run_id: None, deployment_id: None };
        assert!(!concerns(&change, &page), "it has been taken");
    }

    fn uuid(last: u128) -> domain::Uuid {
        domain::Uuid::from_u128(last)
    }
}
