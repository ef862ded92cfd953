//! `GET /api/reeve/flow_runs/{id}/logs/search`: which lines of a run's whole log hold a text or fit a pattern.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::logs::{Group, LogMatches, LogQuery};
use domain::{FlowRunId, ansi};
use regex::RegexBuilder;
use serde::Deserialize;
use store::logs;

use crate::api::body::Id;
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::api::query::Asked;
use crate::app_state::AppState;

/// Lines that are looked through between two looks at what else there is to do.
const STRETCH: i64 = 2000;

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

async fn search(State(app): State<AppState>, caller: Caller, Id(run): Id<FlowRunId>, Asked(ask): Asked<Ask>) -> Result {
    if ask.q.chars().count() > LONGEST {
        return Err(ApiError::unprocessable(format!("Invalid q: must be at most {LONGEST} characters.")));
    }
    let fits = test(&ask.q)?;
    let hidden = Group::list(&ask.hide);
    let mut found = LogMatches::default();
    let mut number = 0;
    loop {
        // A transaction for each stretch: a long search keeps no other reader's place.
        let lines = logs::after(&mut app.store.read().await?, run, found.cursor, 0, STRETCH).await?;
        let Some(last) = lines.last() else { break };
        found.cursor = last.seq;
        for line in &lines {
            number += 1;
            if !hidden.contains(&Group::of(line.level)) && fits(&ansi::parse(&line.message).0) {
                found.count += 1;
                if found.lines.len() < MOST {
                    found.lines.push(number);
                }
            }
        }
        if (lines.len() as i64) < STRETCH {
            break;
        }
        tokio::task::yield_now().await;
    }
    Ok(caller.ok(&found))
}

type Test = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// Whether a line fits what was typed.
fn test(typed: &str) -> Result<Test> {
    match LogQuery::parse(typed) {
        None => Err(ApiError::unprocessable("Invalid q: must not be empty.")),
        Some(LogQuery::Text(text)) => Ok(Box::new(move |line| line.to_ascii_lowercase().contains(&text))),
        Some(LogQuery::Pattern { source, ignore_case }) => {
            let pattern = RegexBuilder::new(&source).case_insensitive(ignore_case).size_limit(PATTERN_SIZE).build();
            let pattern = pattern.map_err(|error| ApiError::unprocessable(format!("Invalid q: {error}")))?;
            Ok(Box::new(move |line| pattern.is_match(line)))
        }
    }
}
