//! The page for what is not there.

use leptos::prelude::*;

use crate::element::{el, link, many};
use crate::{SetStatus, page, routes};

/// No page has this path.
pub fn page() -> AnyView {
    if let Some(set) = use_context::<SetStatus>() {
        (set.0)(404);
    }
    missing()
}

/// The path is right, but the thing it names does not exist (any more).
pub fn missing() -> AnyView {
    let places = [
        ("/", "Now"),
        (routes::FLOW_RUNS, "Runs"),
        (routes::DEPLOYMENTS, "Deployments"),
        (routes::WORK_POOLS, "Pools"),
    ];
    let links = places.into_iter().flat_map(|(href, name)| [link(href, name).into_any(), " ".into_any()]);
    let text = el("div")
        .class("empty")
        .add(el("h1").add("Not found"))
        .add(el("p").add("There is nothing here: it was deleted, or the address is not quite right."))
        .add(el("p").add_all(links));
    many([page::title(|| domain::say!("Not found")), text.into_any()])
}
