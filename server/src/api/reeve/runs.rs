//! `GET /api/reeve/runs?q=…&page=…`: the list of runs for a line of tokens, with views and a histogram above it; and
//! `GET /api/reeve/runs/complete?q=…`: how such a line may go on.

mod complete;
mod histogram;
mod views;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::get;
use domain::filter::Page;
use domain::pages::FlowRunsPage;
use domain::run_filter::{self, Line, Token};
use domain::sheet::Sheet;
use store::flow_runs;

use crate::api::caller::Caller;
use crate::api::error::Result;
use crate::app_state::AppState;

/// Rows of one page.
const SIZE: i64 = 50;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/runs", get(list)).route("/runs/complete", get(complete::read))
}

/// The pairs of a query.
fn pairs(query: Option<String>) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

async fn list(State(app): State<AppState>, caller: Caller, RawQuery(query): RawQuery) -> Result {
    let pairs = pairs(query);
    let Line { tokens, refused } = run_filter::asked(&pairs);
    let page = pairs.iter().find(|(name, _)| name == "page").and_then(|(_, page)| page.parse().ok()).unwrap_or(1);
    let (page, now) = (i64::clamp(page, 1, 100_000), app.clock.now());
    let filters = run_filter::filters(&tokens, now);
    let asked = Page { filters, sort: Some(run_filter::sort(&tokens)), ..Page::default() };
    let mut tx = app.store.read().await?;
    let count = flow_runs::count(&mut tx, &asked.filters).await?;
    let found = flow_runs::filter(&mut tx, &asked, SIZE, (page - 1) * SIZE, now).await?;
    let rows = flow_runs::with_names(&mut tx, found).await?;
    let mut above = views::above(&mut tx, Sheet::new("Runs", now), &tokens).await?;
    if count > 0 {
        above = histogram::below(&mut tx, above, &tokens, now).await?;
    }
    let without = |at: usize| {
        let rest: Vec<Token> =
            tokens.iter().enumerate().filter(|(nth, _)| *nth != at).map(|(_, t)| t.clone()).collect();
        (run_filter::path(&run_filter::write(&rest)), tokens[at].to_string())
    };
    Ok(caller.ok(&FlowRunsPage {
        rows,
        count,
        page,
        size: SIZE,
        line: run_filter::write(&tokens),
        tokens: (0..tokens.len()).map(without).collect(),
        refused: refused.into_iter().map(|refused| (refused.text, refused.why)).collect(),
        above,
        now,
    }))
}
