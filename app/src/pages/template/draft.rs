//! Nothing that was typed is lost: the text is kept in the browser while it is not saved, and leaving asks.

use std::cell::{Cell, RefCell};

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};

use super::desk::{Desk, print};
use crate::browser;
use crate::effect::effect;
use crate::notices::notices;

/// Keeps and restores the draft, asks before leaving, and hears Ctrl S.
pub fn keep(desk: Desk) {
    let notices = notices();
    let key = desk.name.with_value(|name| format!("reeve.template.{name}"));
    let yaml_key = format!("{key}.yaml");
    let begun = Cell::new(false);
    effect(move || {
        let changed = desk.is_changed();
        if !begun.replace(true) {
            let yaml = browser::kept(&yaml_key).unwrap_or_default();
            let draft = browser::kept(&key).filter(|draft| *draft != desk.saved.get_untracked() || !yaml.is_empty());
            if let Some(draft) = draft {
                notices.done("Your unsaved changes are back");
                desk.write(draft);
                desk.yaml.set(yaml);
            }
            return;
        }
        browser::keep(&key, changed.then(|| desk.text.get_untracked()).as_deref());
        let yaml = desk.yaml.get();
        browser::keep(&yaml_key, Some(yaml.as_str()).filter(|yaml| changed && !yaml.is_empty()));
    });
    effect(move || {
        let leave = window_event_listener(leptos::ev::beforeunload, move |event| {
            if untrack(|| desk.is_changed()) {
                event.prevent_default();
            }
        });
        let save = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
            if event.key() == "s" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                desk.save();
            }
        });
        on_cleanup(move || {
            leave.remove();
            save.remove();
        });
    });
    ask_before_links(desk);
    follow_server(desk);
}

/// Links inside of the dashboard do not unload the document, so they are asked about here; before the
/// router hears of the click.
fn ask_before_links(desk: Desk) {
    effect(move || {
        let Some(body) = browser::document().and_then(|document| document.body()) else { return };
        let click = move |event: Event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let to_elsewhere = target.and_then(|target| target.closest("a[href]").ok()?).is_some();
            let stay = to_elsewhere && untrack(|| desk.is_changed()) && !confirmed();
            if stay {
                event.prevent_default();
                event.stop_propagation();
            }
        };
        let closure = wasm_bindgen::closure::Closure::<dyn FnMut(Event)>::new(click);
        let function: js_sys::Function = closure.into_js_value().unchecked_into();
        let _ = body.add_event_listener_with_callback_and_bool("click", &function, true);
        let cleanup = send_wrapper::SendWrapper::new((body, function));
        on_cleanup(move || {
            let (body, function) = cleanup.take();
            let _ = body.remove_event_listener_with_callback_and_bool("click", &function, true);
        });
    });
}

fn confirmed() -> bool {
    let question = "Leave without saving? Your changes stay in this browser as a draft.";
    browser::window().is_some_and(|window| window.confirm_with_message(question).unwrap_or(true))
}

/// Somebody else saved: an untouched text follows; a changed one stays, and its author is told.
fn follow_server(desk: Desk) {
    let notices = notices();
    let last = RefCell::new(None::<String>);
    effect(move || {
        let server = desk.page.with(|data| print(&data.row.work_pool.base_job_template));
        let saved = desk.saved.get_untracked();
        let before = last.replace(Some(server.clone()));
        if before.is_some_and(|before| before != server) && server != saved {
            let untouched = !untrack(|| desk.is_changed());
            if untouched {
                desk.saved.set(server.clone());
                desk.write(server.clone());
            } else if desk.text.with_untracked(|text| *text != server) {
                notices.refused(
                    "Somebody else has saved this template meanwhile. Saving brings both changes together first.",
                );
            }
        }
    });
}
