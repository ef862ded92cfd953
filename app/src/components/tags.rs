//! Tags as links to what else has them.

use leptos::prelude::*;

use crate::address;
use crate::element::{link, many};

/// The tags, each leading to `base?tag=…`.
pub fn tags(base: &str, tags: &[String]) -> AnyView {
    many(tags.iter().map(|tag| link(address::with_query(base, &[("tag", tag)]), tag.clone()).class("tag")))
}
