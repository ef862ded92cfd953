//! The rows in the document.

use leptos::prelude::*;

use super::marks;
use super::scroll::ROW_HEIGHT;
use super::search;
use super::view::{LogView, Times};
use crate::clock::{Clock, clock};
use crate::components::list::{Item, list};
use crate::element::{El, el};
use crate::log::{Book, Piece, Row, Shown};
use crate::{look, words};

/// The rows of the window.
pub fn rows(view: LogView) -> AnyView {
    let clock = clock();
    list(move || {
        view.version.get();
        let style = (view.style.get(), view.times.get() as u8, clock.is_local());
        let window = view.window.get();
        view.book.with_value(|book| {
            let is_whole = window.is_none();
            let (from, to) = window.unwrap_or((0, usize::MAX));
            // Without the program only what came with the page is there, and nothing stands for the rest.
            let shown = book.rows(from, to).into_iter().filter(|shown| !(is_whole && matches!(shown, Shown::Gap(..))));
            shown.map(|shown| item(view, clock, book, shown, style)).collect()
        })
    })
}

fn item(view: LogView, clock: Clock, book: &Book, shown: Shown, style: (u32, u8, bool)) -> Item {
    let row = match shown {
        Shown::Row(row) => row,
        Shown::Gap(page, rows) => {
            let height = format!("height:{}px", rows * ROW_HEIGHT as usize);
            return Item::new(format!("{page} {rows}"), move || el("div").class("gap").attr("style", height));
        }
    };
    let seq = book.line(row.offset).map_or(0, |line| line.seq);
    let ((from, to), (look, times, local)) = (row.key(), style);
    // What a line is told since may come later than the line.
    let has_previous = book.line(row.offset - 1).is_some();
    let key = format!("{seq}.{from}.{to}.{look}.{times}.{local}.{has_previous}");
    Item::new(key, move || view.book.with_value(|book| draw(view, clock, book, row)))
}

fn draw(view: LogView, clock: Clock, book: &Book, row: Row) -> El {
    let drawn = el("div").class("ln");
    let Some(line) = book.line(row.offset) else { return drawn };
    let (level, letters) = look::level(line.level);
    let marked = marks::is_marked(view, line.address());
    let current = search::is_current(view, row.offset);
    let piece = |piece: Piece| match (piece.matched, piece.classes.is_empty()) {
        (true, _) => el("mark").attr("class", piece.classes).add(piece.text).into_any(),
        (false, true) => piece.text.into_any(),
        (false, false) => el("span").attr("class", piece.classes).add(piece.text).into_any(),
    };
    let text = el("span").class("tx").add_all(book.pieces(row).into_iter().map(piece));
    let drawn = drawn
        .attr("data-level", level)
        .attr("data-pod", line.of_pod)
        .attr("data-marked", marked)
        .attr("data-current", current);
    if !book.is_first(row) {
        return drawn.attr("data-more", "").add(text);
    }
    let since = |seconds: f64| format!("+{}", words::duration(seconds));
    let time = match view.times.get_untracked() {
        Times::Hidden => None,
        Times::Clock => Some(clock.time_of_day(line.at)),
        Times::Start => view.start.map(|start| since(line.at.seconds_since(start))),
        Times::Previous => {
            let before = book.line(row.offset - 1).map(|before| line.at.seconds_since(before.at));
            Some(before.map_or_else(|| "·".to_owned(), since))
        }
    };
    let name = line.address().name();
    let number = el("span").class("no").attr("data-line", name.clone());
    drawn
        .attr("id", name.clone())
        .attr("title", line.origin.clone())
        .add(if line.of_pod { number.add(name) } else { number.add(line.number) })
        .add(time.map(|time| el("time").attr("datetime", line.at.to_rfc3339()).add(time)))
        .add(el("b").class("lv").add(letters))
        .add(text)
}
