//! `GET /api/reeve/flow_runs/{id}/logs/search`: which lines of a run's whole log hold a text or fit a pattern.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::logs::{Group, LogMatches, LogQuery};
use domain::{FlowRunId, ansi};
use futures::{StreamExt, TryStreamExt, stream};
use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use store::log_search::{self, Stretch};

use crate::api::body::Id;
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::api::query::Asked;
use crate::app_state::AppState;

/// Lines of all runs together that are looked through at once: few enough that nobody waits for long.
const STRETCH: i64 = 5000;

/// Stretches that are looked through at the same time.
const AT_ONCE: usize = 2;

/// The most line numbers of one answer.
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
    /// Groups of levels in which nothing is found, as in `debug,info`.
    #[serde(default)]
    hide: String,
}

/// What is looked for, and where.
struct Search {
    app: AppState,
    run: FlowRunId,
    wanted: Wanted,
    hidden: Vec<Group>,
}

enum Wanted {
    /// In lower case.
    Text(String),
    Pattern(Regex),
}

/// What a stretch holds.
struct Part {
    /// The run's lines in it.
    lines: i64,
    /// Those that fit, counted from 1.
    fitting: Vec<i64>,
}

async fn search(State(app): State<AppState>, caller: Caller, Id(run): Id<FlowRunId>, Asked(ask): Asked<Ask>) -> Result {
    if ask.q.chars().count() > LONGEST {
        return Err(ApiError::unprocessable(format!("Invalid q: must be at most {LONGEST} characters.")));
    }
    let (wanted, hidden) = (wanted(&ask.q)?, Group::list(&ask.hide));
    let whole = log_search::whole(&mut app.store.read().await?, run).await?;
    let Some(Stretch(first, last)) = whole else { return Ok(caller.ok(&LogMatches::default())) };
    let search = Search { app, run, wanted, hidden };
    let stretches = (0..).map(|n| first + n * STRETCH).take_while(|from| *from < last);
    let mut parts = stream::iter(stretches.map(|from| Stretch(from, (from + STRETCH).min(last))))
        .map(|stretch| part(&search, stretch))
        .buffered(AT_ONCE);
    let (mut found, mut before) = (LogMatches { cursor: last, ..LogMatches::default() }, 0);
    while let Some(part) = parts.try_next().await? {
        found.count += part.fitting.len() as i64;
        let room = MOST - found.lines.len();
        found.lines.extend(part.fitting.iter().take(room).map(|number| before + number));
        before += part.lines;
    }
    Ok(caller.ok(&found))
}

/// Looks through a stretch.
async fn part(search: &Search, stretch: Stretch) -> store::Result<Part> {
    // A connection for each stretch: a long search keeps no other reader's place.
    let mut tx = search.app.store.read().await?;
    let holding = match &search.wanted {
        Wanted::Text(text) => Some(text.as_str()),
        Wanted::Pattern(_) => None,
    };
    let candidates = log_search::candidates(&mut tx, search.run, stretch, holding).await?;
    let shown = candidates.iter().filter(|line| !search.hidden.contains(&Group::of(line.level)));
    let fitting: Vec<i64> =
        shown.filter(|line| search.wanted.fits(&ansi::parse(&line.message).0)).map(|line| line.seq).collect();
    if fitting.is_empty() {
        return Ok(Part { lines: log_search::count(&mut tx, search.run, stretch).await?, fitting });
    }
    let places = log_search::places(&mut tx, search.run, stretch).await?;
    let number = |seq: i64| places.partition_point(|place| *place <= seq) as i64;
    Ok(Part { lines: places.len() as i64, fitting: fitting.into_iter().map(number).collect() })
}

impl Wanted {
    fn fits(&self, line: &str) -> bool {
        match self {
            Wanted::Text(text) => line.to_ascii_lowercase().contains(text),
            Wanted::Pattern(pattern) => pattern.is_match(line),
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
