//! Which rows are in sight, staying at the end, and where the URL points.

use std::cell::Cell;

use domain::logs::Address;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use web_sys::{Element, HtmlElement};

use super::view::LogView;
use super::{extent, pages};
use crate::browser;
use crate::effect::effect;

pub use extent::ROW_HEIGHT;

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
    to_end(view, scroller);
    point(view, hash);
}

/// The visitor scrolled, or we did.
pub fn scrolled(view: LogView) {
    let Some(scroller) = view.scroller.peek() else { return };
    let below = f64::from(scroller.scroll_height() - scroller.scroll_top() - scroller.client_height());
    let at_end = below < ROW_HEIGHT * 1.5 && view.wanted.get_value().is_none();
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

/// Brings the line at this place into the middle, and stops following.
pub fn to_offset(view: LogView, offset: i64) {
    view.wanted.set_value(Some(offset));
    view.following.set(false);
    centre(view);
}

/// Goes to what the server knows the place of, such as `line=L12`; nothing happens when there is no such line.
pub fn find(view: LogView, what: String) {
    let (client, sieve) = (view.client.get_value(), view.sieve());
    leptos::task::spawn_local(async move {
        if let Ok(Some(offset)) = client::logs::place(&client, view.run, sieve, &what).await
            && view.book.try_with_value(|book| book.sieve()) == Some(sieve)
        {
            to_offset(view, offset);
        }
    });
}

/// Goes to the wanted line as far as it is known where that is; done once it is there.
fn centre(view: LogView) {
    let (Some(offset), Some(scroller)) = (view.wanted.get_value(), view.scroller.peek()) else { return };
    let (row, is_there) = view.book.with_value(|book| (book.row_of(offset), book.line(offset).is_some()));
    let half = f64::from(scroller.client_height()) / 2.0;
    size(view);
    extent::go(&scroller, row_count(view), (row as f64 * ROW_HEIGHT - half).max(0.0));
    place(view, &scroller);
    if is_there {
        view.wanted.set_value(None);
    }
}

/// The topmost row in sight, as a page and a row of it.
pub fn anchor(view: LogView) -> (usize, usize) {
    let row = top_row(view);
    view.book.with_value(|book| {
        let page = book.page_of_row(row);
        (page, row - book.row_of_page(page).min(row))
    })
}

/// Keeps what is in sight where it is after rows were added or taken above, unless somebody wants to be elsewhere.
pub fn hold(view: LogView, (page, row): (usize, usize)) {
    if view.wanted.get_value().is_some() {
        return centre(view);
    }
    let Some(scroller) = view.scroller.peek() else { return };
    let by = view.book.with_value(|book| book.row_of_page(page) + row) as f64 - top_row(view) as f64;
    if by != 0.0 && !view.following.get_untracked() {
        size(view);
        let rows = row_count(view);
        extent::go(&scroller, rows, extent::top(&scroller, rows) + by * ROW_HEIGHT);
    }
}

/// Breaks long lines anew after the box, or the wish for it, changed.
pub fn rewrap(view: LogView) {
    let Some(scroller) = view.scroller.peek() else { return };
    let wrap = view.wrap.get_untracked().then(|| columns(&scroller));
    let top = top_offset(view);
    if view.book.try_update_value(|book| book.set_wrap(wrap)) == Some(true) {
        if !view.following.get_untracked() {
            size(view);
            let row = view.book.with_value(|book| book.row_of(top));
            extent::go(&scroller, row_count(view), row as f64 * ROW_HEIGHT);
        }
        view.changed();
    }
}

fn row_count(view: LogView) -> usize {
    view.book.with_value(|book| book.row_count())
}

fn top_row(view: LogView) -> usize {
    let rows = row_count(view);
    view.scroller.peek().map_or(0, |scroller| (extent::top(&scroller, rows) / ROW_HEIGHT) as usize)
}

/// The place of the line at the top of what is in sight.
pub fn top_offset(view: LogView) -> i64 {
    let row = top_row(view);
    view.book.with_value(|book| book.offset_of_row(row))
}

/// The same line's place in the order of storing, where it is there.
pub fn top_seq(view: LogView) -> Option<i64> {
    let offset = top_offset(view);
    view.book.with_value(|book| book.line(offset).map(|line| line.seq))
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

fn size(view: LogView) {
    if let Some(sheet) = view.sheet.peek() {
        let height = extent::height(row_count(view)) as i64;
        let _ = browser::style(&sheet).set_property("height", &format!("{height}px"));
    }
}

fn to_end(view: LogView, scroller: &Element) {
    size(view);
    scroller.set_scroll_top(scroller.scroll_height());
}

/// Puts the rows around what is in sight into the document, and fetches those that are not there.
fn place(view: LogView, scroller: &HtmlElement) {
    size(view);
    let rows = row_count(view);
    let top = extent::top(scroller, rows);
    let first = (top / ROW_HEIGHT) as usize;
    let sight = (f64::from(scroller.client_height()) / ROW_HEIGHT) as usize + 2;
    let from = first.saturating_sub(MARGIN).min(rows);
    let to = (first + sight + MARGIN).min(rows);
    if let Some(block) = view.block.peek() {
        let down = f64::from(scroller.scroll_top()) - (top - from as f64 * ROW_HEIGHT);
        let _ = browser::style(&block).set_property("transform", &format!("translateY({}px)", down as i64));
    }
    let missing = view.book.try_update_value(|book| {
        book.keep_near(book.page_of_row(first));
        book.missing(from, to)
    });
    if view.window.get_untracked() != Some((from, to)) {
        view.window.set(Some((from, to)));
    }
    pages::fetch(view, missing.unwrap_or_default());
}

/// Goes to the line that the URL names (`#L12`, `#L12-L20`, `#P7`).
fn point(view: LogView, hash: &str) {
    let range = Address::range(hash.trim_start_matches('#'));
    if view.marked.get_untracked() != range {
        view.marked.set(range);
        view.restyled();
    }
    let Some((from, _)) = range else { return };
    match view.book.with_value(|book| book.by_address(from)) {
        Some(offset) if in_sight(view, offset) => view.following.set(false),
        Some(offset) => to_offset(view, offset),
        None => find(view, format!("line={}", from.name())),
    }
}

/// Whether a line begins among the rows that are seen.
fn in_sight(view: LogView, offset: i64) -> bool {
    let Some(scroller) = view.scroller.peek() else { return false };
    let row = view.book.with_value(|book| book.row_of(offset));
    let below = row as f64 * ROW_HEIGHT - extent::top(&scroller, row_count(view));
    (0.0..=f64::from(scroller.client_height()) - ROW_HEIGHT).contains(&below)
}
