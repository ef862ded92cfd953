//! `/runs/{id}`: one run, its log first; then its tasks, states and parameters.

mod actions;
pub mod header;
mod logs;
mod params;
mod states;
mod tasks;

use domain::live::{Change, Changed};
use domain::pages::FlowRunPage;
use domain::{FlowRunId, WorkPoolId};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use crate::clock::clock;
use crate::components::tabs::{Tab, tabs};
use crate::element::{El, el, many};
use crate::page::{Page, page as load, title};
use crate::routes;
use crate::sheet::{Desk, parts};

/// The tabs whose content the server describes; it comes along where it is shown.
const DESCRIBED: [(&str, &str); 6] = [
    ("timeline", "Timeline"),
    ("why", "Why"),
    ("pod", "Pod"),
    ("job", "Job"),
    ("artifacts", "Artifacts"),
    ("events", "Events"),
];

/// Where what the pods printed once stood alone: the log with that.
const OUTPUT: &str = "output";

/// The page.
pub fn page() -> AnyView {
    let params = use_params_map();
    let search = use_location().search;
    let tab = Memo::new(move |_| params.with(|params| params.get("tab").unwrap_or_default()));
    load::<FlowRunPage>(
        move || {
            let id = params.with(|params| params.get("id").unwrap_or_default());
            let tab = tab.get();
            let log = match tab.as_str() {
                "" => logs::place::asked(&search.get_untracked()),
                OUTPUT => logs::place::asked("source=pod"),
                _ => String::new(),
            };
            format!("{id}/{}/{log}", described(&tab).unwrap_or_default())
        },
        concerns,
        |client, key| {
            Box::pin(async move {
                let (id, rest) = key.split_once('/').unwrap_or((&key, ""));
                let (part, log) = rest.split_once('/').unwrap_or((rest, ""));
                match id.parse::<FlowRunId>() {
                    Ok(id) => client::flow_runs::page_of(&client, id, part, log).await,
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
        let mut list = vec![
            Tab { slug: "", name: "Logs", count: None },
            Tab { slug: "tasks", name: "Tasks", count: Some(tasks) },
            Tab { slug: "states", name: "States", count: Some(states) },
            Tab { slug: "params", name: "Parameters", count: None },
        ];
        list.extend(DESCRIBED.map(|(slug, name)| Tab { slug, name, count: None }));
        tabs(&routes::flow_run(id), tab, list)
    };
    let panel = move || match tab.get().as_str() {
        "" | OUTPUT => logs::logs(id, page.peek(|data| data.logs.clone()), start, ended(page)).into_any(),
        "tasks" => tasks::tasks(page).into_any(),
        "states" => states::states(page).into_any(),
        "params" => params::params(page).into_any(),
        other if described(other).is_some() => part(page).into_any(),
        _ => super::not_found::missing(),
    };
    let name = move || page.with(|data| format!("{} · {}", data.flow_run.name, data.flow_name));
    many([title(name), el("div").class("run-page").add(header::header(page)).add(parts).add(panel).into_any()])
}

/// The tab, if the server describes it.
pub fn described(tab: &str) -> Option<&'static str> {
    DESCRIBED.iter().map(|(slug, _)| *slug).find(|slug| *slug == tab)
}

/// The tab that the server describes; it is asked for when the tab is chosen.
fn part(page: Page<FlowRunPage>) -> El {
    let sheet = move || page.try_with(|data| data.part.clone()).flatten();
    let desk = Desk::new(sheet, Callback::new(move |()| page.refresh()));
    let loading = move || sheet().is_none().then(|| el("p").class("loading").add("Loading…"));
    el("div").class("body").add(loading).add(parts(desk))
}

/// Whether the run has come to its end.
fn ended(page: Page<FlowRunPage>) -> impl Fn() -> bool + Copy + Send + Sync {
    move || page.with(|data| data.flow_run.state_type.is_some_and(|kind| kind.is_terminal()))
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
            "logs": { "lines": [], "offset": 0, "counts": [0, 0, 0, 0, 0, 0, 0, 0], "cursor": 0, "hide": "", "source": "" },
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
