//! `reeve server status`.

use std::time::Duration;

use clap::Args;
use client::Client;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::cli::failure::Failure;
use crate::cli::output::{Output, facts};
use crate::cli::session;
use crate::config::Flags;

#[derive(Args)]
#[command(after_help = "\
Examples:
  reeve server status
  reeve server status --wait --timeout 60      in scripts, after a server was started")]
pub struct Status {
    /// Wait until it answers
    #[arg(long)]
    wait: bool,
    /// Give up waiting after so many seconds; 0 is never
    #[arg(short, long, value_name = "SECONDS", default_value_t = 0, requires = "wait")]
    timeout: u64,
    #[command(flatten)]
    output: Output,
}

/// What is told.
#[derive(Serialize)]
struct Told {
    status: &'static str,
    api_url: String,
    /// Whether all is applied that its directory says.
    #[serde(skip_serializing_if = "Option::is_none")]
    ready: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

impl Status {
    /// Asks once, or until there is an answer; no answer is a failure.
    pub async fn run(self, flags: Flags) -> Result<(), Failure> {
        let session = session::open(flags)?;
        let end = (self.timeout > 0).then(|| Instant::now() + Duration::from_secs(self.timeout));
        let told = loop {
            let told = look(&session.client, session.config.api_url.0.clone()).await;
            let is_late = end.is_some_and(|end| Instant::now() >= end);
            if told.error.is_none() || !self.wait || is_late {
                break told;
            }
            tokio::time::sleep(PAUSE).await;
        };
        let word = |ready: bool| if ready { "yes" } else { "no" }.to_owned();
        self.output.print(&told, || {
            facts(&[
                ("status", told.status.to_owned()),
                ("api", told.api_url.clone()),
                ("ready", told.ready.map(word).unwrap_or_default()),
                ("version", told.server_version.clone().unwrap_or_default()),
            ])
        })?;
        match &told.error {
            None => Ok(()),
            Some(error) => Err(Failure::new(format!("The server does not answer: {error}."))
                .then("start one with `reeve server start`, or say where it is with --api-url or PREFECT_API_URL.")),
        }
    }
}

async fn look(client: &Client, api_url: String) -> Told {
    let nothing = Told { status: "unavailable", api_url, ready: None, server_version: None, error: None };
    match client.fetch::<Value>("/health").await {
        Err(error) => Told { error: Some(error.to_string()), ..nothing },
        Ok(_) => Told {
            status: "available",
            ready: Some(client.fetch::<Value>("/ready").await.is_ok()),
            server_version: client.fetch("/admin/version").await.ok(),
            ..nothing
        },
    }
}
