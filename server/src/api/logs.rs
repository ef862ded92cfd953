//! `/api/logs`.

use super::docs::Docs;
use std::fmt;

use axum::Router;
use axum::extract::State;
use axum::routing::{any, post};
use domain::FlowRunId;
use domain::logs::{Log, LogCreate, LogPage};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use store::logs;

use super::body::{Body, OptionalBody};
use super::caller::Caller;
use super::error::Result;
use super::logs_out;
use super::page::{limit_of, offset_of};
use crate::app_state::AppState;
use crate::clock::new_id;

/// Routes below `/api/logs`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/", post(create)).route("/filter", post(filter)).route("/out", any(logs_out::open))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    use domain::logs::Log;

    docs.tag("Logs");
    docs.post("/logs/", "Store lines").takes::<Vec<LogCreate>>().done(201);
    docs.post("/logs/filter", "Lines that fit").may_take::<LogPage>().gives::<Vec<Log>>(200);
}

async fn create(State(app): State<AppState>, caller: Caller, Body(Lines(sent)): Body<Lines>) -> Result {
    let now = app.clock.now();
    let runs = runs(&sent);
    if !sent.is_empty() {
        let lines = sent.into_iter().map(minted).collect();
        let mut tx = app.store.write().await?;
        logs::insert(&mut tx, lines, now).await?;
        tx.commit().await?;
        app.live.logs_stored(runs);
    }
    Ok(caller.created(&(), true))
}

async fn filter(State(app): State<AppState>, caller: Caller, OptionalBody(page): OptionalBody<LogPage>) -> Result {
    let (limit, offset) = (limit_of(page.limit)?, offset_of(page.offset));
    let mut tx = app.store.read().await?;
    let found = logs::filter(&mut tx, page.logs.as_ref(), page.sort.unwrap_or_default(), limit, offset).await?;
    Ok(caller.ok(&found))
}

/// The runs that the lines belong to, each once. A batch mostly holds one run's lines.
fn runs(lines: &[LogCreate]) -> Vec<FlowRunId> {
    let mut runs: Vec<FlowRunId> = lines.iter().filter_map(|line| line.flow_run_id).collect();
    runs.dedup();
    runs.sort_unstable();
    runs.dedup();
    runs
}

/// The line with an id of its own, and without NULs, which PostgreSQL cannot keep and Prefect drops as well.
fn minted(line: LogCreate) -> Log {
    let clean = |text: String| if text.contains('\0') { text.replace('\0', "") } else { text };
    Log {
        id: new_id(),
        created: None,
        updated: None,
        name: clean(line.name),
        level: line.level,
        message: clean(line.message),
        timestamp: line.timestamp,
        flow_run_id: line.flow_run_id,
        task_run_id: line.task_run_id,
    }
}

/// The body of `POST /logs/`; what is no list is refused in Prefect's words.
struct Lines(Vec<LogCreate>);

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Lines;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an instance of Sequence")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Lines, A::Error> {
                let mut lines = Vec::new();
                while let Some(line) = items.next_element()? {
                    lines.push(line);
                }
                Ok(Lines(lines))
            }
        }
        from.deserialize_any(List)
    }
}
