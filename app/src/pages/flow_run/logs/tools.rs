//! The row of tools above a log: search, levels, times, wrapping, copying.

use domain::logs::{Sieve, Source};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement, HtmlSelectElement, KeyboardEvent};

use super::view::{LogView, Times};
use super::{marks, place, scroll, search};
use crate::element::{El, button, el, link};
use crate::log::Group;
use crate::notices::notices;
use crate::{browser, words};

/// Lines that are copied at most.
const MOST_COPIED: i64 = 20_000;

/// The tools.
pub fn tools(view: LogView) -> El {
    let levels = el("div").class("chips").attr("role", "group").attr("aria-label", "Levels");
    el("div")
        .class("log-tools")
        .attr("role", "toolbar")
        .attr("aria-label", "Log tools")
        .add(search_box(view))
        .add(levels.add_all(Group::ALL.map(|group| chip(view, group))))
        .add(sources(view))
        .add(el("span").class("grow"))
        .add(times_choice(view))
        .add(button("Wrap", move || toggle_wrap(view)).attr("aria-pressed", move || pressed(view.wrap.get())))
        .add(copying(view, "Copy", false))
        .add(copying(view, "Copy Markdown", true))
        .add(download(view, "Download", false).attr("title", "What is shown, as a file"))
        .add(download(view, "Download all", true).attr("hidden", move || {
            view.version.get();
            view.book.with_value(|book| book.shown() == book.counts().iter().sum::<i64>())
        }))
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
        view.book.with_value(|book| {
            let counted = Sieve { source: book.sieve().source, ..Sieve::parse("debug,info,warning,error", "") };
            let mut only = counted;
            only.hidden[group as usize] = false;
            (!book.sieve().hidden[group as usize], only.of(book.counts()))
        })
    };
    button(place::word(group), move || place::flip(view, group))
        .class("chip")
        .attr("data-level", group.name())
        .attr("aria-pressed", move || pressed(shown().0))
        .add(" ")
        .add(el("small").add(move || words::grouped(shown().1)))
}

/// What clients sent, what pods printed, or both; where pods printed nothing there is no choice.
fn sources(view: LogView) -> El {
    let counts = move || {
        view.version.get();
        view.book.with_value(|book| {
            let counts = book.counts();
            [counts[..4].iter().sum::<i64>(), counts[4..].iter().sum::<i64>()]
        })
    };
    let choice = |name: &'static str, source: Option<Source>, count: Option<usize>| {
        let is_chosen = move || {
            view.version.get();
            pressed(view.sieve().source == source)
        };
        button(name, move || place::set_source(view, source))
            .attr("aria-pressed", is_chosen)
            .add(" ")
            .add(count.map(|at| el("small").add(move || words::grouped(counts()[at]))))
    };
    el("div")
        .class("chips log-source")
        .attr("role", "group")
        .attr("aria-label", "Source of the lines")
        .attr("hidden", move || counts()[1] == 0)
        .add(choice("Client", Some(Source::Client), Some(0)).attr("title", "What the flow and its worker send"))
        .add(choice("Pod", Some(Source::Pod), Some(1)).attr("title", "What the containers print"))
        .add(choice("Both", None, None).attr("title", "In the order of storing"))
}

fn times_choice(view: LogView) -> El {
    let option = |name: &'static str, times: Times| {
        let is_chosen = move || view.times.get() == times;
        el("option").attr("value", place::times_name(times)).attr("selected", is_chosen).add(name)
    };
    let chosen = move |event: Event| {
        if let Some(select) = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok()) {
            place::set_times(view, &select.value());
        }
    };
    el("select")
        .attr("aria-label", "Times")
        .attr(".value", move || place::times_name(view.times.get()))
        .add(option("Clock", Times::Clock))
        .add(option("Since start", Times::Start))
        .add(option("Since previous", Times::Previous))
        .add(option("No times", Times::Hidden))
        .on("change", chosen)
}

fn toggle_wrap(view: LogView) {
    let wrap = !view.wrap.get_untracked();
    view.wrap.set(wrap);
    browser::keep("reeve.wrap", Some(if wrap { "yes" } else { "no" }));
    scroll::rewrap(view);
}

/// The shown lines as a file, or all of them.
fn download(view: LogView, name: &'static str, all: bool) -> El {
    let path = move || {
        view.version.get();
        client::logs::file(view.run, if all { Sieve::default() } else { view.sieve() })
    };
    link(path, name).class("button").attr("download", "").attr("rel", "external")
}

/// Copies the marked lines, or all that are shown; the server writes them, since few are here.
fn copying(view: LogView, name: &'static str, markdown: bool) -> El {
    let title = move || {
        if view.marked.get().is_some() { "The marked lines (Shift and a click mark a range)" } else { "What is shown" }
    };
    button(name, move || copy(view, markdown)).attr("title", title)
}

fn copy(view: LogView, markdown: bool) {
    let (client, sieve, lines) = (view.client.get_value(), view.sieve(), untrack(move || marks::named(view)));
    leptos::task::spawn_local(async move {
        let text = match client::logs::text(&client, view.run, sieve, &lines, MOST_COPIED).await {
            Ok(text) => text,
            Err(error) => return notices().failed("Nothing was copied", &error),
        };
        let count = text.lines().count() as i64;
        let more = if count < MOST_COPIED { "" } else { "; the file has the rest" };
        browser::copy(&if markdown { linked(&text) } else { text });
        notices().done(format!("{} copied{more}", words::count(count, "line")));
    });
}

fn linked(text: &str) -> String {
    let title = browser::document().map(|document| document.title()).unwrap_or_default();
    let href = browser::window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    fenced(&title, &href, text)
}

/// The text as a block of Markdown under the link to it.
fn fenced(title: &str, href: &str, text: &str) -> String {
    // Longer than any fence in the text.
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("[{}]({href})\n\n{fence}text\n{text}{fence}\n", title.replace(['[', ']'], ""))
}

#[cfg(test)]
mod tests {
    use super::fenced;

    #[test]
    fn no_text_ends_its_fence() {
        assert_eq!(fenced("[r]", "/x", "a\n"), "[r](/x)\n\n```text\na\n```\n");
        assert_eq!(fenced("r", "/x", "````\n"), "[r](/x)\n\n`````text\n````\n`````\n");
    }
}
