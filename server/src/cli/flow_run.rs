//! `reeve flow-run`.

mod logs;
mod retry;
pub mod watch;

use std::time::Duration;

use clap::Subcommand;
use client::flow_runs;
use domain::filter::{Filters, NameOps, Page, StateOps, StateTypeOps, TextOps, TimeOps};
use domain::flow_runs::{FlowRunFilter, FlowRunSort};
use domain::flows::FlowFilter;
use domain::pages::FlowRunRow;
use domain::state::{SetStateDetails, StateCreate, StateType};
use domain::{FlowRunId, Timestamp};
use serde_json::Value;

use super::browser;
use super::failure::Failure;
use super::output::{Output, facts, lasting, print_line, state, table, when};
use super::session::Session;
use crate::clock::Clock;

#[derive(Subcommand)]
pub enum Command {
    /// List the newest runs
    #[command(after_help = "\
Examples:
  reeve flow-run ls
  reeve flow-run ls --state Late
  reeve flow-run ls --flow-name etl --state-type FAILED --state-type CRASHED --limit 50")]
    Ls {
        /// Only runs of these flows (repeatable)
        #[arg(long = "flow-name", value_name = "FLOW")]
        flow_name: Vec<String>,
        /// At most so many
        #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(i64).range(1..=200))]
        limit: i64,
        /// Runs that are planned for later as well; they are left out unless a state is asked for
        #[arg(long)]
        upcoming: bool,
        /// Only runs in a state of this name, such as Late (repeatable)
        #[arg(long, value_name = "NAME")]
        state: Vec<String>,
        /// Only runs in a state of this type, such as FAILED (repeatable)
        #[arg(long, value_name = "TYPE", value_parser = state_type)]
        state_type: Vec<StateType>,
        #[command(flatten)]
        output: Output,
    },
    /// Show one run
    Inspect {
        /// The run
        id: FlowRunId,
        /// Open its page in the dashboard instead
        #[arg(long)]
        web: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Print a run's log
    Logs(logs::Logs),
    /// Follow a run's states to its end; the exit code is 1 unless it completes
    Watch {
        /// The run
        id: FlowRunId,
        /// Give up after so many seconds
        #[arg(long, value_name = "SECONDS")]
        timeout: Option<u64>,
    },
    /// Run an ended run again
    Retry(retry::Retry),
    /// Ask a run to stop
    Cancel {
        /// The run
        id: FlowRunId,
    },
    /// Delete a run with its states, task runs and log
    Delete {
        /// The run
        id: FlowRunId,
    },
}

impl Command {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Command::Ls { flow_name, limit, upcoming, state, state_type, output } => {
                let mut page = newest(flow_name, state, state_type, limit);
                if !upcoming {
                    leave_out_upcoming(&mut page.filters);
                }
                ls(session, &page, output).await
            }
            Command::Inspect { id, web: true, .. } => {
                browser::open(&session.run_url(session.flow_run(id).await?.id));
                Ok(())
            }
            Command::Inspect { id, output, .. } => inspect(session, id, output).await,
            Command::Retry(retry) => retry.run(session).await,
            Command::Logs(logs) => logs.run(session).await,
            Command::Watch { id, timeout } => {
                session.flow_run(id).await?;
                watch::follow(session, id, Duration::from_secs(1), timeout.map(Duration::from_secs)).await
            }
            Command::Cancel { id } => cancel(session, id).await,
            Command::Delete { id } => {
                session.flow_run(id).await?;
                flow_runs::delete(&session.client, id).await?;
                print_line(&format!("Deleted flow run {id}."));
                Ok(())
            }
        }
    }
}

fn state_type(text: &str) -> Result<StateType, String> {
    let names: Vec<&str> = StateType::ALL.iter().map(|kind| kind.as_str()).collect();
    text.to_uppercase().parse().map_err(|_| format!("the types are {}", names.join(", ")))
}

/// The body that asks for the newest runs that fit.
fn newest(flows: Vec<String>, names: Vec<String>, kinds: Vec<StateType>, limit: i64) -> Page<FlowRunSort> {
    let some = |values: Vec<String>| (!values.is_empty()).then_some(values);
    let flow = some(flows).map(|any| NameOps { any_: Some(any), ..NameOps::default() });
    let name = some(names).map(|any| TextOps { any_: Some(any), ..TextOps::default() });
    let kind = (!kinds.is_empty()).then(|| StateTypeOps { any_: Some(kinds), ..StateTypeOps::default() });
    let state = (name.is_some() || kind.is_some()).then(|| StateOps { kind, name, ..StateOps::default() });
    let filters = Filters {
        flows: flow.map(|name| FlowFilter { name: Some(name), ..FlowFilter::default() }),
        flow_runs: state.map(|state| FlowRunFilter { state: Some(state), ..FlowRunFilter::default() }),
        ..Filters::default()
    };
    Page { filters, sort: Some(FlowRunSort::ExpectedStartTimeDesc), limit: Some(limit), ..Page::default() }
}

/// Sixty runs of a minute's schedule would hide what has happened. A minute's grace for clocks that differ.
fn leave_out_upcoming(filters: &mut Filters) {
    let runs = filters.flow_runs.get_or_insert_default();
    if runs.state.is_none() {
        let soon = Clock::system().now().plus_seconds(60.0);
        runs.expected_start_time = Some(TimeOps { before_: Some(soon), ..TimeOps::default() });
    }
}

async fn ls(session: &Session, page: &Page<FlowRunSort>, output: Output) -> Result<(), Failure> {
    let got = flow_runs::rows(&session.client, page).await?;
    let row = |row: &FlowRunRow| {
        let run = &row.flow_run;
        [
            run.id.to_string(),
            row.flow_name.clone(),
            run.name.clone(),
            state(run.state_type, run.state_name.as_deref()),
            when(run.start_time.or(run.expected_start_time), got.now),
        ]
    };
    output.print(&got.rows.iter().map(|row| &row.flow_run).collect::<Vec<_>>(), || {
        table(["id", "flow", "name", "state", "when"], got.rows.iter().map(row), "No flow runs fit.")
    })
}

async fn inspect(session: &Session, id: FlowRunId, output: Output) -> Result<(), Failure> {
    let run = session.flow_run(id).await?;
    let time = |at: Option<Timestamp>| at.map(Timestamp::to_rfc3339).unwrap_or_default();
    let message = run.state.as_ref().and_then(|state| state.message.clone()).unwrap_or_default();
    let parameters =
        if run.parameters.is_empty() { String::new() } else { format!("{:#}", Value::Object(run.parameters.clone())) };
    let lasted = if run.start_time.is_some() { lasting(run.estimated_run_time) } else { String::new() };
    output.print(&run, || {
        facts(&[
            ("name", run.name.clone()),
            ("id", run.id.to_string()),
            ("flow id", run.flow_id.to_string()),
            ("deployment id", run.deployment_id.map(|id| id.to_string()).unwrap_or_default()),
            ("state", state(run.state_type, run.state_name.as_deref())),
            ("message", message),
            ("expected start", time(run.expected_start_time)),
            ("start", time(run.start_time)),
            ("end", time(run.end_time)),
            ("run time", lasted),
            ("tries", run.run_count.to_string()),
            ("work pool", run.work_pool_name.clone().unwrap_or_default()),
            ("infrastructure", run.infrastructure_pid.clone().unwrap_or_default()),
            ("tags", run.tags.join(", ")),
            ("parameters", parameters),
            ("url", session.run_url(run.id)),
        ])
    })
}

/// Proposes CANCELLING; the server answers CANCELLED at once where nothing runs yet.
async fn cancel(session: &Session, id: FlowRunId) -> Result<(), Failure> {
    let run = session.flow_run(id).await?;
    let result = flow_runs::set_state(&session.client, id, StateCreate::new(StateType::Cancelling), false).await?;
    let refused = match result.details {
        SetStateDetails::AcceptDetails => None,
        SetStateDetails::RejectDetails { reason }
        | SetStateDetails::AbortDetails { reason }
        | SetStateDetails::WaitDetails { reason, .. } => Some(reason.unwrap_or_else(|| "no reason given".to_owned())),
    };
    let stopped = result.state.as_ref().is_some_and(|state| state.kind == StateType::Cancelled);
    if let (Some(reason), false) = (refused, stopped) {
        let reason = reason.trim_end_matches('.');
        return Err(Failure::new(format!("Flow run {:?} was not cancelled: {reason}.", run.name)));
    }
    let now = result.state.map_or("Cancelling".to_owned(), |now| state(Some(now.kind), Some(&now.name)));
    print_line(&format!("Flow run {:?} is now {now}.", run.name));
    Ok(())
}
