//! Marking lines: a click on a number, with Shift a range, or `m` for the topmost line in sight. What is marked
//! stands in the URL, so that its link can be handed on.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, MouseEvent};

use super::scroll;
use super::view::LogView;
use crate::effect::effect;
use crate::{browser, keyboard};

/// What a click into the log does. Wants to be called while the page is drawn.
pub fn clicked(view: LogView) -> impl Fn(Event) + 'static {
    let mark = marker(view);
    move |event| {
        let Some(event) = event.dyn_ref::<MouseEvent>() else { return };
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let number = target.and_then(|target| target.get_attribute("data-number")?.parse().ok());
        if let Some(number) = number {
            event.prevent_default();
            mark(number, event.shift_key());
        }
    }
}

/// `m` while the log is on the page.
pub fn hear_keys(view: LogView) {
    let mark = marker(view);
    effect(move || {
        let mark = mark.clone();
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
            if plain && event.key() == "m" && !keyboard::types(&event) {
                mark(scroll::top_number(view), false);
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// Writes the line, or the range from the marked one to it, into the URL; what is in sight stays.
fn marker(view: LogView) -> impl Fn(i64, bool) + Clone + Send + Sync + 'static {
    let navigate = use_navigate();
    move |number, to_here| {
        let hash = match view.marked.get_untracked().filter(|_| to_here) {
            Some((from, _)) if from != number => format!("#L{}-L{}", from.min(number), from.max(number)),
            _ => format!("#L{number}"),
        };
        let Some(location) = browser::window().map(|window| window.location()) else { return };
        let (path, query) = (location.pathname().unwrap_or_default(), location.search().unwrap_or_default());
        let options = leptos_router::NavigateOptions { scroll: false, ..Default::default() };
        navigate(&format!("{path}{query}{hash}"), options);
    }
}
