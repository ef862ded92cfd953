//! Looking for a text or a `/pattern/` in the whole log, which the server does; what arrives afterwards is looked
//! through here.

use std::time::Duration;

use client::logs;
use domain::logs::LogQuery;
use leptos::prelude::*;

use super::scroll;
use super::view::LogView;
use crate::effect::effect;
use crate::log::{Hits, Needle};
use crate::{keyboard, pattern, words};

/// Somebody who types is waited for so long, in milliseconds.
const PAUSE: u64 = 150;

/// How the search stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Status {
    #[default]
    Nothing,
    Busy,
    Done,
    /// What was typed cannot be looked for; a sentence.
    Wrong(String),
}

/// Searches for what was typed and goes to the first match from what is in sight on, or else to the last.
pub fn search(view: LogView, typed: String) {
    let asked = view.asked.get_value() + 1;
    view.asked.set_value(asked);
    view.typed.set_value(typed);
    let run = move || {
        if view.asked.try_get_value() == Some(asked) {
            look(view, asked, true);
        }
    };
    set_timeout(run, Duration::from_millis(PAUSE));
}

/// Searches anew for the same, after other levels are shown.
pub fn again(view: LogView) {
    let asked = view.asked.get_value() + 1;
    view.asked.set_value(asked);
    look(view, asked, false);
}

fn look(view: LogView, asked: u32, leap: bool) {
    let typed = view.typed.get_value();
    let needle = LogQuery::parse(&typed).map(|query| Needle::of(query, pattern::needle)).transpose();
    let (needle, wrong) = match needle {
        Ok(needle) => (needle, None),
        Err(sentence) => (None, Some(sentence)),
    };
    let nothing = needle.is_none();
    view.book.update_value(|book| book.look_for(needle));
    view.found.set(Hits::default());
    view.restyled();
    if nothing {
        return view.search.set(wrong.map_or(Status::Nothing, Status::Wrong));
    }
    view.search.set(Status::Busy);
    let (client, sieve) = (view.client.get_value(), view.sieve());
    leptos::task::spawn_local(async move {
        let answer = logs::search(&client, view.run, &typed, sieve).await;
        if view.asked.try_get_value() != Some(asked) {
            return;
        }
        match answer {
            Ok(matches) => {
                let fresh = view.book.with_value(|book| book.found_after(matches.cursor));
                let mut found = Hits::of(matches);
                found.add(fresh);
                show(view, found, leap);
            }
            Err(error) => view.search.set(Status::Wrong(error.to_string())),
        }
    });
}

fn show(view: LogView, found: Hits, leap: bool) {
    let (top, lines) = (scroll::top_offset(view), found.lines());
    let at = lines.partition_point(|offset| *offset < top).min(lines.len().saturating_sub(1));
    view.found.set(found);
    view.search.set(Status::Done);
    if leap {
        go(view, at);
    } else {
        view.current.set(at);
    }
}

/// Lines were stored after `seq`: those that match are found as well.
pub fn arrived(view: LogView, seq: i64) {
    if view.search.with_untracked(|status| *status == Status::Done) {
        let fresh = view.book.with_value(|book| book.found_after(seq));
        if !fresh.is_empty() {
            view.found.update(|found| found.add(fresh));
        }
    }
}

/// Goes on to the next (`1`) or the previous (`-1`) match, around the ends.
pub fn step(view: LogView, by: i64) {
    let count = view.found.with_untracked(|found| found.lines().len()) as i64;
    if count > 0 {
        let at = (view.current.get_untracked() as i64 + by).rem_euclid(count);
        go(view, at as usize);
    }
}

fn go(view: LogView, at: usize) {
    view.current.set(at);
    let Some(offset) = view.found.with_untracked(|found| found.lines().get(at).copied()) else { return };
    view.restyled();
    scroll::to_offset(view, offset);
}

/// Whether this line is the match that was gone to last.
pub fn is_current(view: LogView, offset: i64) -> bool {
    let at = view.current.get_untracked();
    view.found.with_untracked(|found| found.lines().get(at) == Some(&offset))
}

/// `3 of 37`, or why there is none; nothing while nothing is searched for.
pub fn position(view: LogView) -> Option<String> {
    match view.search.get() {
        Status::Nothing => None,
        Status::Busy => Some("searching…".to_owned()),
        Status::Wrong(sentence) => Some(sentence),
        Status::Done => Some(match view.found.with(Hits::count) {
            0 => "no match".to_owned(),
            count => format!("{} of {}", words::grouped(view.current.get() as i64 + 1), words::grouped(count)),
        }),
    }
}

/// `n`, `N` and `f` while the log is on the page.
pub fn hear_keys(view: LogView) {
    effect(move || {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() || keyboard::types(&event) {
                return;
            }
            match event.key().as_str() {
                "n" => step(view, 1),
                "N" => step(view, -1),
                "f" => scroll::follow(view),
                _ => {}
            }
        });
        on_cleanup(move || handle.remove());
    });
}
