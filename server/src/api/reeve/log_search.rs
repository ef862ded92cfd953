//! `GET /api/reeve/flow_runs/{id}/logs/search`: which lines of a run's whole log hold a text or fit a pattern.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::logs::{LogMatches, LogQuery, Sieve};
use domain::{FlowRunId, ansi};
use futures::{StreamExt, TryStreamExt, stream};
use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use store::log_search::{self, Candidate, Stretch};

use crate::api::body::Id;
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::api::query::Asked;
use crate::app_state::AppState;

/// Lines of all runs together that are looked through at once: few enough that nobody waits for long.
const STRETCH: i64 = 5000;

/// Stretches that are looked through at the same time.
const AT_ONCE: usize = 2;

/// The most places of one answer.
const MOST: usize = 20_000;

/// The longest query, in characters.
const LONGEST: usize = 1000;

/// Bytes that a compiled pattern may take.
const PATTERN_SIZE: usize = 1 << 20;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/flow_runs/{id}/logs/search", get(search))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    q: String,
    /// In which lines it is looked for, as [`Sieve::parse`] reads it.
    #[serde(default)]
    hide: String,
    #[serde(default)]
    source: String,
}

/// What is looked for, and where.
struct Search {
    app: AppState,
    run: FlowRunId,
    wanted: Wanted,
    sieve: Sieve,
}

enum Wanted {
    /// In lower case.
    Text(String),
    Pattern(Regex),
}

async fn search(State(app): State<AppState>, caller: Caller, Id(run): Id<FlowRunId>, Asked(ask): Asked<Ask>) -> Result {
    if ask.q.chars().count() > LONGEST {
        return Err(ApiError::unprocessable(format!("Invalid q: must be at most {LONGEST} characters.")));
    }
    let (wanted, sieve) = (wanted(&ask.q)?, Sieve::parse(&ask.hide, &ask.source));
    // Read up to its end first, so that every line that is found has a place.
    app.log_indexes.with(&app.store, run, |_| ()).await?;
    let whole = log_search::whole(&mut app.store.read().await?, run).await?;
    let Some(Stretch(first, last)) = whole else { return Ok(caller.ok(&LogMatches::default())) };
    let search = Search { app, run, wanted, sieve };
    let stretches = (0..).map(|n| first + n * STRETCH).take_while(|from| *from < last);
    let mut parts = stream::iter(stretches.map(|from| Stretch(from, (from + STRETCH).min(last))))
        .map(|stretch| part(&search, stretch))
        .buffered(AT_ONCE);
    let mut found = LogMatches { cursor: last, ..LogMatches::default() };
    while let Some(fitting) = parts.try_next().await? {
        found.count += fitting.len() as i64;
        let room = MOST - found.lines.len();
        found.lines.extend(fitting.iter().take(room));
    }
    Ok(caller.ok(&found))
}

/// The places of the lines of a stretch that fit, among the shown ones.
async fn part(search: &Search, stretch: Stretch) -> store::Result<Vec<i64>> {
    // A connection for each stretch: a long search keeps no other reader's place.
    let mut tx = search.app.store.read().await?;
    let holding = match &search.wanted {
        Wanted::Text(text) => Some(text.as_str()),
        Wanted::Pattern(_) => None,
    };
    let mut candidates = log_search::candidates(&mut tx, search.run, stretch, holding).await?;
    drop(tx);
    candidates.retain(|line: &Candidate| search.wanted.fits(&ansi::parse(&line.message).0));
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let (app, sieve) = (&search.app, search.sieve);
    let places = app.log_indexes.with(&app.store, search.run, |index| {
        let is_shown = |line: &&Candidate| index.places.kind(line.seq).is_some_and(|kind| sieve.shows(kind));
        let shown = candidates.iter().filter(is_shown);
        shown.map(|line| index.places.shown_before(sieve, line.seq)).collect()
    });
    places.await
}

impl Wanted {
    fn fits(&self, line: &str) -> bool {
        match self {
            Wanted::Text(text) => line.to_ascii_lowercase().contains(text),
            // What is empty cannot be shown.
            Wanted::Pattern(pattern) => pattern.find_iter(line).any(|found| !found.is_empty()),
        }
    }
}

/// What was typed; 422 when that is nothing, or a pattern that cannot be read.
fn wanted(typed: &str) -> Result<Wanted> {
    match LogQuery::parse(typed) {
        None => Err(ApiError::unprocessable("Invalid q: must not be empty.")),
        Some(LogQuery::Text(text)) => Ok(Wanted::Text(text)),
        Some(LogQuery::Pattern { source, ignore_case }) => {
            let pattern = RegexBuilder::new(&source).case_insensitive(ignore_case).size_limit(PATTERN_SIZE).build();
            Ok(Wanted::Pattern(pattern.map_err(|error| ApiError::unprocessable(format!("Invalid q: {error}")))?))
        }
    }
}
