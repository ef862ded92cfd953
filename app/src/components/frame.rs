//! What surrounds every page: the bar on top, the one at the bottom of small screens, and the thin lines
//! that speak of loading and of a lost connection.

use std::cell::RefCell;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use web_sys::Event;

use crate::clock::clock;
use crate::effect::effect;
use crate::element::{El, Handle, button, el, icon, link, many, on_link};
use crate::live::{Live, Status};
use crate::{browser, keyboard, language, palette, routes, settings, words};

/// Path, name and icon of the places in the bar.
pub const PLACES: [(&str, &str, &str); 4] = [
    ("/", "Now", "#i-now"),
    (routes::FLOW_RUNS, "Runs", "#i-runs"),
    (routes::DEPLOYMENTS, "Deployments", "#i-deployments"),
    (routes::WORK_POOLS, "Pools", "#i-pools"),
];

/// The page around its `content`. `routing` is true while the next page is being fetched.
pub fn frame(routing: RwSignal<bool>, content: fn() -> AnyView) -> AnyView {
    keyboard::hear();
    focus_after_navigation();
    let brand = link("/", icon("#i-brand"))
        .class("brand")
        .attr("aria-label", "Reeve, to the first page")
        .add(el("span").add("Reeve"));
    let bar = el("header")
        .class("bar")
        .add(brand)
        .add(places("Main").class("places"))
        .add(menu())
        .add(el("span").class("grow"))
        .add(zone_button())
        .add(language::button())
        .add(settings::theme_button())
        .add(keyboard::help_button());
    many([
        bar.into_any(),
        el("div").class("progress").attr("data-on", move || routing.get()).attr("aria-hidden", "true").into_any(),
        paused().into_any(),
        el("main").attr("id", "main").attr("tabindex", "-1").add(content()).into_any(),
        places("Main, small screens").class("bottom").into_any(),
        palette::palette().into_any(),
    ])
}

/// Links to the four places; the stylesheet shows their icons where there is no room for more.
fn places(label: &'static str) -> El {
    let path = use_location().pathname;
    let place = |(href, name, shape): (&'static str, &'static str, &'static str)| {
        let here = move || {
            let here = path.with(|path| path == href || (href != "/" && path.starts_with(href)));
            here.then_some("page")
        };
        link(href, icon(shape)).attr("aria-current", here).add(el("span").add(name))
    };
    el("nav").attr("aria-label", label).add_all(PLACES.map(place))
}

/// The lists that one looks at now and then. Open until something is chosen; works without the program.
fn menu() -> El {
    let path = use_location().pathname;
    let handle = Handle::new();
    let close = move || {
        if let Some(menu) = handle.peek() {
            let _ = menu.remove_attribute("open");
        }
    };
    effect(move || {
        path.track();
        close();
    });
    // The list that is shown can be chosen as well, and then the path stays.
    let chosen = move |event: Event| {
        if on_link(&event) {
            close();
        }
    };
    let place = |(href, name): (&'static str, &'static str)| {
        let here = move || path.with(|path| path == href).then_some("page");
        link(href, name).attr("aria-current", here)
    };
    el("details")
        .class("menu")
        .bind(handle)
        .add(el("summary").add(icon("#i-more")).add(el("span").add("More")))
        .add(el("nav").attr("aria-label", "More").on("click", chosen).add_all(routes::MORE.map(place)))
}

/// Changes between UTC and the visitor's zone.
fn zone_button() -> El {
    let clock = clock();
    button(move || if clock.is_local() { "Local time" } else { "UTC" }, move || clock.toggle_zone())
        .class("icon text")
        .attr("title", "Times in UTC or in your zone")
}

/// One thin line while the server cannot be heard.
fn paused() -> El {
    let status = expect_context::<Live>().status;
    let clock = clock();
    let words = move || {
        let Status::Paused(since) = status.get() else { return None };
        clock.now();
        let seconds = (browser::milliseconds() - since) / 1e3;
        // Restarts and sleeping laptops come back within seconds; nobody needs to read about those.
        (seconds >= 2.0).then(|| {
            domain::say!("Live updates paused {}; trying again. What you see may be old.", words::relative(seconds))
        })
    };
    el("div").class("paused").attr("role", "status").add(words)
}

/// After a click on a link the focus goes to the page's content, as with a new document; not when somebody has
/// begun to type there before this comes to be done.
fn focus_after_navigation() {
    let path = use_location().pathname;
    let last = RefCell::new(None::<String>);
    effect(move || {
        let now = path.get();
        let elsewhere = |before: &str| before.split('/').take(3).ne(now.split('/').take(3));
        if last.borrow().as_deref().is_some_and(elsewhere)
            && let Some(main) = browser::find("#main")
            && browser::find("#main :is(input, textarea, select):focus").is_none()
        {
            let _ = main.focus();
        }
        last.replace(Some(now));
    });
}
