//! The buttons of a run: which there are depends on its state, and the server has the last word.

use client::{Client, flow_runs};
use domain::FlowRunId;
use domain::pages::FlowRunPage;
use domain::state::{OrchestrationResult, SetStateDetails, SetStateStatus, StateCreate, StateType};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::components::confirm::confirm;
use crate::notices::{Notices, notices};
use crate::page::Page;
use crate::routes;

/// Resume, retry, cancel, delete.
pub fn actions(page: Page<FlowRunPage>) -> AnyView {
    let client = expect_context::<Client>();
    let notices = notices();
    let id = page.peek(|data| data.flow_run.id);
    let ask_cancel = RwSignal::new(false);
    let ask_delete = RwSignal::new(false);
    let kind = Memo::new(move |_| page.with(|data| data.flow_run.state_type));
    let deployed = page.peek(|data| data.flow_run.deployment_id.is_some());
    let is = move |kinds: &'static [StateType]| kind.get().is_some_and(|kind| kinds.contains(&kind));
    let ended = move || kind.get().is_some_and(StateType::is_terminal);

    let proposer = {
        let client = client.clone();
        move |state: fn() -> StateCreate, done: &'static str| {
            let client = client.clone();
            move || propose(client.clone(), notices, page, id, state(), done)
        }
    };
    let cancel = proposer(|| StateCreate::new(StateType::Cancelling).because("Cancelled in the dashboard"), "Cancelling");
    let retry = proposer(
        || StateCreate::new(StateType::Scheduled).named("AwaitingRetry").because("Retried in the dashboard"),
        "The run will start again",
    );
    let resume = {
        let client = client.clone();
        move |_| {
            let client = client.clone();
            leptos::task::spawn_local(async move {
                say(notices, page, flow_runs::resume(&client, id, None).await, "The run goes on");
            });
        }
    };
    let delete = deleter(client, notices, id);
    let retry = StoredValue::new(retry);
    let resume = StoredValue::new(resume);

    let may_cancel = move || !ended() && !is(&[StateType::Cancelling]);
    view! {
        <div class="buttons">
            {move || is(&[StateType::Paused]).then(|| view! {
                <button type="button" class="primary" on:click=move |event| resume.with_value(|resume| resume(event))>"Resume"</button>
            })}
            {move || (ended() && deployed).then(|| view! {
                <button type="button" on:click=move |_| retry.with_value(|retry| retry())>"Retry"</button>
            })}
            {move || may_cancel().then(|| view! {
                <button type="button" on:click=move |_| ask_cancel.set(true)>"Cancel"</button>
            })}
            <button type="button" on:click=move |_| ask_delete.set(true)>"Delete"</button>
            {confirm(
                ask_cancel,
                "Cancel this run?",
                "Its worker is asked to stop it. What it has done so far stays done.".to_owned(),
                "Cancel the run",
                cancel,
            )}
            {confirm(
                ask_delete,
                "Delete this run?",
                "Its states, task runs and log are deleted with it. This cannot be undone.".to_owned(),
                "Delete the run",
                delete,
            )}
        </div>
    }
    .into_any()
}

fn propose(client: Client, notices: Notices, page: Page<FlowRunPage>, id: FlowRunId, state: StateCreate, done: &'static str) {
    leptos::task::spawn_local(async move {
        say(notices, page, flow_runs::set_state(&client, id, state, false).await, done);
    });
}

/// Tells what became of a proposal.
fn say(notices: Notices, page: Page<FlowRunPage>, result: client::Result<OrchestrationResult>, done: &'static str) {
    match result {
        Ok(result) if result.status == SetStateStatus::Accept => notices.done(done),
        Ok(result) => notices.refused(reason(result.details)),
        Err(error) => notices.failed("The server did not take it", &error),
    }
    page.refresh();
}

fn reason(details: SetStateDetails) -> String {
    let reason = match details {
        SetStateDetails::AcceptDetails => None,
        SetStateDetails::RejectDetails { reason } | SetStateDetails::AbortDetails { reason } => reason,
        SetStateDetails::WaitDetails { reason, .. } => reason,
    };
    reason.unwrap_or_else(|| "The server did not take it and gave no reason".to_owned())
}

fn deleter(client: Client, notices: Notices, id: FlowRunId) -> impl Fn() + Send + 'static {
    let navigate = StoredValue::new_local(use_navigate());
    move || {
        let client = client.clone();
        leptos::task::spawn_local(async move {
            match flow_runs::delete(&client, id).await {
                Ok(()) => {
                    notices.done("The run is deleted");
                    navigate.with_value(|navigate| navigate(routes::FLOW_RUNS, Default::default()));
                }
                Err(error) => notices.failed("The run was not deleted", &error),
            }
        });
    }
}
