//! Single keys, off while somebody types: `g r` goes to the runs, `/` to the filter, `?` shows the list.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement, KeyboardEvent};

use crate::effect::effect;
use crate::element::{El, button, el, icon};
use crate::{browser, routes};

const KEYS: [(&str, &str); 15] = [
    ("⌘K  Ctrl K", "Go to any page, deployment, pool or run"),
    ("g n", "Now"),
    ("g r", "Runs"),
    ("g d", "Deployments"),
    ("g p", "Work pools"),
    ("/", "Filter or search"),
    ("j k", "Next and previous row"),
    ("Enter", "Open the row"),
    ("Space Esc", "Show a run beside the list, and close it"),
    ("n N", "Next and previous match in a log"),
    ("f", "Follow the log"),
    ("m", "Mark the topmost line in sight: its link is in the address bar"),
    ("⌘S  Ctrl S", "Save the template"),
    ("Esc Tab", "Leave the editor of the template"),
    ("?", "This list"),
];

/// Hears keys for the whole page. Wants to be called inside the router.
pub fn hear() {
    let navigate = use_navigate();
    let after_g = StoredValue::new(false);
    effect(move || {
        let navigate = navigate.clone();
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() || types(&event) {
                return;
            }
            let key = event.key();
            if after_g.get_value() {
                after_g.set_value(false);
                if let Some(path) = place(&key) {
                    event.prevent_default();
                    navigate(path, Default::default());
                    return;
                }
            }
            match key.as_str() {
                "g" => after_g.set_value(true),
                "?" => toggle_help(),
                "/" if focus_search() => event.prevent_default(),
                "j" => step(1),
                "k" => step(-1),
                _ => {}
            }
        });
        on_cleanup(move || handle.remove());
    });
}

fn place(key: &str) -> Option<&'static str> {
    match key {
        "n" => Some("/"),
        "r" => Some(routes::FLOW_RUNS),
        "d" => Some(routes::DEPLOYMENTS),
        "p" => Some(routes::WORK_POOLS),
        _ => None,
    }
}

/// Whether the key goes into a field.
pub fn types(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok()) else { return false };
    matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") || target.is_content_editable()
}

fn focus_search() -> bool {
    browser::find("[data-search]").is_some_and(|field| field.focus().is_ok())
}

/// Moves the focus to the main link of the next or previous row of the page's first table.
fn step(by: i32) {
    let Some(document) = browser::document() else { return };
    let Ok(links) = document.query_selector_all("main [data-row-link]") else { return };
    let focused = document.active_element();
    let at = (0..links.length()).find(|&i| links.get(i).and_then(|link| link.dyn_into::<Element>().ok()) == focused);
    let next = match at {
        Some(at) => at as i32 + by,
        None => 0,
    };
    let link = u32::try_from(next).ok().and_then(|next| links.get(next));
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        let _ = link.focus();
    }
}

fn toggle_help() {
    let Some(dialog) = browser::find("#keys").and_then(|found| found.dyn_into::<HtmlDialogElement>().ok()) else {
        return;
    };
    if dialog.open() {
        dialog.close();
    } else {
        let _ = dialog.show_modal();
    }
}

/// The list of keys.
pub fn help() -> AnyView {
    let row = |(keys, what): (&'static str, &'static str)| {
        let keys = keys.split("  ").flat_map(|keys| [el("kbd").add(keys).into_any(), " ".into_any()]);
        el("div").add(el("dt").add_all(keys)).add(el("dd").add(what))
    };
    let close = el("button").class("primary").add("Close");
    let content = el("form")
        .attr("method", "dialog")
        .add(el("h2").attr("id", "keys-title").add("Keys"))
        .add(el("dl").class("keys").add_all(KEYS.map(row)))
        .add(close);
    el("dialog").attr("id", "keys").attr("aria-labelledby", "keys-title").add(content).into_any()
}

/// Opens the list of keys.
pub fn help_button() -> El {
    button(icon("#i-keys"), toggle_help).class("icon").attr("aria-label", "Keys").attr("title", "Keys (?)")
}
