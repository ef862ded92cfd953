//! JSON as people read it.

use leptos::prelude::*;
use serde::Serialize;

/// Any JSON value, indented; an empty object or nothing at all says so in words.
pub fn json(value: &impl Serialize) -> AnyView {
    let text = pretty(value);
    if matches!(text.as_str(), "{}" | "[]" | "null") {
        return view! { <p class="faint">"none"</p> }.into_any();
    }
    view! { <pre class="json" tabindex="0"><code>{text}</code></pre> }.into_any()
}

/// The indented text.
pub fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
