//! `/pools`: every work pool, who polls it and what waits in it.

use domain::live::Changed;
use domain::pages::WorkPoolsPage;
use leptos::prelude::*;

use crate::clock::clock;
use crate::components::panel;
use crate::components::work_pool_table::work_pool_table;
use crate::element::{el, many};
use crate::page::{Page, page as load, title};

/// The page.
pub fn page() -> AnyView {
    let rows = load::<WorkPoolsPage>(
        || "pools".to_owned(),
        |change, _| matches!(change.what, Changed::WorkPool | Changed::Worker | Changed::FlowRun),
        |client, _| Box::pin(async move { client::work_pools::page(&client).await.map(Some) }),
        rows,
    );
    many([title(|| domain::say!("Work pools")), el("h1").add("Work pools").into_any(), rows])
}

fn rows(page: Page<WorkPoolsPage>) -> AnyView {
    clock().follow(move || page.with(|data| data.now));
    let none = move || page.with(|data| data.rows.is_empty());
    let nothing = move || {
        none().then(|| {
            panel::empty(
                "No work pools yet",
                "A work pool is where runs wait for workers, and holds the template of the jobs that they become.",
                Some("prefect work-pool create my-pool --type kubernetes"),
            )
        })
    };
    let table = work_pool_table(move || page.with(|data| data.rows.clone()));
    many([el("div").class("body").attr("hidden", none).add(table).into_any(), el("div").add(nothing).into_any()])
}
