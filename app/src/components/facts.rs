//! Facts about a thing: a name and a value each; what is not known is left out.

use leptos::prelude::*;

use crate::element::{IntoNode, el, nothing};

/// A fact in a list of facts.
pub fn fact<T: IntoNode>(name: &'static str, value: Option<T>) -> AnyView {
    match value {
        Some(value) => el("div").add(el("dt").add(name)).add(el("dd").add(value)).into_any(),
        None => nothing(),
    }
}

/// A fact that is a text for machines.
pub fn code(name: &'static str, value: Option<String>) -> AnyView {
    fact(name, value.map(|value| el("code").add(value)))
}
