//! Which rows are in sight, staying at the end, and where the URL points.

use std::cell::Cell;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use web_sys::Element;

use super::view::LogView;
use super::{earlier, search};
use crate::browser;
use crate::effect::effect;

/// Pixels; the stylesheet says the same.
pub const ROW_HEIGHT: f64 = 18.0;
/// Rows kept in the document above and below what is in sight.
const MARGIN: usize = 40;

/// Takes over the document's rows and keeps the window right from now on.
pub fn keep(view: LogView) {
    let begun = Cell::new(false);
    let hash = use_location().hash;
    effect(move || {
        view.version.get();
        let Some(scroller) = view.scroller.get() else { return };
        if !begun.replace(true) {
            begin(view, &scroller, &hash.get_untracked());
        }
        if view.following.get_untracked() {
            to_end(view, &scroller);
        }
        place(view, &scroller);
    });
    effect(move || {
        let handle = window_event_listener(leptos::ev::resize, move |_| resized(view));
        on_cleanup(move || handle.remove());
    });
    effect(move || {
        let hash = hash.get();
        if view.window.with_untracked(Option::is_some) {
            point(view, &hash);
        }
    });
}

/// The first time: small screens wrap, and the URL may point at a line.
fn begin(view: LogView, scroller: &Element, hash: &str) {
    // From here on the rows stand in an ordinary box, no longer in one that is anchored at its end.
    let _ = scroller.set_attribute("data-windowed", "");
    let kept = browser::kept("reeve.wrap");
    let narrow = scroller.client_width() < 600;
    view.wrap.set(kept.map_or(narrow, |kept| kept == "yes"));
    rewrap(view);
    if !point(view, hash) {
        to_end(view, scroller);
    }
}

/// The visitor scrolled, or we did.
pub fn scrolled(view: LogView) {
    let Some(scroller) = view.scroller.peek() else { return };
    let below = f64::from(scroller.scroll_height() - scroller.scroll_top() - scroller.client_height());
    let at_end = below < ROW_HEIGHT * 1.5;
    if view.following.get_untracked() != at_end {
        view.following.set(at_end);
    }
    if at_end && view.unseen.get_untracked() != 0 {
        view.unseen.set(0);
    }
    place(view, &scroller);
}

/// Goes to the end and stays there.
pub fn follow(view: LogView) {
    let Some(scroller) = view.scroller.peek() else { return };
    view.wanted.set_value(None);
    view.following.set(true);
    view.unseen.set(0);
    to_end(view, &scroller);
    place(view, &scroller);
}

/// Brings a line into the middle, and stops following.
pub fn to_line(view: LogView, line: u32) {
    let Some(scroller) = view.scroller.peek() else { return };
    let row = view.book.with_value(|book| book.row_of_line(line));
    view.wanted.set_value(None);
    view.following.set(false);
    size_sheet(view);
    let middle = row as f64 * ROW_HEIGHT - f64::from(scroller.client_height()) / 2.0;
    scroller.set_scroll_top(middle.max(0.0) as i32);
    place(view, &scroller);
}

/// Whether a line begins among the rows that are seen.
fn in_sight(view: LogView, line: u32) -> bool {
    let Some(scroller) = view.scroller.peek() else { return false };
    let top =
        view.book.with_value(|book| book.row_of_line(line)) as f64 * ROW_HEIGHT - f64::from(scroller.scroll_top());
    (0.0..=f64::from(scroller.client_height()) - ROW_HEIGHT).contains(&top)
}

/// Breaks long lines anew after the box, or the wish for it, changed.
pub fn rewrap(view: LogView) {
    let Some(scroller) = view.scroller.peek() else { return };
    let wrap = view.wrap.get_untracked().then(|| columns(&scroller));
    if view.book.try_update_value(|book| book.set_wrap(wrap)) == Some(true) {
        view.changed();
    }
}

/// The line that the topmost row in sight belongs to.
pub fn top_line(view: LogView) -> u32 {
    let top = view.scroller.peek().map_or(0, |scroller| scroller.scroll_top());
    let row = (f64::from(top) / ROW_HEIGHT) as usize;
    view.book.with_value(|book| book.rows().get(row).map_or(0, |row| row.line))
}

/// Number of the line at the top of what is in sight.
pub fn top_number(view: LogView) -> i64 {
    let top = top_line(view) as usize;
    view.book.with_value(|book| book.lines().get(top).map_or(0, |line| line.number))
}

fn resized(view: LogView) {
    let Some(scroller) = view.scroller.peek() else { return };
    rewrap(view);
    if view.following.get_untracked() {
        to_end(view, &scroller);
    }
    place(view, &scroller);
}

/// How many letters of text fit beside number, time and level; letters are all equally wide.
fn columns(scroller: &Element) -> usize {
    let rect = |selector: &str| Some(scroller.query_selector(selector).ok()??.get_bounding_client_rect());
    let letter = rect(".log-probe").map(|probe| probe.width() / 10.0).filter(|width| *width > 1.0).unwrap_or(7.2);
    let left = scroller.get_bounding_client_rect().left();
    let gutter = rect(".ln:not([data-more]) .tx").map_or(0.0, |text| text.left() - left);
    let room = f64::from(scroller.client_width()) - gutter - letter;
    (room / letter).floor().max(16.0) as usize
}

fn size_sheet(view: LogView) {
    if let Some(sheet) = view.sheet.peek() {
        let rows = view.book.with_value(|book| book.rows().len());
        let _ = browser::style(&sheet).set_property("height", &format!("{}px", rows as i64 * ROW_HEIGHT as i64));
    }
}

fn to_end(view: LogView, scroller: &Element) {
    size_sheet(view);
    scroller.set_scroll_top(scroller.scroll_height());
}

/// Puts the rows around what is in sight into the document.
fn place(view: LogView, scroller: &Element) {
    size_sheet(view);
    let rows = view.book.with_value(|book| book.rows().len());
    let first = (f64::from(scroller.scroll_top()) / ROW_HEIGHT) as usize;
    let sight = (f64::from(scroller.client_height()) / ROW_HEIGHT) as usize + 2;
    let from = first.saturating_sub(MARGIN).min(rows);
    let to = (first + sight + MARGIN).min(rows);
    if let Some(block) = view.block.peek() {
        let _ = browser::style(&block)
            .set_property("transform", &format!("translateY({}px)", from as i64 * ROW_HEIGHT as i64));
    }
    if view.window.get_untracked() != Some((from, to)) {
        view.window.set(Some((from, to)));
    }
    if first < MARGIN {
        earlier::load(view);
    }
}

/// Goes to the line that the URL names (`#L12`, `#L12-L20`), loading it if need be; false without one.
fn point(view: LogView, hash: &str) -> bool {
    let Some((from, to)) = search::lines_of_hash(hash) else { return false };
    view.marked.set(Some((from, to)));
    view.restyled();
    match view.book.with_value(|book| book.line_by_number(from)) {
        Some(line) if in_sight(view, line) => view.following.set(false),
        Some(line) => to_line(view, line),
        None => earlier::load_until(view, from),
    }
    true
}
