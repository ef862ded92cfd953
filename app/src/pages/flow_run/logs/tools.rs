//! The row of tools above a log: search, levels, times, wrapping, copying.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement, KeyboardEvent};

use super::view::{LogView, Times};
use super::{place, scroll, search};
use crate::element::{El, button, el, link};
use crate::log::Group;
use crate::notices::notices;
use crate::{browser, words};

/// The tools.
pub fn tools(view: LogView) -> El {
    let levels = el("div").class("chips").attr("role", "group").attr("aria-label", "Levels");
    el("div")
        .class("log-tools")
        .attr("role", "toolbar")
        .attr("aria-label", "Log tools")
        .add(search_box(view))
        .add(levels.add_all(Group::ALL.map(|group| chip(view, group))))
        .add(el("span").class("grow"))
        .add(times_button(view))
        .add(button("Wrap", move || toggle_wrap(view)).attr("aria-pressed", move || pressed(view.wrap.get())))
        .add(button("Copy", move || copy(view)).attr("title", "Copy the loaded lines that are shown"))
        .add(download(view))
        .add(
            button("Follow", move || scroll::follow(view))
                .attr("aria-pressed", move || pressed(view.following.get()))
                .attr("title", "Stay at the end (f)"),
        )
}

fn pressed(yes: bool) -> &'static str {
    if yes { "true" } else { "false" }
}

fn search_box(view: LogView) -> El {
    let typed = move |event: Event| {
        if let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) {
            search::search(view, input.value());
        }
    };
    let keys = move |event: Event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        if event.key() == "Enter" {
            event.prevent_default();
            search::step(view, if event.shift_key() { -1 } else { 1 });
        }
    };
    let input = el("input")
        .attr("type", "search")
        .attr("data-search", "")
        .attr("placeholder", "Search: text or /regex/")
        .attr("aria-label", "Search: text or /regex/")
        .attr("aria-invalid", move || matches!(view.search.get(), search::Status::Wrong(_)).then_some("true"))
        .on("input", typed)
        .on("keydown", keys);
    let way = |text: &'static str, label: &'static str, by: i64| {
        button(text, move || search::step(view, by)).attr("aria-label", label).attr("title", label)
    };
    el("div")
        .class("log-search")
        .attr("role", "search")
        .add(input)
        .add(way("↑", "Previous match (N)", -1))
        .add(way("↓", "Next match (n)", 1))
        .add(move || search::position(view).map(|text| el("output").add(text)))
}

/// Shows or hides a group of levels, and says how many lines it has.
fn chip(view: LogView, group: Group) -> El {
    let shown = move || {
        view.version.get();
        view.book.with_value(|book| (!book.is_hidden(group), book.count(group)))
    };
    let flip = move || {
        place::flip(view, vec![group]);
        place::remember(view);
    };
    button(place::word(group), flip)
        .class("chip")
        .attr("data-level", group.name())
        .attr("aria-pressed", move || pressed(shown().0))
        .add(" ")
        .add(el("small").add(move || words::grouped(shown().1)))
}

fn times_button(view: LogView) -> El {
    let name = move || match view.times.get() {
        Times::Clock => "Clock",
        Times::Since => "Since start",
        Times::Hidden => "No times",
    };
    let next = move || {
        view.times.update(|times| {
            *times = match times {
                Times::Clock => Times::Since,
                Times::Since => Times::Hidden,
                Times::Hidden => Times::Clock,
            }
        });
        // Times take room that the text then has not.
        request_animation_frame(move || scroll::rewrap(view));
    };
    button(name, next).attr("title", "How times are shown")
}

fn toggle_wrap(view: LogView) {
    let wrap = !view.wrap.get_untracked();
    view.wrap.set(wrap);
    browser::keep("reeve.wrap", Some(if wrap { "yes" } else { "no" }));
    scroll::rewrap(view);
}

/// The whole log as a file, without the levels that are hidden.
fn download(view: LogView) -> El {
    let path = move || {
        view.version.get();
        client::logs::file(view.run, &place::hidden_names(view))
    };
    link(path, "Download").class("button").attr("download", "").attr("rel", "external")
}

fn copy(view: LogView) {
    let (text, lines) = view.book.with_value(|book| {
        let text = book.text();
        let lines = text.lines().count() as i64;
        (text, lines)
    });
    browser::copy(&text);
    notices().done(format!("{} copied", words::count(lines, "line")));
}
