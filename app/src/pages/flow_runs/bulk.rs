//! What can be done with the runs that are chosen: retry, cancel, delete; asked about once, with their number.

use domain::FlowRunId;
use domain::pages::FlowRunsPage;
use leptos::prelude::*;
use serde_json::{Value, json};

use crate::components::confirm::confirm;
use crate::element::{El, button, el};
use crate::page::Page;
use crate::words;

/// The runs that are chosen.
pub type Chosen = RwSignal<Vec<FlowRunId>>;

/// The bar below the filter; not there while nothing is chosen.
pub fn bar(page: Page<FlowRunsPage>, chosen: Chosen) -> El {
    let ask = RwSignal::new(false);
    let set = move |kind: &'static str, name: &'static str, what: &'static str| {
        let runs = chosen.get_untracked();
        let state = json!({ "type": kind, "name": name, "message": "From the list of runs in the dashboard" });
        send(
            page,
            chosen,
            "bulk_set_state",
            json!({ "flow_runs": of(&runs), "state": state, "limit": runs.len() }),
            what,
        );
    };
    let delete = move || {
        let runs = chosen.get_untracked();
        let body = json!({ "flow_runs": of(&runs), "limit": runs.len() });
        send(page, chosen, "bulk_delete", body, "The runs were not deleted");
    };
    let count = move || words::count(chosen.with(Vec::len) as i64, "run");
    let retry = move || set("SCHEDULED", "AwaitingRetry", "The runs are not retried");
    let cancel = move || set("CANCELLING", "Cancelling", "The runs are not cancelled");
    el("div")
        .class("buttons bulk")
        .attr("role", "toolbar")
        .attr("aria-label", "With the chosen runs")
        .attr("hidden", move || chosen.with(Vec::is_empty))
        .add(el("strong").attr("aria-live", "polite").add(count).add(" chosen"))
        .add(button("Retry", retry).class("small"))
        .add(button("Cancel", cancel).class("small"))
        .add(button("Delete", move || ask.set(true)).class("small"))
        .add(button("Choose none", move || chosen.set(Vec::new())).class("small quiet"))
        .add(confirm(
            ask,
            "Delete the chosen runs?",
            "Their states, task runs and logs are deleted with them. This cannot be undone.",
            "Delete them",
            delete,
        ))
}

/// The box of a run.
pub fn choice(chosen: Chosen, id: FlowRunId, name: &str) -> El {
    let flip = move |_| {
        chosen.update(|all| match all.iter().position(|one| *one == id) {
            Some(at) => drop(all.remove(at)),
            None => all.push(id),
        });
    };
    el("input")
        .attr("type", "checkbox")
        .attr("aria-label", format!("Choose {name}"))
        .attr(".checked", move || chosen.with(|all| all.contains(&id)))
        .on("change", flip)
}

fn of(runs: &[FlowRunId]) -> Value {
    json!({ "id": { "any_": runs } })
}

fn send(page: Page<FlowRunsPage>, chosen: Chosen, verb: &'static str, body: Value, failed: &'static str) {
    page.act(failed, move |client| async move {
        client.post::<Value>(&format!("/flow_runs/{verb}"), &body).await?;
        let _ = chosen.try_set(Vec::new());
        Ok(())
    });
}
