//! `/logs`, and the dashboard's reading of a run's log.

use domain::FlowRunId;
use domain::logs::{Log, LogCreate, LogMatches, LogPage, LogSlice};
use http::Method;

use crate::{Client, Result, segment};

/// Stores lines.
pub async fn create(client: &Client, lines: &[LogCreate]) -> Result<()> {
    client.send(Method::POST, "/logs/", Some(lines)).await
}

/// Lines that fit, at most 200.
pub async fn filter(client: &Client, page: &LogPage) -> Result<Vec<Log>> {
    client.post("/logs/filter", page).await
}

/// Where to read in a run's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The newest lines.
    Tail,
    /// Lines stored after this cursor, oldest first.
    After(i64),
    /// Lines stored before this one, the nearest ones.
    Before(i64),
}

/// A stretch of a run's log in the order of storing; `min_level` leaves lower lines out.
pub async fn slice(client: &Client, run: FlowRunId, window: Window, limit: i64, min_level: i64) -> Result<LogSlice> {
    let place = match window {
        Window::Tail => String::new(),
        Window::After(seq) => format!("&after={seq}"),
        Window::Before(seq) => format!("&before={seq}"),
    };
    let path = format!("/reeve/flow_runs/{run}/logs?limit={limit}&min_level={min_level}{place}");
    Ok(client.get(&path).await?.unwrap_or_default())
}

/// Which lines of a run hold a text, or fit a `/pattern/`; none of those whose group `hide` names.
pub async fn search(client: &Client, run: FlowRunId, query: &str, hide: &str) -> Result<LogMatches> {
    client.fetch(&format!("/reeve/flow_runs/{run}/logs/search?q={}&hide={hide}", segment(query))).await
}

/// Path of a run's log as a file.
pub fn file(run: FlowRunId, hide: &str) -> String {
    let hide = if hide.is_empty() { String::new() } else { format!("?hide={hide}") };
    format!("/api/reeve/flow_runs/{run}/logs/file{hide}")
}
