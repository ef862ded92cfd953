//! What a run is, how it stands and why, and what can be done about it.

use domain::pages::{FlowRunPage, FlowRunRow};
use leptos::prelude::*;

use super::actions;
use crate::components::{run_table, state, tags, time};
use crate::page::Page;
use crate::{routes, words};

/// The header; it follows the run.
pub fn header(page: Page<FlowRunPage>) -> AnyView {
    view! {
        <header class="head run-head">
            <p class="crumbs">
                <a href=routes::FLOW_RUNS>"Runs"</a> " / " {move || page.with(parent)}
                {move || page.with(|data| data.flow_name.clone())}
            </p>
            <div class="line">
                <h1>{move || page.with(|data| data.flow_run.name.clone())}</h1>
                {move || page.with(|data| state::of_run(&data.flow_run))}
                <span class="grow"></span>
                {actions::actions(page)}
            </div>
            {move || page.with(why)}
            <dl class="facts">{move || page.with(facts)}</dl>
        </header>
    }
    .into_any()
}

/// The run that this one is a part of.
fn parent(data: &FlowRunPage) -> AnyView {
    let link = |row: &FlowRunRow| {
        view! { <a href=routes::flow_run(row.flow_run.id)>{row.flow_run.name.clone()}</a> " / " }
    };
    data.parent_flow_run.as_ref().map(link).into_any()
}

/// The reason in one sentence, as the state gives it.
fn why(data: &FlowRunPage) -> AnyView {
    let message = data.flow_run.state.as_ref().and_then(|state| state.message.clone()).unwrap_or_default();
    let look = state::look_of_run(&data.flow_run);
    (!message.is_empty()).then(|| view! { <p class="why" data-state=look.mark>{message}</p> }).into_any()
}

fn facts(data: &FlowRunPage) -> AnyView {
    let run = &data.flow_run;
    let due = run.expected_start_time.or(run.next_scheduled_start_time);
    let pool = run.work_pool_name.clone().map(|pool| {
        let queue = run.work_queue_name.clone().filter(|queue| queue != "default");
        view! {
            <a href=routes::work_pool(&pool)>{pool.clone()}</a>
            {queue.map(|queue| view! { <small>" / " {queue}</small> })}
        }
        .into_any()
    });
    let origin = run_table::origin(&data.flow_name, data.deployment_name.as_deref());
    let delay = run
        .start_time
        .zip(due)
        .map(|(start, due)| start.seconds_since(due))
        .filter(|seconds| *seconds >= 1.0 && run.run_count <= 1)
        .map(|seconds| view! { <small>{format!(" {} late", words::duration(seconds))}</small> });
    view! {
        {fact(if data.deployment_name.is_some() { "Deployment" } else { "Flow" }, Some(origin))}
        {fact("Pool", pool)}
        {fact("Due", due.filter(|_| run.start_time.is_none()).map(|at| view! { {time::stamp(at)} " (" {time::ago(at)} ")" }.into_any()))}
        {fact("Started", run.start_time.map(|at| view! { {time::stamp(at)} {delay} }.into_any()))}
        {fact("Ended", run.end_time.map(time::stamp))}
        {fact("Took", run.start_time.map(|_| time::span(run.start_time, run.end_time)))}
        {fact("Attempt", (run.run_count > 1).then(|| run.run_count.to_string().into_any()))}
        {fact("Tags", (!run.tags.is_empty()).then(|| tags::tags(routes::FLOW_RUNS, &run.tags)))}
    }
    .into_any()
}

fn fact(name: &'static str, value: Option<AnyView>) -> AnyView {
    value.map(|value| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).into_any()
}
