//! Why a run is where it is: what was decided about it and by whom, in the order in which it happened, and what it is
//! short of now. For machines the same is `GET /api/reeve/flow_runs/{id}/why`.

use domain::Timestamp;
use domain::decisions::Decision;
use domain::language::tr;
use domain::listing::{Cell, ListingRow};
use domain::look;
use domain::pages::FlowRunPage;
use domain::say;
use domain::sheet::{Grid, Sheet};
use domain::state::{State, StateType};
use domain::words;
use serde::Serialize;
use store::{Tx, flow_run_decisions};

use super::super::events::pod_moments;

/// One thing that was decided or happened.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    at: Timestamp,
    /// When the same was decided for the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(skip)]
    mark: String,
    who: &'static str,
    words: String,
}

/// All that is known, in the order in which it happened.
pub async fn steps(tx: &mut Tx, page: &FlowRunPage) -> store::Result<Vec<Step>> {
    let mut steps = of_states(page);
    let decisions = flow_run_decisions::of_run(tx, page.flow_run.id).await?;
    steps.extend(decisions.iter().map(of_decision));
    for (at, what, said) in pod_moments(tx, page.flow_run.id, page.now).await? {
        let words = if said.is_empty() { what } else { said };
        steps.push(Step { at, until: None, mark: "pending".to_owned(), who: "cluster", words });
    }
    steps.sort_by_key(|step| step.at);
    Ok(steps)
}

/// The tab.
pub async fn why(tx: &mut Tx, sheet: Sheet, page: &FlowRunPage) -> store::Result<Sheet> {
    let row = |(at, step): (usize, Step)| {
        let cells = vec![
            Cell::Stamp(step.at),
            Cell::state(step.mark, step.who),
            Cell::Lines(step.words),
            step.until.map_or(Cell::Nothing, Cell::At),
        ];
        ListingRow::new(format!("{at}-{}", step.at.micros()), cells)
    };
    let rows = steps(tx, page).await?.into_iter().enumerate().map(row).collect();
    Ok(sheet.with(Grid::part("What was decided", &["At", "By", "What", "Last"], rows)))
}

/// The states that the run has been in, in sentences.
fn of_states(page: &FlowRunPage) -> Vec<Step> {
    let run = &page.flow_run;
    let mut steps = Vec::new();
    if let Some(at) = run.created {
        let by = run.created_by.as_ref().and_then(|by| by.display_value.clone().or(by.kind.clone()));
        let (who, words) = match (run.auto_scheduled, by) {
            (true, _) => ("scheduler", say!("A schedule of its deployment made this run")),
            (false, Some(by)) => ("somebody", say!("{} asked for this run", by)),
            (false, None) => ("somebody", say!("Somebody asked for this run")),
        };
        let due = run.expected_start_time.filter(|due| due.seconds_since(at) >= 1.0);
        let due = due.map(|due| say!(", due {} later", words::duration(due.seconds_since(at))));
        let words = format!("{words}{}.", due.unwrap_or_default());
        steps.push(Step { at, until: None, mark: "scheduled".to_owned(), who, words });
    }
    for state in &page.states {
        let look = look::of(state);
        let said = state.message.as_deref().filter(|text| !text.is_empty());
        let words = match (said, plain(state)) {
            (Some(said), _) => format!("{}: {said}", look.word),
            (None, Some(plain)) => plain.to_owned(),
            (None, None) => look.word.clone(),
        };
        let who = match look.mark {
            "late" | "scheduled" => "server",
            "pending" => "worker",
            _ => "run",
        };
        steps.push(Step { at: state.timestamp, until: None, mark: look.mark.to_owned(), who, words });
    }
    steps
}

/// What it means that the run came into a state that says nothing itself.
fn plain(state: &State) -> Option<&'static str> {
    Some(tr(match (state.kind, state.name.as_str()) {
        (StateType::Scheduled, "Scheduled") => "It waits for its time.",
        (StateType::Scheduled, "Late") => "It is past its time, and nobody has taken it.",
        (StateType::Scheduled, "AwaitingRetry") => "It is tried again.",
        (StateType::Scheduled, "AwaitingConcurrencySlot") => "All slots of its deployment are taken; it waits for one.",
        (StateType::Pending, "Pending") => "A worker took it.",
        (StateType::Pending, "Submitting") => "Its worker makes what it runs in.",
        (StateType::Pending, "InfrastructurePending") => "Its Job is made; the container is on its way.",
        (StateType::Running, "Running") => "The flow runs.",
        (StateType::Completed, "Completed") => "The flow came to its end.",
        _ => return None,
    }))
}

fn of_decision(decision: &Decision) -> Step {
    let (mark, who) = match decision.kind.as_str() {
        "offered" => ("running", "server"),
        "refused" | "no_worker" => ("late", "server"),
        _ => ("paused", "server"),
    };
    let times = if decision.times > 1 { say!(" ({} times)", words::grouped(decision.times)) } else { String::new() };
    Step {
        at: decision.first,
        until: (decision.times > 1).then_some(decision.last),
        mark: mark.to_owned(),
        who,
        words: format!("{}{times}", decision.words),
    }
}
