//! Tags as links to what else has them.

use leptos::prelude::*;

/// The tags, each leading to `base?tag=…`.
pub fn tags(base: &str, tags: &[String]) -> AnyView {
    tags.iter()
        .map(|tag| {
            let href = format!("{base}?tag={}", client::segment(tag));
            view! { <a class="tag" href=href>{tag.clone()}</a> }
        })
        .collect_view()
        .into_any()
}
