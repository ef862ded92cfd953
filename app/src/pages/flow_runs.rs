//! `/runs`: all runs, filtered by what the URL says.

mod query;

use domain::live::Changed;
use domain::pages::FlowRunsPage;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use crate::clock::clock;
use crate::components::{panel, run_table};
use crate::page::{Page, page as load};
use crate::words;
use query::{PAGE_SIZE, Query, STATES};

/// The page.
pub fn page() -> AnyView {
    let search = use_location().search;
    let query = Memo::new(move |_| Query::parse(&search.get()));
    let body = load::<FlowRunsPage>(
        move || search.get(),
        |change, _| change.what == Changed::FlowRun,
        |client, search| {
            Box::pin(async move {
                client::flow_runs::page(&client, &Query::parse(&search).filter()).await.map(Some)
            })
        },
        move |page| rows(page, query),
    );
    view! {
        <Title text="Runs"/>
        <div class="head"><h1>"Runs"</h1></div>
        {move || toolbar(query.get())}
        {body}
    }
    .into_any()
}

/// State links and the form for the rest; a plain GET form, so it works everywhere.
fn toolbar(query: Query) -> AnyView {
    let states = STATES.map(|(slug, name)| {
        let here = query.state == slug;
        let href = query.with(|query| query.state = slug.to_owned()).href();
        view! { <a href=href aria-current=here.then_some("true")>{name}</a> }
    });
    let clear = query.is_filtered().then(|| view! { <a href="/runs">"Clear"</a> });
    view! {
        <div class="toolbar">
            <nav class="chips" aria-label="Runs by state">{states.into_iter().collect_view()}</nav>
            <form role="search" action="/runs" method="get">
                {(!query.state.is_empty()).then(|| view! { <input type="hidden" name="state" value=query.state.clone()/> })}
                <input type="search" name="q" data-search="" placeholder="Name" aria-label="Run name contains" value=query.text/>
                <input type="search" name="deployment" placeholder="Deployment" aria-label="Deployment" value=query.deployment/>
                <input type="search" name="pool" class="wide" placeholder="Pool" aria-label="Work pool" value=query.pool/>
                <input type="search" name="tag" placeholder="Tag" aria-label="Tag" value=query.tag/>
                <button>"Filter"</button>
                {clear}
            </form>
        </div>
    }
    .into_any()
}

fn rows(page: Page<FlowRunsPage>, query: Memo<Query>) -> AnyView {
    clock().sync(page.peek(|data| data.now));
    let none = move || page.with(|data| data.rows.is_empty());
    let table = run_table::run_table("Runs", move || page.with(|data| data.rows.clone()));
    let nothing = move || {
        let query = query.get();
        if query.is_filtered() {
            panel::filtered("runs", "/runs".to_owned())
        } else {
            panel::empty(
                "No runs yet",
                "A run appears here when a schedule falls due, when somebody presses “Run now”, or when a flow is started.",
                Some("prefect deployment run 'my-flow/my-deployment'"),
            )
        }
    };
    view! {
        <div class="body" data-empty=move || none().then_some("")>{table}</div>
        {move || none().then(nothing)}
        {move || pager(query.get(), page.with(|data| data.count))}
    }
    .into_any()
}

/// `1–50 of 12 004`, newer, older.
fn pager(query: Query, count: i64) -> AnyView {
    if count == 0 {
        return ().into_any();
    }
    let first = (query.page - 1) * PAGE_SIZE;
    let last = (first + PAGE_SIZE).min(count);
    let link = |page: i64, rel: &'static str, text: &'static str| {
        let href = query.with(|query| query.page = page).href();
        view! { <a href=href rel=rel>{text}</a> }
    };
    view! {
        <nav class="pager" aria-label="Pages">
            {(first > 0).then(|| link(query.page - 1, "prev", "← Newer"))}
            <span>{format!("{}–{} of {}", words::grouped(first + 1), words::grouped(last), words::count(count, "run"))}</span>
            {(last < count).then(|| link(query.page + 1, "next", "Older →"))}
        </nav>
    }
    .into_any()
}
