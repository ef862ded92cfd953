//! Tabs that are links: each has its own URL and works without the program.

use leptos::prelude::*;

/// A tab's path segment (empty for the first), its name, and a number beside it.
pub struct Tab {
    pub slug: &'static str,
    pub name: &'static str,
    pub count: Option<i64>,
}

/// A row of tabs below `base`, with the one marked that `current` names.
pub fn tabs(base: String, current: Signal<String>, tabs: Vec<Tab>) -> AnyView {
    let links = tabs.into_iter().map(|tab| {
        let href = if tab.slug.is_empty() { base.clone() } else { format!("{base}/{}", tab.slug) };
        let here = move || current.with(|current| current == tab.slug).then_some("page");
        let count = tab.count.map(|count| view! { <small>{crate::words::grouped(count)}</small> });
        view! { <a href=href aria-current=here>{tab.name} {count}</a> }
    });
    view! { <nav class="tabs" aria-label="Parts of this page">{links.collect_view()}</nav> }.into_any()
}
