//! `reeve flow-run retry`.

use clap::Args;
use client::flow_runs;
use domain::FlowRunId;
use domain::flow_runs::FlowRun;
use domain::state::{SetStateDetails, StateCreate, StateType};
use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::output::{print_line, state};
use crate::cli::rows;
use crate::cli::session::Session;

#[derive(Args)]
#[command(after_help = "\
The run keeps its id, its parameters and its history; a worker of its pool takes it again.

Examples:
  reeve flow-run retry RUN_ID
  reeve flow-run retry sleepy-otter --watch")]
pub struct Retry {
    /// The run's id, or its name where no other run has it
    id_or_name: String,
    /// For runs without a deployment, which only Python can run again
    #[arg(short, long, value_name = "FILE:FLOW")]
    entrypoint: Option<String>,
    /// Follow the run to its end; the exit code is 1 unless it completes
    #[arg(long)]
    watch: bool,
}

impl Retry {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let run = found(session, &self.id_or_name).await?;
        let now = state(run.state_type, run.state_name.as_deref());
        if !run.state_type.is_some_and(StateType::is_terminal) {
            let what = format!("The flow run {:?} is {now}: only one that has ended can be retried.", run.name);
            return Err(Failure::new(what).then(format!("reeve flow-run watch {}", run.id)));
        }
        if run.deployment_id.is_none() {
            let what = format!("The flow run {:?} has no deployment, so no worker can run it again.", run.name);
            return Err(Failure::new(what).then(match &self.entrypoint {
                Some(entrypoint) => format!(
                    "run it with Python: `prefect flow-run retry {} --entrypoint {entrypoint}` of Prefect's own package.",
                    run.id
                ),
                None => "deploy its flow with `reeve deploy`, and run the deployment.".to_owned(),
            }));
        }
        let states = flow_runs::states(&session.client, run.id).await?.len();
        let mut scheduled = StateCreate::new(StateType::Scheduled);
        scheduled.name = Some("AwaitingRetry".to_owned());
        scheduled.message = Some("Retried from the command line".to_owned());
        let result = flow_runs::set_state(&session.client, run.id, scheduled, false).await?;
        if let SetStateDetails::AbortDetails { reason } | SetStateDetails::RejectDetails { reason } = result.details {
            let reason = reason.unwrap_or_else(|| "no reason given".to_owned());
            return Err(Failure::new(format!(
                "Flow run {:?} is not retried: {}.",
                run.name,
                reason.trim_end_matches('.')
            )));
        }
        print_line(&format!("Flow run {:?} was {now} and is due again.", run.name));
        match self.watch {
            true => super::watch::follow_after(session, run.id, states).await,
            false => Ok(()),
        }
    }
}

/// The run by its id, or by its name.
pub async fn found(session: &Session, id_or_name: &str) -> Result<FlowRun, Failure> {
    if let Ok(id) = id_or_name.parse::<FlowRunId>() {
        return session.flow_run(id).await;
    }
    let filter = json!({ "flow_runs": { "name": { "any_": [id_or_name] } }, "sort": "START_TIME_DESC" });
    let found = rows::all(&session.client, "/flow_runs/filter", filter, 20).await?;
    let mut runs: Vec<FlowRun> = serde_json::from_value(json!(found))
        .map_err(|why| Failure::new(format!("The server's answer cannot be read: {why}.")))?;
    let next = "`reeve flow-run ls` lists the newest runs.";
    match runs.len() {
        0 => Err(Failure::missing(format!("flow run {id_or_name:?}"), next)),
        1 => Ok(runs.remove(0)),
        _ => {
            let ids: Vec<String> = runs
                .iter()
                .map(|run| format!("{} ({})", run.id, state(run.state_type, run.state_name.as_deref())))
                .collect();
            let what = format!("Several flow runs are named {id_or_name:?}: {}.", ids.join(", "));
            Err(Failure::usage(what).then("give the id of the one that is meant."))
        }
    }
}
