//! The buttons of a run: which there are depends on its state, and the server has the last word.

use client::{Client, ClientError, flow_runs};
use domain::FlowRunId;
use domain::pages::FlowRunPage;
use domain::state::StateType;
use leptos::prelude::*;
use serde_json::{Value, json};

use crate::components::confirm::confirm;
use crate::element::{El, button, el};
use crate::notices::{Notices, notices};
use crate::page::{self, Deletion, Page};
use crate::routes;

/// What the buttons need.
#[derive(Clone, Copy)]
struct Desk {
    page: Page<FlowRunPage>,
    client: StoredValue<Client>,
    notices: Notices,
    id: FlowRunId,
}

/// Resume, retry, cancel, delete.
pub fn actions(page: Page<FlowRunPage>) -> El {
    let id = page.peek(|data| data.flow_run.id);
    let desk = Desk { page, client: StoredValue::new(expect_context()), notices: notices(), id };
    let ask_cancel = RwSignal::new(false);
    let ask_delete = RwSignal::new(false);
    let run = move || page.with(|data| (data.flow_run.state_type, data.flow_run.deployment_id.is_some()));
    let may_resume = move || run().0 == Some(StateType::Paused);
    let may_retry = move || matches!(run(), (Some(kind), true) if kind.is_terminal());
    let may_cancel = move || run().0.is_some_and(|kind| !kind.is_terminal() && kind != StateType::Cancelling);
    let cancel = move || {
        let state = json!({ "type": "CANCELLING", "name": "Cancelling", "message": "Cancelled in the dashboard" });
        desk.propose("set_state", json!({ "state": state }), "The run is being cancelled");
    };
    let retry = move || {
        let state = json!({ "type": "SCHEDULED", "name": "AwaitingRetry", "message": "Retried in the dashboard" });
        desk.propose("set_state", json!({ "state": state }), "The run will start again");
    };
    let resume = move || desk.propose("resume", json!({ "run_input": null }), "The run goes on");
    let delete = move || {
        let said = Deletion { done: "The run is deleted", failed: "The run was not deleted", next: routes::FLOW_RUNS };
        page::delete(page, move |client| async move { flow_runs::delete(&client, id).await }, said);
    };
    el("div")
        .class("buttons")
        .add(move || may_resume().then(|| button("Resume", resume).class("primary")))
        .add(move || may_retry().then(|| button("Retry", retry)))
        .add(move || may_cancel().then(|| button("Cancel", move || ask_cancel.set(true))))
        .add(button("Delete", move || ask_delete.set(true)))
        .add(confirm(
            ask_cancel,
            "Cancel this run?",
            "Its worker is asked to stop it. What it has done so far stays done.",
            "Cancel the run",
            cancel,
        ))
        .add(confirm(
            ask_delete,
            "Delete this run?",
            "Its states, task runs and log are deleted with it. This cannot be undone.",
            "Delete the run",
            delete,
        ))
}

impl Desk {
    /// Asks for another state. The answer is read without its types: of the state that the run has now,
    /// the page is told anyway.
    fn propose(self, verb: &'static str, body: Value, done: &'static str) {
        let client = self.client.get_value();
        leptos::task::spawn_local(async move {
            let answer = client.post(&format!("/flow_runs/{}/{verb}", self.id), &body).await;
            self.tell(answer, done);
        });
    }

    /// Says what became of a proposal.
    fn tell(self, answer: Result<Value, ClientError>, done: &'static str) {
        match answer {
            Ok(answer) if answer["status"] == "ACCEPT" => self.notices.done(done),
            Ok(answer) => match answer["details"]["reason"].as_str() {
                Some(reason) => self.notices.refused(reason.to_owned()),
                None => self.notices.refused("The server did not take it and gave no reason"),
            },
            Err(error) => self.notices.failed("The server did not take it", &error),
        }
        self.page.refresh();
    }
}
