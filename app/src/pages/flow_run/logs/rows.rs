//! The rows in the document.

use leptos::prelude::*;

use super::search;
use super::view::{LogView, Times};
use crate::clock::{Clock, clock};
use crate::components::list::{Item, list};
use crate::element::{El, el};
use crate::log::{Book, Piece, Row};
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
    let ((from, to), (look, times, local)) = (row.key(), style);
    let key = format!("{}.{from}.{to}.{look}.{times}.{local}", line.number);
    Item::new(key, move || view.book.with_value(|book| draw(view, clock, book, row)))
}

fn draw(view: LogView, clock: Clock, book: &Book, row: Row) -> El {
    let line = book.line(row);
    let (level, letters) = look::level(line.level);
    let number = line.number;
    let marked = view.marked.get_untracked().is_some_and(|(from, to)| from <= number && number <= to);
    let current = search::is_current(view, number);
    let piece = |piece: Piece| match (piece.matched, piece.classes.is_empty()) {
        (true, _) => el("mark").attr("class", piece.classes).add(piece.text).into_any(),
        (false, true) => piece.text.into_any(),
        (false, false) => el("span").attr("class", piece.classes).add(piece.text).into_any(),
    };
    let text = el("span").class("tx").add_all(book.pieces(row).into_iter().map(piece));
    let drawn =
        el("div").class("ln").attr("data-level", level).attr("data-marked", marked).attr("data-current", current);
    if !book.is_first(row) {
        return drawn.attr("data-more", "").add(text);
    }
    let time = match view.times.get_untracked() {
        Times::Hidden => None,
        Times::Clock => Some(clock.time_of_day(line.at)),
        Times::Since => view.start.map(|start| format!("+{}", words::duration(line.at.seconds_since(start)))),
    };
    let number_mark = el("span").class("no").attr("data-number", number.to_string()).add(number);
    drawn
        .attr("id", format!("L{number}"))
        .attr("title", line.logger.clone())
        .add(number_mark)
        .add(time.map(|time| el("time").attr("datetime", line.at.to_rfc3339()).add(time)))
        .add(el("b").class("lv").add(letters))
        .add(text)
}
