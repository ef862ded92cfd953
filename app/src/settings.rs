//! The visitor's theme: a cookie that the server reads, so that the first paint is right.

use leptos::prelude::*;

use crate::browser;

/// Asks for the next theme of system, light, dark.
pub fn next_theme() -> &'static str {
    let now = browser::root().and_then(|root| root.get_attribute("data-theme"));
    let next = match now.as_deref() {
        None | Some("") => "light",
        Some("light") => "dark",
        Some(_) => "system",
    };
    if let Some(root) = browser::root() {
        let _ = if next == "system" { root.remove_attribute("data-theme") } else { root.set_attribute("data-theme", next) };
    }
    browser::set_cookie("reeve_theme", next);
    next
}

/// The switch between the themes.
pub fn theme_button() -> impl IntoView {
    let said = RwSignal::new(None::<&str>);
    let label = move || match said.get() {
        None => "Change theme".to_owned(),
        Some(theme) => format!("Theme: {theme}"),
    };
    view! {
        <button type="button" class="icon" aria-label=label title=label on:click=move |_| said.set(Some(next_theme()))>
            <svg aria-hidden="true"><use href="#i-theme"></use></svg>
        </button>
    }
}
