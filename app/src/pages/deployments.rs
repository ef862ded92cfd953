//! `/deployments`: what is deployed, when it runs next, how it went.

mod query;
mod row;

use domain::live::Changed;
use domain::pages::DeploymentsPage;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::clock::clock;
use crate::components::filter_form::{field, filter_form};
use crate::components::list::Item;
use crate::components::pager::pager;
use crate::components::panel;
use crate::components::run_now::Runner;
use crate::components::table::{Column, table};
use crate::element::{El, el, many};
use crate::page::{Page, page as load, title};
use crate::routes;
use query::{PAGE_SIZE, Query};

const COLUMNS: [Column; 7] = [
    Column::text("Deployment"),
    Column::text("Schedule"),
    Column::number("Next run"),
    Column::text("Last runs"),
    Column::text("Pool"),
    Column::text("Tags"),
    Column::silent("Actions"),
];

/// The page.
pub fn page() -> AnyView {
    let search = use_location().search;
    let rows = load::<DeploymentsPage>(
        move || search.get(),
        |change, _| matches!(change.what, Changed::Deployment | Changed::FlowRun),
        |client, search| {
            Box::pin(async move { client.post("/reeve/deployments", &Query::parse(&search).filter()).await.map(Some) })
        },
        move |page| rows(page, search),
    );
    let form = move || {
        let query = Query::parse(&search.get());
        let filtered = query.is_filtered();
        let fields = [field("q", "Flow or deployment", query.text, true), field("tag", "Tag", query.tag, false)];
        filter_form(routes::DEPLOYMENTS, fields, filtered)
    };
    let head = el("div").class("head line").add(el("h1").add("Deployments")).add(form);
    many([title(|| domain::say!("Deployments")), head.into_any(), rows])
}

/// The question of the list with this query.
#[cfg(not(target_arch = "wasm32"))]
pub fn asked(search: &str) -> serde_json::Value {
    Query::parse(search).filter()
}

fn rows(page: Page<DeploymentsPage>, search: Memo<String>) -> AnyView {
    clock().follow(move || page.with(|data| data.now));
    let runner = Runner::new();
    let none = move || page.try_with(|data| data.rows.is_empty()).unwrap_or_default();
    let items = move || {
        let rows = page.with(|data| data.rows.clone());
        rows.into_iter().map(|data| Item::new(row::key(&data), move || row::row(page, runner, &data))).collect()
    };
    let nothing = move || {
        let filtered = Query::parse(&search.get()).is_filtered();
        none().then(|| if filtered { panel::filtered("deployments", routes::DEPLOYMENTS) } else { no_deployments() })
    };
    let pages = move || {
        let query = Query::parse(&search.get());
        pager(query.page, PAGE_SIZE, page.try_with(|data| data.count)?, "deployment", |page| query.at(page))
    };
    many([
        table("Deployments", &COLUMNS, items).class("deployments").attr("hidden", none).into_any(),
        el("div").add(nothing).add(pages).into_any(),
    ])
}

fn no_deployments() -> El {
    panel::empty(
        "No deployments yet",
        "A deployment is a flow with the facts a worker needs to run it: where its code is, on which schedule, in which pool.",
        Some("prefect --no-prompt deploy --all"),
    )
}
