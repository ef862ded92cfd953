//! What a run is, how it stands and why, and what can be done about it.

use domain::pages::{FlowRunPage, FlowRunRow};
use leptos::prelude::*;

use super::actions;
use crate::clock::{Clock, clock};
use crate::components::facts::fact;
use crate::components::{run_table, state, steps, tags, time};
use crate::element::{El, el, link, many};
use crate::page::Page;
use crate::{reason, routes, words};

/// The header; it follows the run.
pub fn header(page: Page<FlowRunPage>) -> El {
    let clock = clock();
    let crumbs = el("p")
        .class("crumbs")
        .add(link(routes::FLOW_RUNS, "Runs"))
        .add(" / ")
        .add(move || page.with(parent))
        .add(move || page.with(|data| data.flow_name.clone()));
    let line = el("div")
        .class("line")
        .add(el("h1").add(move || page.with(|data| data.flow_run.name.clone())))
        .add(move || page.with(|data| state::of_run(&data.flow_run)))
        .add(el("span").class("grow"))
        .add(actions::actions(page));
    el("header")
        .class("head run-head")
        .add(crumbs)
        .add(line)
        .add(move || why(page, clock))
        .add(move || page.with(facts))
        .add(move || page.with(steps::steps))
}

/// The run that this one is a part of.
fn parent(data: &FlowRunPage) -> Option<El> {
    let up = |row: &FlowRunRow| {
        el("span").add(link(routes::flow_run(row.flow_run.id), row.flow_run.name.clone())).add(" / ")
    };
    data.parent_flow_run.as_ref().map(up)
}

/// Why it is where it is.
fn why(page: Page<FlowRunPage>, clock: Clock) -> Option<El> {
    let now = clock.now();
    let (text, mark) = page.try_with(|data| (reason::reason(data, now), state::look_of_run(&data.flow_run).mark))?;
    text.map(|text| el("p").class("why").attr("data-state", mark).add(text))
}

fn facts(data: &FlowRunPage) -> El {
    let run = &data.flow_run;
    let due = run.expected_start_time.or(run.next_scheduled_start_time);
    let waiting = due.filter(|_| run.start_time.is_none());
    let origin = run_table::origin(&data.flow_name, data.deployment_name.as_deref());
    let own_tags = run_table::own_tags(run);
    let kind = if data.deployment_name.is_some() { "Deployment" } else { "Flow" };
    el("dl")
        .class("facts")
        .add(fact(kind, Some(origin)))
        .add(fact("Pool", run.work_pool_name.as_deref().map(|pool| pool_link(pool, run.work_queue_name.as_deref()))))
        .add(fact("Due", waiting.map(|at| el("span").add(time::stamp(at)).add(", ").add(time::ago(at)))))
        .add(fact("Started", run.start_time.map(|at| el("span").add(time::stamp(at)).add(delay(data)))))
        .add(fact("Ended", run.end_time.map(time::stamp)))
        .add(fact("Took", run.start_time.map(|_| time::span(run.start_time, run.end_time))))
        .add(fact("Attempt", (run.run_count > 1).then_some(run.run_count)))
        .add(fact("Tags", (!own_tags.is_empty()).then(|| tags::tags(routes::FLOW_RUNS, &own_tags))))
}

/// How long after its time a run started, when that is worth telling.
fn delay(data: &FlowRunPage) -> Option<El> {
    let run = &data.flow_run;
    let seconds = run.start_time?.seconds_since(run.expected_start_time?);
    (seconds >= 2.0 && run.run_count <= 1).then(|| el("small").add(domain::say!(" {} late", words::duration(seconds))))
}

/// A pool, with the queue unless it is the usual one.
pub fn pool_link(pool: &str, queue: Option<&str>) -> AnyView {
    let queue = queue.filter(|queue| *queue != "default");
    let queue = queue.map(|queue| el("small").add(" / ").add(queue.to_owned()));
    many([link(routes::work_pool(pool), pool.to_owned())].into_iter().chain(queue))
}
