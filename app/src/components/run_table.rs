//! Runs in rows of 32 pixels: state, name, where from, when, how long, why.

use domain::flow_runs::FlowRun;
use domain::pages::FlowRunRow;
use leptos::prelude::*;

use super::list::{Item, list};
use super::{state, tags, time};
use crate::{routes, words};

/// A table of the rows of `each`, which is followed.
pub fn run_table(caption: &'static str, each: impl Fn() -> Vec<FlowRunRow> + Send + Sync + 'static) -> AnyView {
    let rows = move || {
        each()
            .into_iter()
            .map(|row| {
                let changed = row.flow_run.updated.map_or(0, |at| at.micros());
                Item::new(format!("{}{changed}", row.flow_run.id), move || table_row(&row))
            })
            .collect()
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=caption>
            <table class="runs">
                <thead>
                    <tr>
                        <th scope="col">"State"</th>
                        <th scope="col">"Run"</th>
                        <th scope="col">"Deployment"</th>
                        <th scope="col" class="number">"Started"</th>
                        <th scope="col" class="number">"Took"</th>
                        <th scope="col">"Why"</th>
                        <th scope="col">"Tags"</th>
                    </tr>
                </thead>
                <tbody>{list(rows)}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn table_row(row: &FlowRunRow) -> AnyView {
    let run = &row.flow_run;
    view! {
        <tr>
            <td>{state::of_run(run)}</td>
            <th scope="row"><a data-row-link="" href=routes::flow_run(run.id)>{run.name.clone()}</a></th>
            <td>{origin(&row.flow_name, row.deployment_name.as_deref())}</td>
            <td class="number">{started(run)}</td>
            <td class="number">{time::span(run.start_time, run.end_time)}</td>
            <td class="why" title=reason(run)>{reason(run)}</td>
            <td class="tags">{tags::tags(routes::FLOW_RUNS, &run.tags)}</td>
        </tr>
    }
    .into_any()
}

/// The deployment with its flow, or the flow alone.
pub fn origin(flow: &str, deployment: Option<&str>) -> AnyView {
    match deployment {
        Some(name) => {
            let href = routes::deployment(flow, name);
            view! { <a href=href>{name.to_owned()}</a> <small class="of">{flow.to_owned()}</small> }.into_any()
        }
        None => view! { <span>{flow.to_owned()}</span> }.into_any(),
    }
}

/// When it started, or when it is due.
fn started(run: &FlowRun) -> AnyView {
    match (run.start_time, run.expected_start_time.or(run.next_scheduled_start_time)) {
        (Some(at), _) | (None, Some(at)) => time::ago(at),
        (None, None) => "–".into_any(),
    }
}

/// The state's message, cut to its first line.
fn reason(run: &FlowRun) -> String {
    let message = run.state.as_ref().and_then(|state| state.message.as_deref()).unwrap_or_default();
    let first = message.lines().next().unwrap_or_default();
    if first.is_empty() && run.run_count > 1 { words::count(run.run_count, "attempt") } else { first.to_owned() }
}
