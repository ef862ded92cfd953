//! What surrounds every page: the bar on top, the one at the bottom of small screens, and the thin lines
//! that speak of loading and of a lost connection.

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use crate::clock::clock;
use crate::live::{Live, Status};
use crate::{browser, keyboard, routes, settings};

const PLACES: [(&str, &str, &str); 4] = [
    ("/", "Now", "#i-now"),
    (routes::FLOW_RUNS, "Runs", "#i-runs"),
    (routes::DEPLOYMENTS, "Deployments", "#i-deployments"),
    (routes::WORK_POOLS, "Pools", "#i-pools"),
];

/// The top of the page. `routing` is true while the next page is being fetched.
pub fn bar(routing: RwSignal<bool>) -> AnyView {
    keyboard::hear();
    focus_after_navigation();
    view! {
        <header class="bar">
            <A href="/" attr:class="brand" attr:aria-label="Reeve, to the first page">
                <svg aria-hidden="true"><use href="#i-brand"></use></svg>
                <span>"Reeve"</span>
            </A>
            <nav aria-label="Main" class="places">{places(false)}</nav>
            <span class="grow"></span>
            {zone_button()}
            {settings::theme_button()}
            {keyboard::help_button()}
        </header>
        <div class="progress" data-on=move || routing.get().then_some("") aria-hidden="true"></div>
        {paused()}
    }
    .into_any()
}

/// The bar at the bottom of small screens.
pub fn bottom() -> AnyView {
    view! { <nav aria-label="Main, small screens" class="bottom">{places(true)}</nav> }.into_any()
}

fn places(icons: bool) -> impl IntoView {
    let path = use_location().pathname;
    PLACES
        .map(|(href, name, icon)| {
            let here = move || {
                path.with(|path| path == href || (href != "/" && path.starts_with(href))).then_some("page")
            };
            view! {
                <a href=href aria-current=here>
                    {icons.then(|| view! { <svg aria-hidden="true"><use href=icon></use></svg> })}
                    <span>{name}</span>
                </a>
            }
        })
        .into_iter()
        .collect_view()
}

/// Changes between UTC and the visitor's zone.
fn zone_button() -> impl IntoView {
    let clock = clock();
    let label = move || if clock.is_local() { "local" } else { "UTC" };
    view! {
        <button type="button" class="icon text" title="Times in UTC or in your zone" on:click=move |_| clock.toggle_zone()>
            <span class="hidden">"Times in "</span>
            {label}
        </button>
    }
}

/// One thin line while the server cannot be heard.
fn paused() -> impl IntoView {
    let status = expect_context::<Live>().status;
    let clock = clock();
    let since = move || match status.get() {
        Status::Paused(since) => {
            clock.now();
            Some(((browser::milliseconds() - since) / 1e3).max(0.0))
        }
        _ => None,
    };
    // Restarts and sleeping laptops come back within seconds; nobody needs to read about those.
    let words = move || {
        since().filter(|seconds| *seconds >= 2.0).map(|seconds| {
            format!("Live updates paused {}; trying again. What you see may be old.", crate::words::relative(seconds))
        })
    };
    view! { <div class="paused" role="status">{words}</div> }
}

/// After a click on a link the focus goes to the page's content, as with a new document.
fn focus_after_navigation() {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        let elsewhere = |before: &str| before.split('/').take(3).ne(now.split('/').take(3));
        if before.as_deref().is_some_and(elsewhere)
            && let Some(main) = browser::find("#main")
        {
            let _ = main.focus();
        }
        now
    });
}
