//! The run's tasks with a bar each for when they ran, and the subflows they started.

use domain::Timestamp;
use domain::pages::FlowRunPage;
use domain::task_runs::TaskRun;
use leptos::prelude::*;

use crate::components::list::{Item, list};
use crate::components::{run_table, state, time};
use crate::page::Page;
use crate::{look, words};

/// The panel.
pub fn tasks(page: Page<FlowRunPage>) -> AnyView {
    let rows = move || {
        page.with(|data| {
            let span = whole(data);
            data.task_runs
                .iter()
                .map(|run| {
                    let run = run.clone();
                    let changed = run.updated.map_or(0, |at| at.micros());
                    Item::new(format!("{}{changed}{}", run.id, span.1.micros()), move || table_row(&run, span))
                })
                .collect()
        })
    };
    let shown = Memo::new(move |_| page.with(|data| (data.task_runs.len() as i64, data.task_run_count)));
    let subflows = Memo::new(move |_| page.with(|data| data.subflow_runs.len()));
    let more = move || {
        let (shown, all) = shown.get();
        (shown < all).then(|| view! { <p class="faint">{format!("The first {} of {}.", shown, words::count(all, "task run"))}</p> })
    };
    let none = move || (shown.get().1 == 0).then(|| view! { <p class="faint">"No tasks so far. A plain command or image has none."</p> });
    view! {
        <div class="body">
            {none}
            <div class="scroll" hidden=move || shown.get().1 == 0>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"State"</th><th scope="col">"Task"</th><th scope="col" class="bar">"When"</th>
                            <th scope="col" class="number">"Took"</th><th scope="col" class="number">"Attempt"</th><th scope="col">"Why"</th>
                        </tr>
                    </thead>
                    <tbody>{list(rows)}</tbody>
                </table>
            </div>
            {more}
            {move || (subflows.get() > 0).then(|| view! {
                <h2>"Subflow runs"</h2>
                {run_table::run_table("Subflow runs", move || page.with(|data| data.subflow_runs.clone()))}
            })}
        </div>
    }
    .into_any()
}

/// From the run's start to its end, or to what is known of it.
fn whole(data: &FlowRunPage) -> (Timestamp, Timestamp) {
    let starts = data.task_runs.iter().filter_map(|task| task.start_time);
    let start = starts.chain(data.flow_run.start_time).min().unwrap_or(data.now);
    (start, data.flow_run.end_time.unwrap_or(data.now))
}

fn table_row(task: &TaskRun, span: (Timestamp, Timestamp)) -> AnyView {
    let message = task.state.as_ref().and_then(|state| state.message.clone()).unwrap_or_default();
    let mark = look::state(task.state_type, task.state_name.as_deref());
    view! {
        <tr>
            <td>{state::badge(mark.clone())}</td>
            <th scope="row">{task.name.clone()}</th>
            <td class="bar">{bar(task, span, mark.mark)}</td>
            <td class="number">{time::span(task.start_time, task.end_time)}</td>
            <td class="number">{task.run_count}</td>
            <td class="why" title=message.clone()>{message.clone()}</td>
        </tr>
    }
    .into_any()
}

/// Where in the run's time the task ran; a hundred units wide, never thinner than one.
fn bar(task: &TaskRun, (start, end): (Timestamp, Timestamp), mark: &'static str) -> AnyView {
    let Some(began) = task.start_time else { return ().into_any() };
    let all = end.seconds_since(start).max(0.001);
    let from = (began.seconds_since(start) / all * 100.0).clamp(0.0, 99.0);
    let to = task.end_time.map_or(100.0, |at| at.seconds_since(start) / all * 100.0).clamp(from + 1.0, 100.0);
    view! {
        <svg class="gantt" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" data-state=mark>
            <rect x=format!("{from:.1}") y="0" width=format!("{:.1}", to - from) height="10"></rect>
        </svg>
    }
    .into_any()
}
