//! `GET /api/reeve/flow_runs/{id}/logs/overview`: when a run's lines were written, and whether its log is whole.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::flow_runs::FlowRun;
use domain::logs::{LogOverview, Sieve};
use domain::{FlowRunId, Timestamp, words};
use serde::Deserialize;
use store::flow_runs;

use crate::api::body::Id;
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Result};
use crate::api::query::Asked;
use crate::app_state::AppState;
use crate::log_index::Index;

/// Units of the highest bar.
const HEIGHT: i64 = 100;

/// Units of what is there and would not be seen.
const LEAST: i64 = 5;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/flow_runs/{id}/logs/overview", get(overview))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    #[serde(default)]
    hide: String,
    #[serde(default)]
    source: String,
}

async fn overview(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<FlowRunId>,
    Asked(ask): Asked<Ask>,
) -> Result {
    let run = flow_runs::by_id(&mut app.store.read().await?, id, app.clock.now()).await?;
    let run = run.ok_or_else(|| ApiError::not_found("Flow run not found"))?;
    Ok(caller.ok(&of(&app, &run, Sieve::parse(&ask.hide, &ask.source)).await?))
}

/// The overview of a run's log.
pub async fn of(app: &AppState, run: &FlowRun, sieve: Sieve) -> store::Result<LogOverview> {
    let make = |index: &Index| {
        let (from, width, bars) = index.bars.shown(sieve);
        let (paths, summary, state) = (paths(&bars), summary(from, width, &bars), state(index, run));
        LogOverview { from, width, bars, paths, summary, state }
    };
    app.log_indexes.with(&app.store, run.id, make).await
}

/// Loud lines stand at the bottom, where they are seen however few they are.
fn paths(bars: &[[i64; 4]]) -> [String; 4] {
    let highest = bars.iter().map(|bar| bar.iter().sum::<i64>()).max().unwrap_or(0).max(1);
    let mut paths: [String; 4] = Default::default();
    for (x, bar) in bars.iter().enumerate() {
        let mut bottom = HEIGHT;
        for group in [3, 2, 1, 0].into_iter().filter(|group| bar[*group] > 0) {
            let height = (bar[group] * HEIGHT / highest).max(LEAST).min(bottom);
            bottom -= height;
            paths[group].push_str(&format!("M{x} {bottom}h.8v{height}h-.8z"));
        }
    }
    paths
}

fn summary(from: i64, width: i64, bars: &[[i64; 4]]) -> String {
    let total = |bar: &[i64; 4]| bar.iter().sum::<i64>();
    let Some((at, most)) = bars.iter().enumerate().max_by_key(|(n, bar)| (total(bar), std::cmp::Reverse(*n))) else {
        return String::new();
    };
    let time = |n: usize| time_of_day(Timestamp::from_micros(from + width * n as i64));
    let within = words::duration(width as f64 / 1e6);
    let mut text = format!("Most lines, {}, within {within} from {} UTC on.", words::grouped(total(most)), time(at));
    for (group, thing) in [(3, "error"), (2, "warning")] {
        let count = bars.iter().map(|bar| bar[group]).sum();
        if let Some(first) = bars.iter().position(|bar| bar[group] > 0) {
            text.push_str(&format!(" {}, the first near {} UTC.", words::count(count, thing), time(first)));
        }
    }
    text
}

/// One sentence: how many lines of which source, when they were written, how the end of the run and that of the log
/// lie, and what is known to be missing.
fn state(index: &Index, run: &FlowRun) -> String {
    let has_ended = run.state_type.is_some_and(|kind| kind.is_terminal());
    let Some((first, last)) = index.bars.ends() else {
        return if has_ended { "This run wrote no log." } else { "Nothing is written so far." }.to_owned();
    };
    let counts = index.places.counts();
    let (sent, printed) = (counts[..4].iter().sum::<i64>(), counts[4..].iter().sum::<i64>());
    let mut parts = vec![match (sent, printed) {
        (sent, 0) => words::count(sent, "line"),
        (0, printed) => format!("{} that pods printed", words::count(printed, "line")),
        (sent, printed) => {
            format!("{} from clients and {} that pods printed", words::count(sent, "line"), words::grouped(printed))
        }
    }];
    parts[0].push_str(&format!(", from {} to {} UTC", time_of_day(first), time_of_day(last)));
    match run.end_time.filter(|_| has_ended).map(|end| end.seconds_since(last)) {
        Some(gap) if gap >= 0.0 => parts.push(format!("the last one {} before the run ended", words::duration(gap))),
        Some(gap) => parts.push(format!("the last one {} after the run ended", words::duration(-gap))),
        None if has_ended => parts.push("the run has ended".to_owned()),
        None => parts.push("the run still goes on".to_owned()),
    }
    if index.gaps > 0 {
        parts.push(format!("lines are missing in {}, which say how many", words::count(index.gaps, "place")));
    }
    if index.cut > 0 {
        parts.push(format!("{} cut at the end for its length", words::count(index.cut, "line")));
    }
    if index.gaps + index.cut == 0 {
        parts.push("none is known to be missing".to_owned());
    }
    format!("{}.", parts.join("; "))
}

fn time_of_day(at: Timestamp) -> String {
    at.utc().format("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_stacked_with_the_loud_ones_below() {
        let [debug, info, warning, error] = paths(&[[0, 99, 0, 1], [0, 0, 0, 0], [50, 0, 0, 0]]);
        assert_eq!((error.as_str(), warning.as_str()), ("M0 95h.8v5h-.8z", ""));
        assert_eq!((info.as_str(), debug.as_str()), ("M0 0h.8v95h-.8z", "M2 50h.8v50h-.8z"));
    }

    #[test]
    fn bars_are_put_into_words() {
        let text = summary(0, 2_000_000, &[[0, 3, 0, 0], [0, 30, 0, 2]]);
        assert_eq!(text, "Most lines, 32, within 2.0 s from 00:00:02 UTC on. 2 errors, the first near 00:00:02 UTC.");
        assert_eq!(summary(0, 1, &[]), "");
    }
}
