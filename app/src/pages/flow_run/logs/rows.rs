//! The rows in the document.

use leptos::prelude::*;

use super::view::{LogView, Times};
use crate::clock::{Clock, clock};
use crate::components::list::{Item, list};
use crate::log::{Book, Row};
use crate::{look, words};

/// The rows of the window.
pub fn rows(view: LogView) -> AnyView {
    let clock = clock();
    list(move || {
        view.version.get();
        let style = (view.style.get(), view.times.get() as u8, clock.is_local());
        let window = view.window.get();
        view.book.with_value(|book| {
            let all = book.rows();
            let (from, to) = window.unwrap_or((0, all.len()));
            let shown = all.get(from..to.min(all.len())).unwrap_or_default();
            shown.iter().map(|row| item(view, clock, book, *row, style)).collect()
        })
    })
}

fn item(view: LogView, clock: Clock, book: &Book, row: Row, style: (u32, u8, bool)) -> Item {
    let line = book.line(row);
    let key = format!("{}.{}.{style:?}", line.number, row.key());
    Item::new(key, move || view.book.with_value(|book| draw(view, clock, book, row)))
}

fn draw(view: LogView, clock: Clock, book: &Book, row: Row) -> AnyView {
    let line = book.line(row);
    let (level, letters) = look::level(line.level);
    let number = line.number;
    let marked = view.marked.get_untracked().is_some_and(|(from, to)| from <= number && number <= to);
    let pieces = book.pieces(row).into_iter().map(|piece| match (piece.matched, piece.classes.is_empty()) {
        (true, _) => view! { <mark class=piece.classes>{piece.text}</mark> }.into_any(),
        (false, true) => piece.text.into_any(),
        (false, false) => view! { <span class=piece.classes>{piece.text}</span> }.into_any(),
    });
    let pieces = pieces.collect_view();
    if !book.is_first(row) {
        return view! { <div class="ln" data-level=level data-marked=marked.then_some("")><span class="tx">{pieces}</span></div> }.into_any();
    }
    let time = match view.times.get_untracked() {
        Times::Hidden => None,
        Times::Clock => Some(clock.time_of_day(line.at)),
        Times::Since => view.start.map(|start| format!("+{}", words::duration(line.at.seconds_since(start)))),
    };
    let id = format!("L{number}");
    view! {
        <div class="ln" id=id.clone() data-level=level data-marked=marked.then_some("") title=line.logger.clone()>
            <a class="no" href=format!("#{id}") aria-label=format!("Line {number}")>{number}</a>
            {time.map(|time| view! { <time datetime=line.at.to_rfc3339()>{time}</time> })}
            <b class="lv">{letters}</b>
            <span class="tx">{pieces}</span>
        </div>
    }
    .into_any()
}
