//! On or off, as with a schedule.

use crate::element::{El, button, el};

/// A switch with its `label` for those who hear it; `flip` is called with the wanted value.
pub fn switch(on: bool, label: String, flip: impl Fn(bool) + 'static) -> El {
    button(el("span"), move || flip(!on))
        .class("switch")
        .attr("role", "switch")
        .attr("aria-checked", if on { "true" } else { "false" })
        .attr("aria-label", label.clone())
        .attr("title", label)
}
