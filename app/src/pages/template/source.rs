//! The text: a plain text field that an editor takes over when its script has come.
//!
//! The editor and this program meet in the field: it tells of typing by `input`, and is told of new text
//! and of problems by events on the field, so that neither needs the other to be there.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlTextAreaElement};

use super::{Draft, Problem};
use crate::browser;
use crate::components::list::{Item, list};
use crate::element::{El, Handle, el};

/// The field and the list of what is wrong.
pub fn source(draft: Draft) -> El {
    let field = Handle::new();
    let typed = move |event: Event| {
        if let Some(area) = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok()) {
            draft.text.set(area.value());
        }
    };
    follow_text(draft, field);
    follow_problems(draft, field);
    load_editor(field);
    let invalid = move || draft.checked.with(|checked| if checked.is_err() { "true" } else { "false" });
    el("div")
        .class("source")
        .add(
            el("textarea")
                .attr("id", "template-source")
                .attr("data-source", "json")
                .attr("aria-label", "Source of the template")
                .attr("aria-describedby", "template-problems")
                .attr("aria-invalid", invalid)
                .attr("spellcheck", "false")
                .attr("rows", "30")
                .bind(field)
                .on("input", typed)
                .add(draft.text.get_untracked()),
        )
        .add(problems(draft))
}

/// What is wrong, with its place; a polite live region.
fn problems(draft: Draft) -> El {
    let items = move || {
        let found = draft.checked.with(|checked| checked.clone().err()).unwrap_or_default();
        found.into_iter().map(|problem| Item::new(format!("{problem:?}"), move || row(&problem))).collect()
    };
    el("ul").attr("id", "template-problems").class("problems").attr("aria-live", "polite").add(list(items))
}

fn row(problem: &Problem) -> El {
    let place = format!("line {}, column {}", problem.line, problem.column);
    el("li").add(el("b").add(place)).add(" ").add(problem.message.clone())
}

fn area(field: Handle) -> Option<HtmlTextAreaElement> {
    field.get()?.dyn_into().ok()
}

/// Text that came from the form or from a kept draft goes into the field.
fn follow_text(draft: Draft, field: Handle) {
    Effect::new(move |_| {
        let text = draft.text.get();
        let Some(area) = area(field) else { return };
        if area.value() != text {
            area.set_value(&text);
            tell(&area, "reeve:set");
        }
    });
}

/// The problems lie on the field as JSON, where the editor reads them.
fn follow_problems(draft: Draft, field: Handle) {
    Effect::new(move |_| {
        let found = draft.checked.with(|checked| checked.clone().err()).unwrap_or_default();
        let Some(area) = area(field) else { return };
        let marks: Vec<serde_json::Value> = found
            .iter()
            .map(
                |p| serde_json::json!({ "line": p.line, "column": p.column, "length": p.length, "message": p.message }),
            )
            .collect();
        let _ = area.set_attribute("data-problems", &serde_json::Value::Array(marks).to_string());
        tell(&area, "reeve:problems");
    });
}

fn tell(area: &HtmlTextAreaElement, event: &str) {
    if let Ok(event) = Event::new(event) {
        let _ = area.dispatch_event(&event);
    }
}

/// Adds the editor's script, once; when it is there already it is told of the new field.
fn load_editor(field: Handle) {
    Effect::new(move |_| {
        let (Some(area), Some(document), Some(root)) = (area(field), browser::document(), browser::root()) else {
            return;
        };
        if browser::find("script[data-editor-script]").is_some() {
            tell(&area, "reeve:field");
            return;
        }
        let Some(path) = root.get_attribute("data-editor").filter(|path| !path.is_empty()) else { return };
        let (Ok(script), Some(head)) = (document.create_element("script"), document.head()) else { return };
        for (name, value) in [("type", "module"), ("src", path.as_str()), ("data-editor-script", "")] {
            let _ = script.set_attribute(name, value);
        }
        let _ = head.append_child(&script);
    });
}
