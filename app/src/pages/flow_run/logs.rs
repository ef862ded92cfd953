//! The log of a run, live.
//!
//! All rows are equally high, so that where one is follows from its number: only those in sight, and some
//! around them, are in the document. Until the program takes over, the page shows all that came with it.

mod earlier;
mod rows;
mod scroll;
mod search;
mod tools;
mod view;

use domain::logs::LogSlice;
use domain::{FlowRunId, Timestamp};
use leptos::prelude::*;

use crate::{live, words};
use view::LogView;

/// The log's end as it came with the page, followed from there on. `start` is what relative times count
/// from, `ended` whether more is to be expected.
pub fn logs(run: FlowRunId, slice: LogSlice, start: Option<Timestamp>, ended: Signal<bool>) -> AnyView {
    let view = LogView::new(run, &slice, start);
    live::follow_logs(run, slice.cursor, move |lines| {
        view.book.update_value(|book| book.append(&lines));
        if !view.following.get_untracked() {
            view.unseen.update(|unseen| *unseen += lines.len() as i64);
        }
        view.changed();
    });
    scroll::keep(view);
    search::hear_keys(view);
    view! {
        <section class="log" aria-label="Log">
            {tools::tools(view)}
            <div class="log-box">
                <div
                    class="log-view"
                    role="log"
                    aria-live="off"
                    aria-label="Lines of the log"
                    tabindex="0"
                    node_ref=view.scroller
                    data-wrap=move || view.wrap.get().then_some("")
                    on:scroll=move |_| scroll::scrolled(view)
                >
                    <span class="log-probe" aria-hidden="true">"0000000000"</span>
                    <div class="log-sheet" node_ref=view.sheet>
                        <div class="log-rows" node_ref=view.block>{rows::rows(view)}</div>
                    </div>
                </div>
                {pill(view)}
            </div>
            {foot(view, ended)}
        </section>
    }
    .into_any()
}

/// How many lines arrived below what is in sight; leads there.
fn pill(view: LogView) -> impl IntoView {
    move || {
        let unseen = view.unseen.get();
        (!view.following.get() && unseen > 0).then(|| {
            let text = format!("{} ↓", words::count(unseen, "new line"));
            view! { <button type="button" class="pill" on:click=move |_| scroll::follow(view)>{text}</button> }
        })
    }
}

/// What is loaded of how much, and whether more is to come.
fn foot(view: LogView, ended: Signal<bool>) -> impl IntoView {
    let loaded = move || {
        view.version.get();
        let (first, loaded, total, earlier) = view.book.with_value(|book| {
            let first = book.lines().first().map_or(0, |line| line.number);
            (first, book.lines().len() as i64, book.total(), book.has_earlier())
        });
        if loaded == 0 {
            return if ended.get() { "This run wrote no log." } else { "Waiting for the first line." }.to_owned();
        }
        let range = if earlier {
            format!("lines {}–{} of {}; scroll up for earlier ones", words::grouped(first), words::grouped(total), words::grouped(total))
        } else {
            words::count(total, "line")
        };
        format!("{range}{}", if ended.get() { ", the run has ended" } else { "" })
    };
    view! {
        <p class="log-foot">
            <span>{loaded}</span>
            <span aria-hidden="true">{move || (view.loading.get()).then_some("loading…")}</span>
        </p>
    }
}
