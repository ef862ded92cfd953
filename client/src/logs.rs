//! `/logs`, and the dashboard's reading of a run's log.

use domain::FlowRunId;
use domain::logs::{Log, LogCreate, LogMatches, LogOverview, LogPage, LogSlice, LogWindow, Sieve};
use http::Method;
use serde::Deserialize;

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

/// A stretch of what a run's clients sent, in the order of storing; `min_level` leaves lower lines out.
pub async fn slice(client: &Client, run: FlowRunId, window: Window, limit: i64, min_level: i64) -> Result<LogSlice> {
    let place = match window {
        Window::Tail => String::new(),
        Window::After(seq) => format!("&after={seq}"),
        Window::Before(seq) => format!("&before={seq}"),
    };
    let path = format!("/reeve/flow_runs/{run}/logs?limit={limit}&min_level={min_level}{place}");
    Ok(client.get(&path).await?.unwrap_or_default())
}

/// Which shown lines of a run hold a text, or fit a `/pattern/`.
pub async fn search(client: &Client, run: FlowRunId, query: &str, sieve: Sieve) -> Result<LogMatches> {
    client.fetch(&format!("{}search?q={}&{}", path(run), segment(query), sieve.query())).await
}

/// `limit` of the shown lines from the one at `offset` on.
pub async fn window(client: &Client, run: FlowRunId, sieve: Sieve, offset: i64, limit: i64) -> Result<LogWindow> {
    client.fetch(&format!("{}window?{}&offset={offset}&limit={limit}", path(run), sieve.query())).await
}

/// Where a line is among the shown ones, from 0: `what` is `line=L12`, `at=` and a time in microseconds, or `seq=` and a
/// place in the order of storing.
pub async fn place(client: &Client, run: FlowRunId, sieve: Sieve, what: &str) -> Result<Option<i64>> {
    #[derive(Deserialize)]
    struct Place {
        offset: Option<i64>,
    }
    let place: Place = client.fetch(&format!("{}place?{}&{what}", path(run), sieve.query())).await?;
    Ok(place.offset)
}

/// What is known of a run's whole log.
pub async fn overview(client: &Client, run: FlowRunId, sieve: Sieve) -> Result<LogOverview> {
    client.fetch(&format!("{}overview?{}", path(run), sieve.query())).await
}

/// The shown lines as text: the first `limit` ones, or of those the ones that `lines` (`L4-L6`) names.
pub async fn text(client: &Client, run: FlowRunId, sieve: Sieve, lines: &str, limit: i64) -> Result<String> {
    let lines = if lines.is_empty() { String::new() } else { format!("&lines={lines}") };
    client.text(&format!("{}file?{}&limit={limit}{lines}", path(run), sieve.query())).await
}

/// Path of the shown lines as a file.
pub fn file(run: FlowRunId, sieve: Sieve) -> String {
    format!("/api{}file?{}", path(run), sieve.query())
}

fn path(run: FlowRunId) -> String {
    format!("/reeve/flow_runs/{run}/logs/")
}
