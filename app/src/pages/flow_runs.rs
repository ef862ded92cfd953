//! `/runs`: the runs that a line of tokens asks for, and one of them beside the list. All of it is in the address.

mod beside;
mod bulk;
mod filter;

use domain::flow_runs::FlowRun;
use domain::live::Changed;
use domain::pages::FlowRunsPage;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::address;
use crate::clock::clock;
use crate::components::pager::pager;
use crate::components::panel;
use crate::components::run_table::with_choice;
use crate::element::{El, el, many};
use crate::page::{Page, page as load, title};
use crate::routes;
use crate::sheet::{Desk, parts};

/// The page.
pub fn page() -> AnyView {
    let search = use_location().search;
    // The list is the same whatever is beside it.
    let listed = Memo::new(move |_| beside::without_run(&search.get()));
    let run = Memo::new(move |_| address::value(&address::pairs(&search.get()), "run"));
    let rows = load::<FlowRunsPage>(
        move || listed.get(),
        |change, _| change.what == Changed::FlowRun,
        |client, search| Box::pin(async move { client::flow_runs::page(&client, &search).await.map(Some) }),
        move |page| content(page, search, run),
    );
    many([title(|| domain::say!("Runs")), beside::with_run(rows, search, run).into_any()])
}

fn content(page: Page<FlowRunsPage>, search: Memo<String>, run: Memo<String>) -> AnyView {
    clock().follow(move || page.with(|data| data.now));
    let desk = Desk::new(move || page.try_with(|data| data.above.clone()), Callback::new(move |()| page.refresh()));
    let head = el("div").class("head line").add(el("h1").add("Runs")).add(filter::filter(page));
    many([head.into_any(), el("div").class("above").add(parts(desk)).into_any(), rows(page, search, run).into_any()])
}

fn rows(page: Page<FlowRunsPage>, search: Memo<String>, run: Memo<String>) -> El {
    let none = move || page.try_with(|data| data.rows.is_empty()).unwrap_or_default();
    let chosen = bulk::Chosen::new(Vec::new());
    let choice = move |run: &FlowRun| Some(bulk::choice(chosen, run.id, &run.name));
    let table = with_choice("Runs", choice, Some(run), move || page.with(|data| data.rows.clone()));
    let nothing = move || {
        let filtered = page.try_with(|data| !data.line.is_empty()).unwrap_or_default();
        none().then(|| if filtered { panel::filtered("runs", routes::FLOW_RUNS) } else { no_runs() })
    };
    let pages = move || {
        let (number, size, count) = page.try_with(|data| (data.page, data.size, data.count))?;
        pager(number, size, count, "run", |page| at(&search.get(), page))
    };
    el("div").add(bulk::bar(page, chosen)).add(table.attr("hidden", none)).add(el("div").add(nothing).add(pages))
}

/// The same question with another page.
fn at(search: &str, page: i64) -> String {
    let rest = beside::without_run(search);
    let kept: Vec<&str> =
        rest.split(['?', '&']).filter(|part| !part.is_empty() && !part.starts_with("page=")).collect();
    let number = if page > 1 { ["page=", &page.to_string()].concat() } else { String::new() };
    let parts: Vec<&str> = kept.into_iter().chain([number.as_str()]).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { routes::FLOW_RUNS.to_owned() } else { [routes::FLOW_RUNS, "?", &parts.join("&")].concat() }
}

fn no_runs() -> El {
    panel::empty(
        "No runs yet",
        "A run appears here when a schedule falls due, when somebody presses “Run now”, or when a flow is started.",
        Some("prefect deployment run 'my-flow/my-deployment'"),
    )
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn another_page_of_the_same_question() {
        let cases = [
            ("", 2, "/runs?page=2"),
            ("?q=late&page=7&run=x", 1, "/runs?q=late"),
            ("?page=2&q=a+b", 3, "/runs?q=a+b&page=3"),
        ];
        for (search, page, path) in cases {
            assert_eq!(at(search, page), path, "{search}");
        }
    }
}
