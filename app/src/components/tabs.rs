//! Tabs that are links: each has its own URL and works without the program.

use leptos::prelude::*;

use crate::element::{El, el, link};
use crate::words;

/// A tab's path segment (empty for the first), its name, and a number beside it.
pub struct Tab {
    pub slug: &'static str,
    pub name: &'static str,
    pub count: Option<i64>,
}

/// A row of tabs below `base`, with the one marked that `current` names.
pub fn tabs(base: &str, current: Memo<String>, tabs: Vec<Tab>) -> El {
    let one = |tab: Tab| {
        let href = if tab.slug.is_empty() { base.to_owned() } else { format!("{base}/{}", tab.slug) };
        let here = move || current.with(|current| current == tab.slug).then_some("page");
        let count = tab.count.map(|count| el("small").add(words::grouped(count)));
        link(href, tab.name).attr("aria-current", here).add(" ").add(count)
    };
    el("nav").class("tabs").attr("aria-label", "Parts of this page").add_all(tabs.into_iter().map(one))
}
