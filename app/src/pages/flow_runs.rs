//! `/runs`: all runs, filtered by what the URL says.

mod bulk;
mod query;

use domain::flow_runs::FlowRun;
use domain::live::Changed;
use domain::pages::FlowRunsPage;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::clock::clock;
use crate::components::filter_form::{field, filter_form, hidden};
use crate::components::pager::pager;
use crate::components::panel;
use crate::components::run_table::with_choice;
use crate::element::{El, el, link, many};
use crate::page::{Page, page as load, title};
use crate::routes;
use query::{PAGE_SIZE, Query, STATES};

/// The page.
pub fn page() -> AnyView {
    let search = use_location().search;
    let query = move || Query::parse(&search.get());
    let rows = load::<FlowRunsPage>(
        move || search.get(),
        |change, _| change.what == Changed::FlowRun,
        |client, search| {
            Box::pin(async move { client.post("/reeve/flow_runs", &Query::parse(&search).filter()).await.map(Some) })
        },
        move |page| rows(page, search),
    );
    let head = el("div").class("head line").add(el("h1").add("Runs")).add(move || tools(query()));
    many([title(|| domain::say!("Runs")), head.into_any(), rows])
}

/// The question of the list with this query.
#[cfg(not(target_arch = "wasm32"))]
pub fn asked(search: &str) -> serde_json::Value {
    Query::parse(search).filter()
}

/// Links by state, and the form for the rest.
fn tools(query: Query) -> El {
    let state = |(slug, name): (&'static str, &'static str)| {
        let href = query.with(|query| query.state = slug.to_owned()).href();
        link(href, name).attr("aria-current", (query.state == slug).then_some("true"))
    };
    let states = el("nav").class("chips").attr("aria-label", "Runs by state").add_all(STATES.map(state));
    let filtered = query.is_filtered();
    let fields = [
        hidden("state", query.state),
        field("q", "Run name", query.text, true),
        field("flow", "Flow", query.flow, false),
        field("deployment", "Deployment", query.deployment, false),
        field("pool", "Pool", query.pool, false),
        field("tag", "Tag", query.tag, false),
    ];
    el("div").class("tools").add(states).add(filter_form(routes::FLOW_RUNS, fields, filtered))
}

fn rows(page: Page<FlowRunsPage>, search: Memo<String>) -> AnyView {
    clock().follow(move || page.with(|data| data.now));
    let none = move || page.try_with(|data| data.rows.is_empty()).unwrap_or_default();
    let chosen = bulk::Chosen::new(Vec::new());
    let choice = move |run: &FlowRun| Some(bulk::choice(chosen, run.id, &run.name));
    let table = with_choice("Runs", choice, move || page.with(|data| data.rows.clone()));
    let nothing = move || {
        let filtered = Query::parse(&search.get()).is_filtered();
        none().then(|| if filtered { panel::filtered("runs", routes::FLOW_RUNS) } else { no_runs() })
    };
    let pages = move || {
        let query = Query::parse(&search.get());
        let at = |page: i64| query.with(|query| query.page = page).href();
        pager(query.page, PAGE_SIZE, page.try_with(|data| data.count)?, "run", at)
    };
    many([
        bulk::bar(page, chosen).into_any(),
        table.attr("hidden", none).into_any(),
        el("div").add(nothing).add(pages).into_any(),
    ])
}

fn no_runs() -> El {
    panel::empty(
        "No runs yet",
        "A run appears here when a schedule falls due, when somebody presses “Run now”, or when a flow is started.",
        Some("prefect deployment run 'my-flow/my-deployment'"),
    )
}
