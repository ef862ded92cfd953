//! `reeve flow-run logs`.

use std::time::Duration;

use clap::Args;
use client::flow_runs;
use client::logs::{self, Window};
use domain::FlowRunId;
use domain::logs::{LogLine, LogSlice};

use crate::cli::failure::Failure;
use crate::cli::output::{Output, print_line};
use crate::cli::session::Session;

#[derive(Args)]
#[command(after_help = "\
Examples:
  reeve flow-run logs RUN_ID                   everything
  reeve flow-run logs RUN_ID --tail --num-logs 50
  reeve flow-run logs RUN_ID --follow          until the run has ended")]
pub struct Logs {
    /// The run
    id: FlowRunId,
    /// Only the first lines
    #[arg(long, conflicts_with_all = ["tail", "follow"])]
    head: bool,
    /// Only the last lines
    #[arg(short, long)]
    tail: bool,
    /// How many lines --head or --tail show
    #[arg(short, long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=1000))]
    num_logs: i64,
    /// The newest line first
    #[arg(short, long, conflicts_with = "follow")]
    reverse: bool,
    /// Go on printing lines until the run has ended
    #[arg(short, long, conflicts_with = "output")]
    follow: bool,
    #[command(flatten)]
    output: Output,
}

/// Lines fetched in one call.
const BATCH: i64 = 200;

/// Time between two looks while following.
const PAUSE: Duration = Duration::from_millis(400);

impl Logs {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        session.flow_run(self.id).await?;
        if self.follow {
            return self.follow(session).await;
        }
        let mut lines = match (self.head, self.tail) {
            (true, _) => self.read(session, Window::After(0), self.num_logs).await?.lines,
            (_, true) => self.read(session, Window::Tail, self.num_logs).await?.lines,
            _ => self.all(session).await?,
        };
        if self.reverse {
            lines.reverse();
        }
        self.output.print(&lines, || lines.iter().map(text).collect::<Vec<_>>().join("\n"))
    }

    async fn read(&self, session: &Session, window: Window, limit: i64) -> Result<LogSlice, Failure> {
        Ok(logs::slice(&session.client, self.id, window, limit, 0).await?)
    }

    async fn all(&self, session: &Session) -> Result<Vec<LogLine>, Failure> {
        let (mut lines, mut cursor) = (Vec::new(), 0);
        loop {
            let slice = self.read(session, Window::After(cursor), BATCH).await?;
            if slice.lines.is_empty() {
                return Ok(lines);
            }
            cursor = slice.cursor;
            lines.extend(slice.lines);
        }
    }

    /// Prints what there is and what comes. Whether the run has ended is asked before the last look,
    /// so that no line falls between the two.
    async fn follow(&self, session: &Session) -> Result<(), Failure> {
        let mut cursor = 0;
        if self.tail {
            let slice = self.read(session, Window::Tail, self.num_logs).await?;
            slice.lines.iter().for_each(|line| print_line(&text(line)));
            cursor = slice.cursor;
        }
        loop {
            let run = flow_runs::read(&session.client, self.id).await?;
            let ended = run.is_none_or(|run| run.state_type.is_none_or(|kind| kind.is_terminal()));
            loop {
                let slice = self.read(session, Window::After(cursor), BATCH).await?;
                slice.lines.iter().for_each(|line| print_line(&text(line)));
                if slice.lines.is_empty() {
                    break;
                }
                cursor = slice.cursor;
            }
            if ended {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// `2026-11-23T17:18:37.763979Z INFO    prefect.flow_runs: message`.
fn text(line: &LogLine) -> String {
    let level = match line.level {
        ..=9 => "TRACE",
        10..=19 => "DEBUG",
        20..=29 => "INFO",
        30..=39 => "WARNING",
        40..=49 => "ERROR",
        50.. => "CRITICAL",
    };
    format!("{} {level:<8} {}: {}", line.timestamp, line.name, line.message)
}
