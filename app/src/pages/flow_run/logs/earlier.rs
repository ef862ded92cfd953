//! Lines before the first loaded one, fetched as somebody scrolls up or points at them.

use client::logs::{Window, slice};
use leptos::prelude::*;

use super::scroll::{ROW_HEIGHT, to_line};
use super::view::LogView;
use crate::browser;

/// Lines of one fetch.
const STRETCH: i64 = 2000;

/// Fetches stretch after stretch until the line with this number is there, then goes to it. Nothing happens when
/// there is no such line.
pub fn load_until(view: LogView, number: i64) {
    let wanted = Some(number).filter(|number| view.book.with_value(|book| book.is_earlier(*number)));
    view.wanted.set_value(wanted);
    if wanted.is_some() {
        load(view);
    }
}

/// Fetches the stretch before the first line, unless there is none or one is on its way.
pub fn load(view: LogView) {
    let first =
        view.book.with_value(|book| book.has_earlier().then(|| book.lines().first().map(|line| line.seq)).flatten());
    let Some(first) = first else { return };
    if view.loading.get_untracked() {
        return;
    }
    view.loading.set(true);
    let client = view.client.get_value();
    leptos::task::spawn_local(async move {
        let answer = slice(&client, view.run, Window::Before(first), STRETCH, 0).await;
        if view.loading.try_set(false).is_some() {
            return;
        }
        // What failed is tried again when somebody scrolls on; by then they want to be where they are.
        let Ok(answer) = answer else { return view.wanted.set_value(None) };
        let added = view.book.try_update_value(|book| book.prepend(&answer)).unwrap_or(0);
        hold(view, added);
        view.changed();
        go_on(view);
    });
}

/// Goes to the wanted line, or fetches on for it.
fn go_on(view: LogView) {
    let Some(number) = view.wanted.get_value() else { return };
    match view.book.with_value(|book| book.line_by_number(number)) {
        Some(line) => to_line(view, line),
        None => load_until(view, number),
    }
}

/// Keeps what is in sight where it is while rows are added above.
fn hold(view: LogView, added: usize) {
    let (Some(scroller), Some(sheet)) = (view.scroller.peek(), view.sheet.peek()) else { return };
    let rows = view.book.with_value(|book| book.rows().len());
    let _ = browser::style(&sheet).set_property("height", &format!("{}px", rows as i64 * ROW_HEIGHT as i64));
    scroller.set_scroll_top(scroller.scroll_top() + (added as f64 * ROW_HEIGHT) as i32);
}
