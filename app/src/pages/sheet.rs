//! Every page that has no view of its own: the server says what is on it.

use domain::sheet::Sheet;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::clock::clock;
use crate::element::many;
use crate::page::{Page, page as load, title};
use crate::routes;
use crate::sheet::{Desk, head, parts};

/// The page at the address.
pub fn page() -> AnyView {
    let location = use_location();
    let last = StoredValue::new(String::new());
    let path = move || {
        let (path, search) = (location.pathname.get(), location.search.get());
        // Whoever leaves for another kind of page is not to ask for it here.
        if routes::is_described(&path) {
            let mark = if search.is_empty() || search.starts_with('?') { "" } else { "?" };
            let _ = last.try_set_value([&path, mark, &search].concat());
        }
        last.try_get_value().unwrap_or_default()
    };
    of(Box::new(path), content)
}

/// The sheet of a path, kept fresh, for whoever shows it in a way of their own.
pub fn of(path: Box<dyn Fn() -> String + Send + Sync>, content: fn(Page<Sheet>) -> AnyView) -> AnyView {
    load::<Sheet>(
        path,
        |change, sheet| sheet.watch.contains(&change.what),
        |client, path| Box::pin(async move { client.get(&format!("/reeve/sheets{path}")).await }),
        content,
    )
}

fn content(page: Page<Sheet>) -> AnyView {
    clock().follow(move || page.with(|sheet| sheet.now));
    let desk = Desk::new(move || page.try_with(Sheet::clone), Callback::new(move |()| page.refresh()));
    many([title(move || page.with(|sheet| sheet.title.clone())), head(desk, page).into_any(), parts(desk)])
}
