//! The second pane: the JSON itself, in CodeMirror, or in a text area until that is there.

use leptos::prelude::*;
use send_wrapper::SendWrapper;

use super::desk::Desk;
use crate::components::schema_form::value_of;
use crate::editor::{self, Editor};
use crate::effect::effect;
use crate::element::{El, Handle, el};

/// The pane.
pub fn source(desk: Desk) -> El {
    let place = Handle::new();
    mount(desk, place);
    follow(desk);
    let area = el("textarea")
        .class("source")
        .attr("aria-label", "Template source")
        .attr("spellcheck", "false")
        .attr("hidden", move || desk.editor.with(Option::is_some))
        .attr(".value", move || desk.text.get())
        .on("input", move |event| desk.write(value_of(&event)));
    el("section")
        .class("pane source-pane")
        .attr("aria-label", "Source")
        .add(el("div").class("pane-head").add(el("h2").add("Source")).add(el("span").class("faint").add("JSON")))
        .add(el("div").class("pane-body").add(area).add(el("div").class("editor").bind(place)))
}

/// Loads the editor and puts it in the place of the text area.
fn mount(desk: Desk, place: Handle) {
    effect(move || {
        let Some(parent) = place.get() else { return };
        if desk.editor.with_untracked(Option::is_some) {
            return;
        }
        let owner = Owner::current();
        editor::load(move || {
            // The page may be gone by the time the script is there.
            let Some(text) = desk.text.try_get_untracked() else { return };
            let change = move |text| match &owner {
                Some(owner) => owner.with(|| desk.write(text)),
                None => desk.write(text),
            };
            if let Some(editor) = Editor::mount(&parent, &text, "Template source", change) {
                desk.editor.set(Some(SendWrapper::new(editor)));
            }
        });
    });
    on_cleanup(move || {
        if let Some(editor) = desk.editor.try_get_untracked().flatten() {
            editor.destroy();
        }
    });
}

/// Tells the editor of what the form wrote, and of what is wrong.
fn follow(desk: Desk) {
    effect(move || {
        if let (Some(editor), text) = (desk.editor.get(), desk.text.get()) {
            editor.set(&text);
        }
    });
    effect(move || {
        let Some(editor) = desk.editor.get() else { return };
        desk.errors.with(|errors| desk.warnings.with(|warnings| editor.mark(errors, warnings)));
    });
}
