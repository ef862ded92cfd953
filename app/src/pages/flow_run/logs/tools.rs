//! The row of tools above a log: search, levels, times, wrapping, copying.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::view::{LogView, Times};
use super::{scroll, search};
use crate::log::Group;
use crate::notices::notices;
use crate::{browser, words};

/// The tools.
pub fn tools(view: LogView) -> AnyView {
    view! {
        <div class="log-tools" role="toolbar" aria-label="Log tools">
            {search_box(view)}
            <div class="chips" role="group" aria-label="Levels">{Group::ALL.map(|group| chip(view, group)).into_iter().collect_view()}</div>
            <span class="grow"></span>
            {times_button(view)}
            <button type="button" aria-pressed=move || pressed(view.wrap.get()) on:click=move |_| toggle_wrap(view)>"Wrap"</button>
            <button type="button" on:click=move |_| copy(view)>"Copy"</button>
            <button
                type="button"
                aria-pressed=move || pressed(view.following.get())
                title="Stay at the end (f)"
                on:click=move |_| scroll::follow(view)
            >
                "Follow"
            </button>
        </div>
    }
    .into_any()
}

fn pressed(yes: bool) -> &'static str {
    if yes { "true" } else { "false" }
}

fn search_box(view: LogView) -> impl IntoView {
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            search::step(view, if event.shift_key() { -1 } else { 1 });
        }
    };
    view! {
        <div class="log-search" role="search">
            <input
                type="search"
                data-search=""
                placeholder="Search the loaded lines"
                aria-label="Search the loaded lines"
                on:input:target=move |event| search::search(view, &event.target().value())
                on:keydown=keys
            />
            <output>{move || search::position(view)}</output>
            <button type="button" aria-label="Previous match" title="Previous match (N)" on:click=move |_| search::step(view, -1)>"↑"</button>
            <button type="button" aria-label="Next match" title="Next match (n)" on:click=move |_| search::step(view, 1)>"↓"</button>
        </div>
    }
}

/// Shows or hides a group of levels, and says how many loaded lines it has.
fn chip(view: LogView, group: Group) -> impl IntoView {
    let name = match group {
        Group::Debug => "Debug",
        Group::Info => "Info",
        Group::Warning => "Warning",
        Group::Error => "Error",
    };
    let shown = move || {
        view.version.get();
        view.book.with_value(|book| (!book.is_hidden(group), book.count(group)))
    };
    let flip = move |_| {
        view.book.update_value(|book| book.set_hidden(group, !book.is_hidden(group)));
        view.changed();
    };
    view! {
        <button type="button" class="chip" data-level=name.to_lowercase() aria-pressed=move || pressed(shown().0) on:click=flip>
            {name} " " <small>{move || words::grouped(shown().1)}</small>
        </button>
    }
}

fn times_button(view: LogView) -> impl IntoView {
    let name = move || match view.times.get() {
        Times::Clock => "Clock",
        Times::Since => "Since start",
        Times::Hidden => "No times",
    };
    let next = move |_| {
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
    view! { <button type="button" title="How times are shown" on:click=next>{name}</button> }
}

fn toggle_wrap(view: LogView) {
    let wrap = !view.wrap.get_untracked();
    view.wrap.set(wrap);
    browser::keep("reeve.wrap", Some(if wrap { "yes" } else { "no" }));
    scroll::rewrap(view);
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
