//! What stands where content would be: nothing yet, nothing that fits, or an error.

use leptos::prelude::*;

use crate::page::Failure;

/// Nothing there yet: what it would be, and a command that makes one.
pub fn empty(title: &'static str, text: &'static str, command: Option<&'static str>) -> AnyView {
    view! {
        <div class="empty">
            <h2>{title}</h2>
            <p>{text}</p>
            {command.map(|command| view! { <pre class="command"><code>{command}</code></pre> })}
        </div>
    }
    .into_any()
}

/// Things exist, but the filter lets none through.
pub fn filtered(what: &'static str, clear: String) -> AnyView {
    view! {
        <div class="empty">
            <h2>{format!("No {what} match this filter")}</h2>
            <p><a href=clear>"Clear the filter"</a></p>
        </div>
    }
    .into_any()
}

/// The page's data could not be had.
pub fn failed(failure: &Failure) -> AnyView {
    let status = failure.status.map(|status| format!(" (HTTP {status})"));
    view! {
        <div class="empty" role="alert">
            <h1>"This page could not be loaded"</h1>
            <p>{failure.message.clone()}{status}</p>
            // An empty link is the page itself: this works without the program, too.
            <p><a href="" rel="external">"Try again"</a></p>
        </div>
    }
    .into_any()
}
