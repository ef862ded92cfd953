//! The visitor's theme: a cookie that the server reads, so that the first paint is right.

use domain::language::tr;
use domain::say;
use leptos::prelude::*;

use crate::browser;
use crate::element::{El, button, icon};

/// Goes on to the next of system, light, dark.
fn next_theme() -> &'static str {
    let now = browser::root().and_then(|root| root.get_attribute("data-theme"));
    let next = match now.as_deref() {
        None | Some("") => "light",
        Some("light") => "dark",
        Some(_) => "system",
    };
    if let Some(root) = browser::root() {
        let _ =
            if next == "system" { root.remove_attribute("data-theme") } else { root.set_attribute("data-theme", next) };
    }
    browser::set_cookie("reeve_theme", next);
    next
}

/// The switch between the themes.
pub fn theme_button() -> El {
    let said = RwSignal::new(None::<&str>);
    let label = move || match said.get() {
        None => say!("Change theme"),
        Some(theme) => say!("Theme: {}", tr(theme)),
    };
    button(icon("#i-theme"), move || said.set(Some(next_theme())))
        .class("icon")
        .attr("aria-label", label)
        .attr("title", label)
}
