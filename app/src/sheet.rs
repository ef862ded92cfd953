//! Pages that the server describes by data: one view for all of them.

mod acts;
mod bars;
mod cells;
mod form;

use domain::listing::Cell;
use domain::sheet::{Grid, Part, Question, Sheet};
use leptos::prelude::*;

use crate::address;
use crate::components::filter_form::{choice, field, filter_form};
use crate::components::list::{Item, list};
use crate::components::pager::pager;
use crate::components::panel;
use crate::components::table::framed;
use crate::element::{El, IntoNode, el, link, many};
use crate::page::Page;

pub use acts::Desk;

/// What stands on the sheet, part by part: what stays as it was keeps its elements, and what was typed into them.
pub fn parts(desk: Desk) -> AnyView {
    let items = move || {
        let all = desk.sheet().map(|sheet| sheet.parts).unwrap_or_default();
        all.into_iter().enumerate().map(|(at, part)| Item::new(key(at, &part), move || draw(desk, at, part))).collect()
    };
    many([list(items), acts::question(desk).into_any()])
}

/// Rows of a table come and go within it.
fn key(at: usize, part: &Part) -> String {
    match part {
        Part::Table(grid) => format!("{at}{}{:?}", grid.caption, grid.columns),
        other => format!("{at}{other:?}"),
    }
}

fn draw(desk: Desk, at: usize, part: Part) -> AnyView {
    match part {
        Part::Heading(text) => el("h2").add(text).into_any(),
        Part::Say(mark, all) => {
            let mark = Some(mark).filter(|mark| !mark.is_empty());
            el("p").class("say").attr("data-state", mark).add_all(cells::all(desk, all)).into_any()
        }
        Part::Facts(facts) => {
            let one = |(name, cell)| el("div").add(el("dt").add(name)).add(cells::fill(desk, cell, el("dd")));
            let known = facts.into_iter().filter(|(_, cell)| *cell != Cell::Nothing);
            el("dl").class("facts tall").add_all(known.map(one)).into_any()
        }
        Part::Table(grid) => table(desk, at, grid).into_any(),
        Part::Source(caption, text) => source(caption, text).into_any(),
        Part::Rich(html) => rich(html),
        Part::Picture(address, words) => el("img").class("picture").attr("src", address).attr("alt", words).into_any(),
        Part::Form(form) => form::form(desk, *form).into_any(),
        Part::Bars(all) => bars::bars(all).into_any(),
        Part::Chips(label, all, chosen) => {
            let one = |(href, name): (String, String)| {
                let current = (href == chosen).then_some("true");
                link(href, name).attr("aria-current", current)
            };
            el("nav").class("chips").attr("aria-label", label).add_all(all.into_iter().map(one)).into_any()
        }
        Part::Pager(page, size, count, one) => pages(page, size, count, &one).into_node(),
        Part::Empty(title, text, command) => panel::empty(title, text, command).into_any(),
    }
}

/// What was made of Markdown. The one place where HTML comes from data: the server has taken from it what runs.
fn rich(html: String) -> AnyView {
    leptos::html::div().class("rich").inner_html(html).into_any()
}

fn source(caption: String, text: String) -> El {
    let copied = text.clone();
    let copy = crate::element::button("Copy", move || crate::browser::copy(&copied)).class("small");
    el("figure")
        .class("source")
        .add(el("figcaption").add(caption.clone()).add(copy))
        .add(el("pre").attr("tabindex", "0").attr("aria-label", caption).add(el("code").add(text)))
}

fn table(desk: Desk, at: usize, grid: Grid) -> El {
    // A column is one of numbers when its first cell is.
    let is_number = |at: usize| matches!(grid.rows.first().map(|row| row.cells.get(at)), Some(Some(Cell::Number(_))));
    let head = |(at, name): (usize, &String)| {
        el("th").attr("scope", "col").attr("class", is_number(at).then_some("number")).add(name.clone())
    };
    let heads: Vec<El> = grid.columns.iter().enumerate().map(head).collect();
    let columns = StoredValue::new(grid.columns);
    let rows = move || match desk.sheet().and_then(|sheet| sheet.parts.into_iter().nth(at)) {
        Some(Part::Table(grid)) => grid.rows,
        _ => Vec::new(),
    };
    let items = move || {
        let item = |row: domain::listing::ListingRow| {
            Item::new(format!("{}{:?}", row.id, row.cells), move || cells::row(desk, columns, row))
        };
        rows().into_iter().map(item).collect()
    };
    framed(grid.caption, heads, items).class("cells")
}

/// The pager of the page that is shown: the same question with another page.
fn pages(page: i64, size: i64, count: i64, one: &str) -> Option<El> {
    let location = leptos_router::hooks::use_location();
    let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
    let at = |page: i64| {
        let number = address::page_value(page);
        let pairs = address::pairs(&search);
        let kept = pairs.iter().filter(|(name, _)| name != "page").map(|(name, value)| (&name[..], &value[..]));
        address::with_query(&path, &kept.chain([("page", &number[..])]).collect::<Vec<_>>())
    };
    pager(page, size, count, one, at)
}

/// Title, what one sees, what can be done and asked.
pub fn head(desk: Desk, page: Page<Sheet>) -> El {
    let path = leptos_router::hooks::use_location().pathname;
    let ways = move || {
        let all = page.try_with(|sheet| sheet.way.clone()).unwrap_or_default();
        let some = !all.is_empty();
        let links = all.into_iter().flat_map(|(href, name)| [link(href, name).into_any(), " / ".into_any()]);
        some.then(|| el("nav").class("way").attr("aria-label", "Where this belongs").add_all(links))
    };
    let acts = move || {
        let all = page.try_with(|sheet| sheet.acts.clone()).unwrap_or_default();
        let buttons = all.into_iter().map(move |act| acts::act(desk, act));
        el("div").class("buttons").add_all(buttons)
    };
    let asks = move || {
        let all = page.try_with(|sheet| sheet.asks.clone()).unwrap_or_default();
        let filtered = all.iter().any(|ask| !ask.value.is_empty());
        let some = !all.is_empty();
        some.then(|| filter_form(path.get_untracked(), all.into_iter().enumerate().map(ask), filtered))
    };
    let about = move || {
        let about = page.try_with(|sheet| sheet.about.clone()).unwrap_or_default();
        (!about.is_empty()).then(|| el("p").class("lead").add(about))
    };
    let tabs = move || {
        let all = page.try_with(|sheet| sheet.tabs.clone()).unwrap_or_default();
        let here = path.get_untracked();
        let one = |(href, name): (String, String)| {
            let current = (href == here).then_some("page");
            link(href, name).attr("aria-current", current)
        };
        let some = !all.is_empty();
        some.then(|| el("nav").class("tabs").attr("aria-label", "Parts of this page").add_all(all.into_iter().map(one)))
    };
    let title = el("h1").add(move || page.try_with(|sheet| sheet.title.clone()).unwrap_or_default());
    let line = el("div").class("line").add(title).add(el("span").class("grow")).add(acts);
    el("header").class("head").add(ways).add(line).add(about).add(asks).add(tabs)
}

fn ask((at, question): (usize, Question)) -> El {
    if question.choices.is_empty() {
        return field(question.name, question.label, question.value, at == 0);
    }
    choice(question.name, question.label, question.value, question.choices)
}
