//! Marking lines: a click on a number, with Shift a range, or `m` for the topmost line in sight. What is marked
//! stands in the URL, so that its link can be handed on.

use domain::logs::Address;
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
        let address = target.and_then(|target| Address::parse(&target.get_attribute("data-line")?));
        if let Some(address) = address {
            event.prevent_default();
            mark(address, event.shift_key());
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
            if plain && event.key().eq_ignore_ascii_case("m") && !keyboard::types(&event) {
                let top = scroll::top_offset(view);
                if let Some(address) = view.book.with_value(|book| book.line(top).map(|line| line.address())) {
                    mark(address, event.shift_key());
                }
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// Writes the line, or the range from the marked one to it, into the URL; what is in sight stays. A range is one of
/// lines of the same source.
fn marker(view: LogView) -> impl Fn(Address, bool) + Clone + Send + Sync + 'static {
    let navigate = use_navigate();
    move |address, to_here| {
        let from = view
            .marked
            .get_untracked()
            .map(|(from, _)| from)
            .filter(|from| to_here && from.of_pod == address.of_pod && from.number != address.number);
        let hash = match from {
            Some(from) if from.number > address.number => format!("#{}-{}", address.name(), from.name()),
            Some(from) => format!("#{}-{}", from.name(), address.name()),
            None => format!("#{}", address.name()),
        };
        let Some(location) = browser::window().map(|window| window.location()) else { return };
        let (path, query) = (location.pathname().unwrap_or_default(), location.search().unwrap_or_default());
        let options = leptos_router::NavigateOptions { scroll: false, ..Default::default() };
        navigate(&format!("{path}{query}{hash}"), options);
    }
}

/// Whether the URL points at this line.
pub fn is_marked(view: LogView, address: Address) -> bool {
    view.marked.get_untracked().is_some_and(|(from, to)| {
        from.of_pod == address.of_pod && from.number <= address.number && address.number <= to.number
    })
}

/// The marked lines as the routes name them; empty when there are none.
pub fn named(view: LogView) -> String {
    view.marked.get().map(|(from, to)| format!("{}-{}", from.name(), to.name())).unwrap_or_default()
}
