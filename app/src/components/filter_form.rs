//! A form that asks by URL: without the program it loads the page anew, with it the page changes in place.

use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlFormElement};

use crate::element::{El, IntoValue, el, link};
use crate::{address, browser};

/// The form around its fields; leads to `path?name=value&…`, without the empty ones. `filtered` offers
/// the way back to the plain list.
pub fn filter_form(path: impl Into<String>, fields: impl IntoIterator<Item = El>, filtered: bool) -> El {
    shaped(path.into(), fields.into_iter().collect(), filtered)
}

fn shaped(path: String, fields: Vec<El>, filtered: bool) -> El {
    let navigate = use_navigate();
    let to = path.clone();
    let submit = move |event: Event| {
        let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        if let Some(form) = form {
            event.prevent_default();
            let pairs = address::pairs(&browser::form_query(&form));
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&name[..], &value[..])).collect();
            navigate(&address::with_query(&to, &pairs), Default::default());
        }
    };
    el("form")
        .class("filter")
        .attr("role", "search")
        .attr("action", path.clone())
        .attr("method", "get")
        .on("submit", submit)
        .add_all(fields)
        .add(el("button").add("Filter"))
        .add(filtered.then(|| link(path, "Clear")))
}

/// A text field of the form; the first one of a page is where `/` leads.
pub fn field(name: impl IntoValue, label: impl IntoValue + Clone, value: String, first: bool) -> El {
    el("input")
        .attr("type", "search")
        .attr("name", name)
        .attr("placeholder", label.clone())
        .attr("aria-label", label)
        .attr("data-search", first)
        .attr(".value", value)
}

/// A field with few values to choose from, each with its words.
pub fn choice(name: String, label: String, value: String, choices: Vec<(String, String)>) -> El {
    let option =
        |(of, words): (String, String)| el("option").attr("selected", of == value).attr("value", of).add(words);
    let all = [(String::new(), label.clone())].into_iter().chain(choices);
    el("select").attr("name", name).attr("aria-label", label).add_all(all.map(option))
}
