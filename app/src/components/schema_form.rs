//! Fields of a JSON schema as inputs.

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

use crate::element::{El, el};
use crate::schema::{Field, Kind};

/// One field with its title, what it is for, and what is wrong with its text. `change` hears every keystroke.
pub fn schema_field(
    id: String,
    field: &Field,
    text: impl Fn() -> String + Copy + Send + 'static,
    problem: impl Fn() -> Option<String> + Copy + Send + 'static,
    change: impl Fn(String) + 'static,
) -> El {
    let help = format!("{id}-help");
    let mark = if field.required { el("small").add(" required") } else { el("small").add(kind_word(&field.kind)) };
    let title = el("label").attr("for", id.clone()).add(field.title.clone()).add(" ").add(mark);
    let input = input(field, text)
        .attr("id", id)
        .attr("aria-describedby", help.clone())
        .attr("aria-invalid", move || problem().map(|_| "true"))
        .on("input", move |event| change(value_of(&event)));
    el("div").class("field").add(title).add(input).add(
        el("p")
            .class("help")
            .attr("id", help)
            .add(field.description.clone())
            .add(" ")
            .add(move || problem().map(|problem| el("strong").class("bad").add(problem))),
    )
}

/// What a field without a type in its title would leave open.
fn kind_word(kind: &Kind) -> &'static str {
    match kind {
        Kind::Integer => "whole number",
        Kind::Number => "number",
        Kind::Json("array") => "JSON list",
        Kind::Json("object") => "JSON object",
        Kind::Json(_) => "JSON",
        Kind::Text | Kind::Boolean | Kind::Choice(_) => "",
    }
}

fn input(field: &Field, text: impl Fn() -> String + Copy + Send + 'static) -> El {
    match &field.kind {
        Kind::Text => el("input").attr("type", "text").attr("autocomplete", "off").attr(".value", text),
        Kind::Integer | Kind::Number => el("input")
            .attr("type", "text")
            .attr("inputmode", "decimal")
            .attr("autocomplete", "off")
            .attr(".value", text),
        Kind::Boolean => select(vec!["true".to_owned(), "false".to_owned()], !field.required || field.nullable, text),
        Kind::Choice(all) => {
            let all = all.iter().map(|value| field.show(Some(value))).collect();
            select(all, !field.required || field.nullable, text)
        }
        Kind::Json(_) => json_area(text),
    }
}

/// A text area for JSON.
pub fn json_area(text: impl Fn() -> String + Copy + Send + 'static) -> El {
    el("textarea").attr("rows", "3").attr("spellcheck", "false").attr(".value", text)
}

/// A list of choices, with an empty one for "unset" where that is allowed.
fn select(choices: Vec<String>, may_be_unset: bool, text: impl Fn() -> String + Copy + Send + 'static) -> El {
    let option = |value: String, label: String| {
        let chosen = value.clone();
        el("option").attr("selected", move || text() == chosen).attr("value", value).add(label)
    };
    let unset = may_be_unset.then(|| option(String::new(), "unset".to_owned()));
    let others = choices.into_iter().map(|choice| option(choice.clone(), choice));
    el("select").add_all(unset.into_iter().chain(others))
}

/// The text of the field that an event is about.
pub fn value_of(event: &Event) -> String {
    let Some(target) = event.target() else { return String::new() };
    if let Some(input) = target.dyn_ref::<HtmlInputElement>() {
        return input.value();
    }
    if let Some(area) = target.dyn_ref::<HtmlTextAreaElement>() {
        return area.value();
    }
    target.dyn_ref::<HtmlSelectElement>().map(HtmlSelectElement::value).unwrap_or_default()
}
