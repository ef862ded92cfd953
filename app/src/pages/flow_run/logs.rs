//! The log of a run, live.
//!
//! All rows are equally high, so that where one is follows from its number: only those in sight, and some
//! around them, are in the document. Until the program takes over, the page shows all that came with it.

mod earlier;
mod marks;
mod place;
mod rows;
mod scroll;
mod search;
mod tools;
mod view;

use domain::logs::LogSlice;
use domain::{FlowRunId, Timestamp};
use leptos::prelude::*;

use crate::element::{El, button, el};
use crate::{live, words};
use view::{LogView, Times};

/// The log's end as it came with the page, followed from there on. `start` is what relative times count
/// from, `ended` whether more is to be expected.
pub fn logs(
    run: FlowRunId,
    slice: LogSlice,
    start: Option<Timestamp>,
    ended: impl Fn() -> bool + Copy + Send + Sync + 'static,
) -> El {
    let view = LogView::new(run, &slice, start);
    live::follow_logs(run, slice.cursor, move |lines| {
        let before = view.book.with_value(|book| book.lines().last().map_or(0, |line| line.seq));
        view.book.update_value(|book| book.append(&lines));
        search::arrived(view, before);
        if !view.following.get_untracked() {
            view.unseen.update(|unseen| *unseen += lines.len() as i64);
        }
        view.changed();
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
        .add(el("div").class("log-box").add(scroller).add(move || empty(view, ended())).add(move || pill(view)))
        .add(el("p").class("log-foot").add(move || foot(view, ended())))
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
    let none = view.book.with_value(|book| book.lines().is_empty());
    let text = if ended { "This run wrote no log." } else { "Waiting for the first line." };
    none.then(|| el("p").class("log-empty").add(text))
}

/// What is loaded of how much, and whether more is to come.
fn foot(view: LogView, ended: bool) -> String {
    view.version.get();
    let (first, loaded, total, earlier) = view.book.with_value(|book| {
        let first = book.lines().first().map_or(0, |line| line.number);
        (first, book.lines().len() as i64, book.total(), book.has_earlier())
    });
    if loaded == 0 {
        return String::new();
    }
    let range = if view.loading.get() {
        format!("{} of {}, loading earlier ones…", words::grouped(loaded), words::count(total, "line"))
    } else if earlier {
        let (first, total) = (words::grouped(first), words::grouped(total));
        format!("Lines {first}–{total} of {total}. Scroll up for earlier ones.")
    } else {
        format!("{}.", words::count(total, "line"))
    };
    if ended { format!("{range} The run has ended.") } else { range }
}
