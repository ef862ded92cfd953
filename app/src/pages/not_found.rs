//! The page for what is not there.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{SetStatus, routes};

/// No page has this path.
pub fn page() -> AnyView {
    if let Some(set) = use_context::<SetStatus>() {
        (set.0)(404);
    }
    missing()
}

/// The path is right, but the thing it names does not exist (any more).
pub fn missing() -> AnyView {
    view! {
        <Title text="Not found"/>
        <div class="empty">
            <h1>"Not found"</h1>
            <p>"There is nothing here: it was deleted, or the address is not quite right."</p>
            <p>
                <a href="/">"Now"</a> " · " <a href=routes::FLOW_RUNS>"Runs"</a> " · "
                <a href=routes::DEPLOYMENTS>"Deployments"</a> " · " <a href=routes::WORK_POOLS>"Pools"</a>
            </p>
        </div>
    }
    .into_any()
}
