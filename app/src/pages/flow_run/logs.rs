//! The log of a run, live.
//!
//! All rows are equally high, so that where one is follows from its number: only those in sight, and some
//! around them, are in the document, and only the pages around those in memory. Until the program takes over, the
//! page shows all that came with it.

mod chart;
mod extent;
mod marks;
mod pages;
pub mod place;
mod rows;
mod scroll;
mod search;
mod tools;
mod view;

use domain::logs::{LogLine, LogWindow};
use domain::{FlowRunId, Timestamp};
use leptos::prelude::*;

use crate::effect::effect;
use crate::element::{El, button, el};
use crate::{live, words};
use view::{LogView, Times};

/// The log's end as it came with the page, followed from there on. `start` is what relative times count
/// from, `ended` whether more is to be expected.
pub fn logs(
    run: FlowRunId,
    window: LogWindow,
    start: Option<Timestamp>,
    ended: impl Fn() -> bool + Copy + Send + Sync + 'static,
) -> El {
    let view = LogView::new(run, &window, start);
    live::follow_logs(run, window.cursor, move |lines| arrived(view, &lines));
    let has_ended = StoredValue::new(untrack(ended));
    effect(move || {
        let ended = ended();
        if has_ended.try_update_value(|before| std::mem::replace(before, ended)) == Some(!ended) {
            chart::look(view, 0);
        }
    });
    scroll::keep(view);
    search::hear_keys(view);
    marks::hear_keys(view);
    place::follow(view);
    let sheet = el("div")
        .class("log-sheet")
        .bind(view.sheet)
        .add(el("div").class("log-rows").bind(view.block).add(rows::rows(view)));
    let scroller = el("div")
        .class("log-view")
        .attr("role", "log")
        .attr("aria-live", "off")
        .attr("aria-label", "Lines of the log")
        .attr("tabindex", "0")
        .attr("data-wrap", move || view.wrap.get())
        .attr("data-times", move || (view.times.get() == Times::Hidden).then_some("hidden"))
        .bind(view.scroller)
        .on("scroll", move |_| scroll::scrolled(view))
        .on("click", marks::clicked(view))
        .add(el("span").class("log-probe").attr("aria-hidden", "true").add("0000000000"))
        .add(sheet);
    el("section")
        .class("log")
        .attr("aria-label", "Log")
        .add(tools::tools(view))
        .add(chart::chart(view))
        .add(el("div").class("log-box").add(scroller).add(move || empty(view, ended())).add(move || pill(view)))
        .add(el("p").class("log-foot").add(move || view.overview.with(|overview| overview.state.clone())))
}

/// Lines were stored.
fn arrived(view: LogView, lines: &[LogLine]) {
    let before = lines.first().map_or(0, |line| line.seq - 1);
    let shown = view.book.try_update_value(|book| book.append(lines)).unwrap_or(0);
    search::arrived(view, before);
    if !view.following.get_untracked() {
        view.unseen.update(|unseen| *unseen += shown);
    }
    chart::arrived(view);
    view.changed();
}

/// How many lines arrived below what is in sight; leads there.
fn pill(view: LogView) -> Option<El> {
    let unseen = view.unseen.get();
    let text = format!("{} ↓", words::count(unseen, "new line"));
    (!view.following.get() && unseen > 0).then(|| button(text, move || scroll::follow(view)).class("pill"))
}

/// What is waited for where there is no line.
fn empty(view: LogView, ended: bool) -> Option<El> {
    view.version.get();
    let (shown, stored) = view.book.with_value(|book| (book.shown(), book.counts().iter().sum::<i64>()));
    let text = match (stored, ended) {
        (0, true) => "This run wrote no log.",
        (0, false) => "Waiting for the first line.",
        _ => "The lines that there are are hidden.",
    };
    (shown == 0).then(|| el("p").class("log-empty").add(text))
}
