//! Every state the run has been in, newest first.

use domain::Timestamp;
use domain::pages::FlowRunPage;
use domain::state::State;

use crate::components::list::Item;
use crate::components::table::{Column, table};
use crate::components::{state, time};
use crate::element::{El, IntoNode, el};
use crate::page::Page;
use crate::{look, words};

const COLUMNS: [Column; 4] =
    [Column::text("State"), Column::text("Since"), Column::number("For"), Column::text("Message")];

/// The states as a table.
pub fn states(page: Page<FlowRunPage>) -> El {
    let items = move || {
        let states = page.with(|data| data.states.clone());
        let ends: Vec<_> = states.iter().skip(1).map(|state| Some(state.timestamp)).chain([None]).collect();
        let rows = states.into_iter().zip(ends).rev();
        rows.map(|(state, until)| {
            Item::new(format!("{}{}", state.id, until.is_some()), move || table_row(state, until))
        })
        .collect()
    };
    table("States", &COLUMNS, items).class("body")
}

fn table_row(state: State, until: Option<Timestamp>) -> El {
    let lasted = match until {
        Some(until) => words::duration(until.seconds_since(state.timestamp)).into_node(),
        None if state.is_terminal() => "–".into_node(),
        None => time::span(Some(state.timestamp), None),
    };
    el("tr")
        .add(el("th").attr("scope", "row").add(state::badge(look::of(&state))))
        .add(el("td").add(time::stamp(state.timestamp)))
        .add(el("td").class("number").add(lasted))
        .add(el("td").class("text").add(state.message))
}
