//! Asking once before something that cannot be undone.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;

use crate::effect::effect;
use crate::element::{El, Handle, button, el};

/// A question that opens when `asked` is true.
pub fn confirm(
    asked: RwSignal<bool>,
    title: &'static str,
    text: &'static str,
    action: &'static str,
    act: impl Fn() + 'static,
) -> El {
    let handle = Handle::new();
    effect(move || {
        let Some(dialog) = handle.get().and_then(|dialog| dialog.dyn_into::<HtmlDialogElement>().ok()) else { return };
        match (asked.get(), dialog.open()) {
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let yes = move || {
        asked.set(false);
        act();
    };
    let buttons = el("div")
        .class("buttons")
        .add(button("Keep it", move || asked.set(false)))
        .add(button(action, yes).class("danger"));
    el("dialog")
        .bind(handle)
        .attr("aria-label", title)
        .on("close", move |_| asked.set(false))
        .add(el("h2").add(title))
        .add(el("p").add(text))
        .add(buttons)
}
