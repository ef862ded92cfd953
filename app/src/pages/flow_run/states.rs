//! Every state the run has been in, newest first.

use domain::pages::FlowRunPage;
use domain::state::State;
use leptos::prelude::*;

use crate::components::list::{Item, list};
use crate::components::{state, time};
use crate::page::Page;
use crate::{look, words};

/// The states as a table.
pub fn states(page: Page<FlowRunPage>) -> AnyView {
    let rows = move || {
        let states = page.with(|data| data.states.clone());
        let after = states.iter().skip(1).map(|state| Some(state.timestamp)).chain([None]).collect::<Vec<_>>();
        let rows = states.into_iter().zip(after).rev();
        rows.map(|(state, until)| {
            let key = format!("{}{}", state.id, until.is_some());
            Item::new(key, move || table_row(state, until))
        })
        .collect()
    };
    view! {
        <div class="scroll body">
            <table>
                <thead>
                    <tr><th scope="col">"State"</th><th scope="col">"Since"</th><th scope="col" class="number">"For"</th><th scope="col">"Message"</th></tr>
                </thead>
                <tbody>{list(rows)}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn table_row(state: State, until: Option<domain::Timestamp>) -> AnyView {
    let lasted = match until {
        Some(until) => words::duration(until.seconds_since(state.timestamp)).into_any(),
        None if state.is_terminal() => "–".into_any(),
        None => time::span(Some(state.timestamp), None),
    };
    view! {
        <tr>
            <th scope="row">{state::badge(look::of(&state))}</th>
            <td>{time::stamp(state.timestamp)}</td>
            <td class="number">{lasted}</td>
            <td class="text">{state.message}</td>
        </tr>
    }
    .into_any()
}
