//! `/flows`, `/variables`, `/limits` and the other lists that are read: one page for all of them, which differ
//! in their words and columns.

use domain::listing::Listing;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use crate::clock::clock;
use crate::components::cells::cells_table;
use crate::components::filter_form::{field, filter_form};
use crate::components::pager::pager;
use crate::components::panel;
use crate::components::table::Column;
use crate::element::{IntoNode, el, many};
use crate::page::{Page, page as load, title};
use crate::{address, routes};

/// Rows of one page; the server's number.
const SIZE: i64 = 100;

/// A list by the words for it.
pub struct Noun {
    pub path: &'static str,
    /// As the API calls it.
    pub name: &'static str,
    pub title: &'static str,
    /// One of them, and what it is for.
    pub one: &'static str,
    pub what: &'static str,
    pub command: Option<&'static str>,
    pub search: &'static str,
    pub columns: &'static [Column],
}

const CHANGED: Column = Column::number("Changed");
const NAME: Column = Column::text("Name");
const TAGS: Column = Column::text("Tags");

/// All of them, in the order of the menu.
pub static NOUNS: [Noun; 7] = [
    Noun {
        path: "/flows",
        name: "flows",
        title: "Flows",
        one: "flow",
        what: "A flow is a function or a command that runs as one thing; it appears with its first run or deployment.",
        command: Some("prefect deploy ./my_flow.py:my_flow --name my-deployment --pool my-pool"),
        search: "Flow",
        columns: &[NAME, Column::text("Deployments"), TAGS, Column::number("Since")],
    },
    Noun {
        path: "/queues",
        name: "work_queues",
        title: "Work queues",
        one: "queue",
        what: "A queue is a part of a work pool with a priority and a limit of its own; each pool has one named default.",
        command: Some("prefect work-queue create urgent --pool my-pool"),
        search: "Queue",
        columns: &[
            NAME,
            Column::text("Pool"),
            Column::text("State"),
            Column::number("Priority"),
            Column::text("Limit"),
            Column::number("Last polled"),
        ],
    },
    Noun {
        path: "/variables",
        name: "variables",
        title: "Variables",
        one: "variable",
        what: "A variable is a named value that flows and job templates read when they need it.",
        command: Some("prefect variable set my_variable my-value"),
        search: "Variable",
        columns: &[NAME, Column::text("Value"), TAGS, CHANGED],
    },
    Noun {
        path: "/limits",
        name: "limits",
        title: "Limits",
        one: "limit",
        what: "A limit says how many tasks, runs or other things may hold one of its slots at once.",
        command: Some("prefect gcl create my-limit --limit 5"),
        search: "Limit",
        columns: &[NAME, Column::text("Taken"), Column::text("Slots are held"), CHANGED],
    },
    Noun {
        path: "/blocks",
        name: "blocks",
        title: "Blocks",
        one: "block",
        what: "A block keeps settings and secrets under a name, for flows and job templates.",
        command: Some("prefect block register --module prefect.blocks.system"),
        search: "Block",
        columns: &[NAME, Column::text("Type"), Column::text("Reference"), CHANGED],
    },
    Noun {
        path: "/artifacts",
        name: "artifacts",
        title: "Artifacts",
        one: "artifact",
        what: "An artifact is what a run has to show: a text, a table, a link, an image, the state of a long task.",
        command: None,
        search: "Key",
        columns: &[Column::text("Key"), Column::text("Type"), Column::text("Content"), Column::text("From"), CHANGED],
    },
    Noun {
        path: "/events",
        name: "events",
        title: "Events",
        one: "event",
        what: "An event says that something happened to something: a run changed its state, a worker came.",
        command: None,
        search: "Name begins with",
        columns: &EVENTS,
    },
];

/// The columns of events, here and on the page of a run.
pub const EVENTS: [Column; 4] =
    [Column::text("Event"), Column::text("What"), Column::text("Message"), Column::number("When")];

/// The page of the list that the path names.
pub fn page() -> AnyView {
    let (params, search) = (use_params_map(), use_location().search);
    let word = Memo::new(move |_| params.with(|params| params.get("list").unwrap_or_default()));
    let found = move || match NOUNS.iter().find(|noun| noun.path[1..] == word.get()) {
        Some(noun) => list(noun, search),
        None => super::not_found::page(),
    };
    found.into_node()
}

fn list(noun: &'static Noun, search: Memo<String>) -> AnyView {
    let rows = load::<Listing>(
        move || {
            let pairs = address::pairs(&search.get());
            let (q, page) = (address::value(&pairs, "q"), address::page_value(address::page(&pairs)));
            address::with_query(&format!("/reeve/lists/{}", noun.name), &[("q", &q), ("page", &page)])
        },
        |_, _| false,
        |client, path| Box::pin(async move { client.get(&path).await }),
        move |page| rows(page, noun, search),
    );
    let form = move || {
        let q = address::value(&address::pairs(&search.get()), "q");
        let filtered = !q.is_empty();
        filter_form(noun.path, [field("q", noun.search, q, true)], filtered)
    };
    let head = el("div").class("head line").add(el("h1").add(noun.title)).add(form);
    many([title(|| noun.title.to_owned()), head.into_any(), rows])
}

fn rows(page: Page<Listing>, noun: &'static Noun, search: Memo<String>) -> AnyView {
    clock().follow(move || page.with(|data| data.now));
    let none = move || page.try_with(|data| data.rows.is_empty()).unwrap_or_default();
    let table = cells_table(noun.title, noun.columns, routes::FLOW_RUNS, move || page.with(|data| data.rows.clone()));
    let asked = move || address::value(&address::pairs(&search.get()), "q");
    let nothing = move || {
        none().then(|| match asked().is_empty() {
            true => panel::empty("Nothing here yet", noun.what, noun.command),
            false => panel::filtered(noun.title, noun.path),
        })
    };
    let pages = move || {
        let number = address::page(&address::pairs(&search.get()));
        let at = |page: i64| address::with_query(noun.path, &[("q", &asked()), ("page", &address::page_value(page))]);
        pager(number, SIZE, page.try_with(|data| data.count)?, noun.one, at)
    };
    many([table.attr("hidden", none).into_any(), el("div").add(nothing).add(pages).into_any()])
}
