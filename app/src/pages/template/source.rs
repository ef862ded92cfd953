//! The second pane: the text itself as JSON or YAML in CodeMirror, or as JSON in a text area until that is there.

use leptos::prelude::*;
use send_wrapper::SendWrapper;

use super::desk::Desk;
use crate::components::schema_form::value_of;
use crate::editor::{self, Editor};
use crate::effect::effect;
use crate::element::{El, Handle, button, el};

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
    let language = move |language: &'static str, name: &'static str| {
        let pressed = move || if desk.language.with(|shown| shown == language) { "true" } else { "false" };
        let alone = move || desk.editor.with(Option::is_none);
        button(name, move || desk.speak(language)).attr("aria-pressed", pressed).attr("disabled", alone)
    };
    let comments = move || {
        let hidden = desk.language.with(|shown| shown == "json") && desk.yaml.with(|yaml| !yaml.is_empty());
        hidden.then(|| el("span").class("faint").add("Comments are kept; YAML shows them."))
    };
    let head = el("div")
        .class("pane-head")
        .add(el("h2").add("Source"))
        .add(el("div").class("languages").add(language("json", "JSON")).add(language("yaml", "YAML")))
        .add(comments);
    el("section")
        .class("pane source-pane")
        .attr("aria-label", "Source")
        .add(head)
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
            let ready = move |editor: Editor| {
                if let Some(unused) = desk.editor.try_set(Some(SendWrapper::new(editor))).flatten() {
                    unused.destroy();
                }
            };
            let change = move |said| match &owner {
                Some(owner) => owner.with(|| desk.hear(&said)),
                None => desk.hear(&said),
            };
            let facts =
                format!("/api/reeve/work_pools/{}/template", desk.name.with_value(|name| client::segment(name)));
            Editor::mount(&parent, [&text, &desk.yaml.get_untracked(), &facts], ready, change);
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
