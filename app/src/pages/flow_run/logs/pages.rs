//! Fetching the pages of the log that are in sight and not there yet.

use client::logs::window;
use domain::logs::PAGE;
use leptos::prelude::*;

use super::scroll;
use super::view::LogView;

/// Pages that are asked for at once: who drags through a long log leaves most of it out.
const AT_ONCE: usize = 2;

/// Asks for these pages, unless others are under way: then for what is in sight when they are there.
pub fn fetch(view: LogView, pages: Vec<usize>) {
    for page in pages {
        let may = view.fetching.try_update_value(|fetching| {
            let may = fetching.len() < AT_ONCE && !fetching.contains(&page);
            if may {
                fetching.push(page);
            }
            may
        });
        if may == Some(true) {
            ask(view, page);
        }
    }
}

fn ask(view: LogView, page: usize) {
    let (client, sieve) = (view.client.get_value(), view.sieve());
    leptos::task::spawn_local(async move {
        let answer = window(&client, view.run, sieve, page as i64 * PAGE, PAGE).await;
        let gone = view.fetching.try_update_value(|fetching| fetching.retain(|other| *other != page)).is_none();
        if gone {
            return;
        }
        if view.sieve() != sieve {
            // Other lines are shown by now, and may have waited for their turn.
            return view.changed();
        }
        // What failed is asked for again when somebody scrolls on; by then they want to be where they are.
        let Ok(answer) = answer else { return view.wanted.set_value(None) };
        let anchor = scroll::anchor(view);
        if view.book.try_update_value(|book| book.put(page, &answer.lines)) == Some(true) {
            scroll::hold(view, anchor);
            view.changed();
        }
    });
}
