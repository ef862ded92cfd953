//! The run that is shown beside the list: `?run=` names it, the server describes it.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};

use crate::clock::clock;
use crate::effect::effect;
use crate::element::{El, el, link, many};
use crate::page::Page;
use crate::pages::sheet;
use crate::sheet::{Desk, parts};
use crate::{browser, keyboard, routes};
use domain::sheet::Sheet;

/// Below so many pixels the run lies over the list instead of beside it.
const NARROW: f64 = 1100.0;

/// The query without the run that is shown, as it was written.
pub fn without_run(search: &str) -> String {
    let parts = search.trim_start_matches('?').split('&');
    let kept: Vec<&str> = parts.filter(|part| !part.is_empty() && !part.starts_with("run=")).collect();
    if kept.is_empty() { String::new() } else { ["?", &kept.join("&")].concat() }
}

/// The way to a run beside the list with that query, or away from it.
fn path(search: &str, run: Option<&str>) -> String {
    let rest = without_run(search);
    let (mark, name, run) = match run {
        Some(run) => (if rest.is_empty() { "?" } else { "&" }, "run=", run),
        None => ("", "", ""),
    };
    [routes::FLOW_RUNS, &rest, mark, name, run].concat()
}

/// The list, whose rows can be chosen, and the run that is.
pub fn with_run(content: AnyView, search: Memo<String>, run: Memo<String>) -> El {
    let navigate = use_navigate();
    let go = Callback::new(move |to: Option<String>| {
        let before = run.get_untracked();
        let to = to.filter(|to| *to != before);
        let options =
            NavigateOptions { replace: !before.is_empty() && to.is_some(), scroll: false, ..Default::default() };
        navigate(&path(&search.get_untracked(), to.as_deref()), options);
        if to.is_none() {
            let _ = browser::find(&["main tr a[href=\"/runs/", &before, "\"]"].concat()).map(|row| row.focus());
        }
    });
    hear_escape(run, go);
    let choose = move |event: Event| {
        if let Some(id) = chosen(&event) {
            event.prevent_default();
            let _ = go.try_run(Some(id));
        }
    };
    let list = el("div").on("click", choose).on("keydown", choose).add(content);
    let shown = Memo::new(move |_| run.with(|run| !run.is_empty()));
    el("div")
        .class("beside")
        .attr("data-open", move || shown.get())
        .add(list)
        .add(move || shown.get().then(|| aside(search, run)))
}

/// The run of the row that was clicked where nothing else is, or that Space was pressed on.
fn chosen(event: &Event) -> Option<String> {
    let target: Element = event.target()?.dyn_into().ok()?;
    match event.dyn_ref::<KeyboardEvent>() {
        Some(key) if key.key() != " " || !target.has_attribute("data-row-link") => return None,
        Some(_) => {}
        None => {
            let other = target.closest("a, button, input, label").ok()?.is_some();
            if other || browser::marks_text() {
                return None;
            }
        }
    }
    let link = target.closest("tr").ok()??.query_selector("[data-row-link]").ok()??;
    Some(link.get_attribute("href")?.strip_prefix("/runs/")?.to_owned())
}

/// Escape leads back to the list, unless somebody types or answers a question.
fn hear_escape(run: Memo<String>, go: Callback<Option<String>>) {
    effect(move || {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            let asked = browser::find("dialog[open]").is_some();
            let shown = run.try_get_untracked().is_some_and(|run| !run.is_empty());
            if shown && event.key() == "Escape" && !asked && !keyboard::types(&event) {
                let _ = go.try_run(None);
            }
        });
        on_cleanup(move || handle.remove());
    });
}

fn aside(search: Memo<String>, run: Memo<String>) -> El {
    let close = move || path(&search.get(), None);
    effect(move || {
        run.track();
        let width = browser::window().and_then(|window| window.inner_width().ok()?.as_f64());
        if width.is_some_and(|width| width < NARROW) {
            let _ = browser::find(".brief").map(|brief| brief.focus());
        }
    });
    let sheet = sheet::of(Box::new(move || ["/runs/", &run.get(), "/brief"].concat()), content);
    el("aside")
        .class("brief")
        .attr("tabindex", "-1")
        .attr("aria-label", "The run that is chosen")
        .add(link(close, "×").class("close").attr("aria-label", "Close").attr("title", "Close (Esc)"))
        .add(sheet)
}

fn content(page: Page<Sheet>) -> AnyView {
    clock().follow(move || page.with(|sheet| sheet.now));
    let desk = Desk::new(move || page.try_with(Sheet::clone), Callback::new(move |()| page.refresh()));
    many([el("h2").add(move || page.try_with(|sheet| sheet.title.clone()).unwrap_or_default()).into_any(), parts(desk)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_the_query_stays_as_it_was() {
        let cases = [("", ""), ("?run=1", ""), ("q=a:b+c&run=1&page=2", "?q=a:b+c&page=2"), ("?q=%C3%BC", "?q=%C3%BC")];
        for (search, rest) in cases {
            assert_eq!(without_run(search), rest, "{search}");
        }
        assert_eq!(path("?q=a&run=1", Some("2")), "/runs?q=a&run=2");
        assert_eq!(path("", Some("2")), "/runs?run=2");
        assert_eq!(path("?run=1", None), "/runs");
    }
}
