//! `/`: what needs attention, what runs, what comes next.

use domain::language::look_up;
use domain::live::Changed;
use domain::pages::{FlowRunRow, Held, NowPage};
use domain::say;
use leptos::prelude::*;

use crate::clock::clock;
use crate::components::panel;
use crate::components::run_table::run_table;
use crate::components::work_pool_table::work_pool_table;
use crate::element::{El, el, link, many};
use crate::page::{Page, page as load, title};
use crate::{routes, words};

/// The page.
pub fn page() -> AnyView {
    let body = load::<NowPage>(
        || "now".to_owned(),
        |change, _| change.what != Changed::TaskRun,
        |client, _| Box::pin(async move { client::now::page(&client).await.map(Some) }),
        content,
    );
    many([title(|| say!("Now")), body])
}

fn content(page: Page<NowPage>) -> AnyView {
    clock().follow(move || page.with(|data| data.now));
    let empty = page.with(|data| data.recent.is_empty() && data.upcoming.is_empty() && data.running.is_empty());
    if empty {
        return many([el("h1").add("Now").into_any(), first_steps().into_any()]);
    }
    let head = el("header").class("head").add(el("h1").add("Now")).add(move || page.with(truth));
    let pools = move || page.with(|data| data.work_pools.clone());
    many([
        head.into_any(),
        runs("Running", page, |data| &data.running).into_any(),
        held(page).into_any(),
        runs("Late", page, |data| &data.late).into_any(),
        runs("Coming up", page, |data| &data.upcoming).into_any(),
        runs("Last runs", page, |data| &data.recent).into_any(),
        el("section").add(el("h2").add("Work pools")).add(work_pool_table(pools)).into_any(),
    ])
}

/// One list of runs; not there while it is empty.
fn runs(name: &'static str, page: Page<NowPage>, pick: fn(&NowPage) -> &Vec<FlowRunRow>) -> El {
    let none = move || page.with(|data| pick(data).is_empty());
    el("section")
        .attr("hidden", none)
        .add(el("h2").add(name))
        .add(run_table(name, move || page.with(|data| pick(data).clone())))
}

/// Why runs are late, summed up.
fn held(page: Page<NowPage>) -> El {
    let one = |held: &Held| {
        el("p")
            .class("say")
            .attr("data-state", "late")
            .add(link(held.path.clone(), words::count(held.runs, "late run")))
            .add(": ")
            .add(held.words.clone())
            .add(".")
    };
    el("div").add(move || page.with(|data| many(data.held.iter().map(one))))
}

/// The sentence that says how things are, every part of it a link.
fn truth(data: &NowPage) -> El {
    let asleep = data.work_pools.iter().filter(|row| row.online_workers == 0 && row.deployments > 0).count() as i64;
    let counted = [
        (data.failing.len() as i64, "failing deployment", "/runs?state=failed"),
        (data.late.len() as i64, "late run", "/runs?state=late"),
        (asleep, "pool without a worker", routes::WORK_POOLS),
    ];
    let mut parts: Vec<AnyView> = Vec::new();
    for (count, thing, href) in counted.into_iter().filter(|(count, ..)| *count > 0) {
        if !parts.is_empty() {
            parts.push(", ".into_any());
        }
        parts.push(link(href, plural(count, thing)).into_any());
    }
    if parts.is_empty() {
        return el("p").class("truth").attr("data-state", "completed").add("All is well.");
    }
    el("p").class("truth").attr("data-state", "failed").add(many(parts)).add(".")
}

/// `2 pools without a worker`: the noun is not always the last word.
fn plural(count: i64, thing: &'static str) -> String {
    match thing.split_once(' ') {
        Some((noun, rest)) if look_up(&["# ", thing].concat()).is_none() && rest.starts_with("without") => {
            format!("{} {rest}", words::count(count, noun))
        }
        _ => words::count(count, thing),
    }
}

fn first_steps() -> El {
    panel::empty(
        "Nothing has run here yet",
        "Point a Prefect client at this server, make a work pool, deploy a flow and start a worker:",
        Some(
            "export PREFECT_API_URL=http://127.0.0.1:4200/api\n\
             prefect work-pool create my-pool --type process\n\
             prefect --no-prompt deploy --all\n\
             reeve worker start --pool my-pool",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn nouns_inside_of_phrases_are_counted() {
        assert_eq!(plural(2, "pool without a worker"), "2 pools without a worker");
        assert_eq!(plural(1, "late run"), "1 late run");
    }
}
