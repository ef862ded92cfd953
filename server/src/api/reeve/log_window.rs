//! `/api/reeve/flow_runs/{id}/logs/window` and `/place`: a run's log by place. Which lines are shown is said by `hide`
//! and `source` ([`Sieve::parse`]); places are counted from 0 among them, in the order of storing.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::logs::{Address, LogWindow, PAGE, Sieve, Source};
use domain::{FlowRunId, Timestamp};
use serde::Deserialize;
use serde_json::json;
use store::{log_scan, logs};

use crate::api::body::Id;
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::api::query::Asked;
use crate::app_state::AppState;

/// The most lines of one answer.
const MOST_LINES: i64 = 2 * PAGE;

/// Bytes of a message that are shown; the file has all of them.
const MOST_BYTES: usize = 64 * 1024;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/flow_runs/{id}/logs/window", get(window)).route("/flow_runs/{id}/logs/place", get(place))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    #[serde(default)]
    hide: String,
    #[serde(default)]
    source: String,
    offset: i64,
    #[serde(default = "page")]
    limit: i64,
}

fn page() -> i64 {
    PAGE
}

async fn window(
    State(app): State<AppState>,
    caller: Caller,
    Id(run): Id<FlowRunId>,
    Asked(ask): Asked<Window>,
) -> Result {
    if !(1..=MOST_LINES).contains(&ask.limit) || ask.offset < 0 {
        return Err(ApiError::unprocessable(format!(
            "Invalid limit or offset: at most {MOST_LINES} lines, from 0 on."
        )));
    }
    let sieve = Sieve::parse(&ask.hide, &ask.source);
    Ok(caller.ok(&read(&app, run, sieve, ask.offset, ask.limit).await?))
}

/// The end of the log as a page first shows it. What the page's address does not say is settled here: where there are
/// lines that clients sent, those of the pods stay hidden, since they mostly say the same again.
pub async fn tail(app: &AppState, run: FlowRunId, hide: &str, source: &str) -> store::Result<LogWindow> {
    let counts = app.log_indexes.with(&app.store, run, |index| index.places.counts()).await?;
    let mut sieve = Sieve::parse(hide, source);
    if source.is_empty() {
        let [sent, printed] = [&counts[..4], &counts[4..]].map(|counts| counts.iter().sum::<i64>());
        sieve.source = if sent == 0 && printed > 0 { None } else { Some(Source::Client) };
    }
    let last = (sieve.of(&counts) - 1).max(0);
    read(app, run, sieve, (last / PAGE - 1).max(0) * PAGE, MOST_LINES).await
}

async fn read(app: &AppState, run: FlowRunId, sieve: Sieve, offset: i64, limit: i64) -> store::Result<LogWindow> {
    let indexes = &app.log_indexes;
    let known = |index: &crate::log_index::Index| {
        let places = &index.places;
        let shown = (sieve.of(&places.counts()) - offset).clamp(0, limit);
        (places.counts(), places.newest(), places.before_shown(sieve, offset), shown)
    };
    let (counts, cursor, from, limit) = indexes.with(&app.store, run, known).await?;
    let mut lines = match limit {
        0 => Vec::new(),
        limit => logs::shown_after(&mut app.store.read().await?, run, sieve, from, 0, limit).await?,
    };
    let number = |index: &crate::log_index::Index| {
        lines.iter_mut().for_each(|line| {
            line.number = index.places.number(line.seq);
            shorten(&mut line.message);
        });
    };
    indexes.with(&app.store, run, number).await?;
    let (hide, source) = (sieve.hide(), sieve.source_name().to_owned());
    Ok(LogWindow { lines, offset, counts, cursor, hide, source, overview: None })
}

/// A line without end would be no line any more.
pub fn shorten(message: &mut String) {
    if message.len() > MOST_BYTES {
        let left = message.len() - MOST_BYTES;
        message.truncate(message.floor_char_boundary(MOST_BYTES));
        message.push_str(&format!(" … ({left} bytes more in the file)"));
    }
}

/// One of the three says what is looked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    #[serde(default)]
    hide: String,
    #[serde(default)]
    source: String,
    /// `L12`, or `P7`.
    line: Option<String>,
    /// A time in microseconds since 1970: the first line written then or later.
    at: Option<i64>,
    /// A line's `seq`.
    seq: Option<i64>,
}

/// `{"offset": 12}`, or `null` for what there is not. A line that is not shown gives the place of the next one that is.
async fn place(
    State(app): State<AppState>,
    caller: Caller,
    Id(run): Id<FlowRunId>,
    Asked(ask): Asked<Place>,
) -> Result {
    let (indexes, sieve) = (&app.log_indexes, Sieve::parse(&ask.hide, &ask.source));
    let seq = if let Some(line) = &ask.line {
        let address =
            Address::parse(line).ok_or_else(|| ApiError::unprocessable("Invalid line: such as L12 or P7."))?;
        indexes.with(&app.store, run, |index| index.places.by_address(address)).await?
    } else if let Some(at) = ask.at.map(Timestamp::from_micros) {
        match indexes.with(&app.store, run, |index| index.places.around(at)).await? {
            Some((from, to)) => log_scan::since(&mut app.store.read().await?, run, from, to, at).await?,
            None => None,
        }
    } else {
        ask.seq
    };
    let offset = match seq {
        Some(seq) => Some(indexes.with(&app.store, run, |index| index.places.shown_before(sieve, seq)).await?),
        None => None,
    };
    Ok(caller.ok(&json!({ "offset": offset })))
}
