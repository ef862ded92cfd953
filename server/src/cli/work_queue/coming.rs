//! Runs that wait in a queue.

use clap::Args;
use domain::Timestamp;
use domain::flow_runs::FlowRun;
use serde_json::{Value, json};

use super::{Which, path};
use crate::cli::failure::Failure;
use crate::cli::output::{Output, lasting, state, table, when};
use crate::cli::session::Session;

/// Most runs that are listed.
const MOST: i64 = 200;

#[derive(Args)]
#[command(disable_help_flag = true)]
pub struct Preview {
    #[command(flatten)]
    which: Which,
    /// How far to look ahead
    #[arg(short = 'h', long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=8784))]
    hours: u32,
    #[command(flatten)]
    output: Output,
    /// Print help
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

impl Preview {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let queue = self.which.existing(session).await?;
        let ahead = f64::from(self.hours) * 3600.0;
        let now = client::work_pools::page(&session.client).await?.now;
        let runs = due(session, &queue, now.plus_seconds(ahead)).await?;
        print(&runs, now, self.output, &format!("No runs are due in the next {}.", lasting(ahead)))
    }
}

/// Prints what a worker would be given now.
pub async fn now(session: &Session, queue: &Value, output: Output) -> Result<(), Failure> {
    let now = client::work_pools::page(&session.client).await?.now;
    print(&due(session, queue, now).await?, now, output, "No runs are due.")
}

async fn due(session: &Session, queue: &Value, before: Timestamp) -> Result<Vec<FlowRun>, Failure> {
    let ask = json!({ "scheduled_before": before, "limit": MOST });
    Ok(session.client.post(&format!("{}/get_runs", path(queue)), &ask).await?)
}

fn print(runs: &[FlowRun], now: Timestamp, output: Output, empty: &str) -> Result<(), Failure> {
    let rows = runs.iter().map(|run| {
        [
            when(run.next_scheduled_start_time.or(run.expected_start_time), now),
            run.id.to_string(),
            run.name.clone(),
            state(run.state_type, run.state_name.as_deref()),
        ]
    });
    output.print(runs, || table(["due", "id", "name", "state"], rows, empty))
}
