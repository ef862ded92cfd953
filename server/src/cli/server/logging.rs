//! Log lines of the processes that go on: `server start` and `worker start`.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::cli::failure::Failure;
use crate::config::{Config, LogFormat};

/// Our own crates; the libraries' lines below `info` help nobody who runs a server.
const OURS: [&str; 6] = ["server", "worker", "store", "client", "domain", "app"];

/// Prints log lines to standard error from here on, as `server.log_level` and `server.log_format` say.
pub fn start(config: &Config) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(directives(&config.server_log_level.0))
        .map_err(|error| Failure::usage(format!("The log level is not understood: {error}.")))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let begun = match config.server_log_format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
    };
    begun.map_err(|error| Failure::new(format!("Log lines cannot be printed: {error}.")))
}

/// A bare level concerns our crates; below `info` the libraries stay at it. A filter is taken as it is.
fn directives(level: &str) -> String {
    match level {
        "debug" | "trace" => OURS.iter().fold("info".to_owned(), |all, name| format!("{all},{name}={level}")),
        _ => level.to_owned(),
    }
}
