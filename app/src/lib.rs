//! What people see: the pages of the dashboard, rendered on the server and taken over in the browser.
//!
//! A page fetches its one answer through `client` and arranges components; components take values and
//! callbacks and fetch nothing. The same input gives the same HTML: no clock, locale or randomness in a
//! view, browser APIs only in effects. Called by `server` (rendering) and `frontend` (hydration);
//! reaches neither database nor server.

pub mod document;
#[cfg(not(target_arch = "wasm32"))]
pub mod question;
pub mod routes;

mod address;
mod browser;
mod clock;
mod components;
mod editor;
mod effect;
mod element;
mod focus;
mod keyboard;
mod language;
mod live;
mod log;
mod milestones;
mod notices;
mod page;
mod pages;
mod palette;
mod pattern;
mod schema;
mod settings;
mod sheet;

use std::sync::Arc;

use domain::{look, manifest, preview, reason, words};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::Router;

use components::frame;
pub use document::{Language, ShellOptions, shell};

/// Tells the server which HTTP status the page being rendered deserves, such as 404 for a run that does
/// not exist. The server puts it into the context; in the browser there is none.
#[derive(Clone)]
pub struct SetStatus(pub Arc<dyn Fn(u16) + Send + Sync>);

/// The whole dashboard. Wants a [`client::Client`] in its context, and takes a [`SetStatus`].
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    clock::provide();
    live::provide();
    notices::provide();
    let routing = RwSignal::new(false);
    let skip = element::link("#main", "Skip to content").class("skip").into_any();
    view! {
        <Title formatter=|title: String| format!("{title} · Reeve")/>
        {skip}
        <Router set_is_routing=routing>{frame::frame(routing, routes::table)}</Router>
        {notices::region()}
        {keyboard::help()}
    }
}

/// Takes over the page in the browser: [`App`] with a client that fetches, then `data-hydrated` on
/// `<html>` for those who wait for it.
#[cfg(target_arch = "wasm32")]
pub fn hydrate() {
    // A release has no messages to tell, and no room for them.
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| web_sys::console::error_1(&panic.to_string().into())));
    language::speak();
    leptos::mount::hydrate_body(|| {
        provide_context(client::Client::new(client::transport::browser::Browser));
        App()
    });
    browser::mark_hydrated();
}
