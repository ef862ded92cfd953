//! `/api/reeve/live`: the dashboard's socket.
//!
//! What is pushed only ever says what is committed. A followed log is read from the database after the
//! socket's own cursor, whatever woke us: a wake-up that was missed costs nothing, and a peer that reads
//! slowly holds no lines here, it just reads larger pages later.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use domain::FlowRunId;
use domain::live::{LiveAsk, LiveMessage};
use domain::logs::Sieve;
use store::{Backend, logs};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};

use super::changes::Changes;
use super::log_window::shorten;
use crate::api::gates;
use crate::api::websocket::{End, POLICY_VIOLATION, Result, Socket, converse};
use crate::app_state::AppState;

/// Lines of one message.
const PAGE: i64 = 500;

/// After a look for new lines the next one waits so long: what a busy run prints travels in few messages.
const GATHER_LINES: Duration = Duration::from_millis(20);

/// On PostgreSQL another server may store lines, and tells nobody here.
const LOOK_ANYWAY: Duration = Duration::from_secs(1);

/// The most runs that one socket may follow.
const MAX_FOLLOWED: usize = 32;

/// The longest ask, in bytes.
const MAX_ASK: usize = 16 * 1024;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/live", any(live))
}

/// The gates let every socket in, because Prefect's own show their password in a frame; this one is
/// a browser's, which shows it in a header.
async fn live(State(app): State<AppState>, upgrade: WebSocketUpgrade, request: Request) -> Response {
    match &app.policy.auth_string {
        Some(expected) if !gates::carries(request.headers(), expected) => StatusCode::UNAUTHORIZED.into_response(),
        _ => converse(upgrade.max_message_size(MAX_ASK), app, |app, socket| Box::pin(follow(app, socket))),
    }
}

/// Answers one browser tab until it goes.
async fn follow(app: &AppState, socket: &mut Socket) -> Result<()> {
    let mut stored = app.live.logs();
    let mut logs = Logs::new();
    let mut changes = Changes::none();
    let look_anyway = (app.store.backend() == Backend::Postgres).then_some(LOOK_ANYWAY);
    loop {
        tokio::select! {
            text = socket.text() => match ask(&text?)? {
                LiveAsk::FollowLogs { flow_run_id, after } => logs.follow(flow_run_id, after)?,
                LiveAsk::UnfollowLogs { flow_run_id } => logs.forget(flow_run_id),
                LiveAsk::FollowChanges { age } => changes.begin(&app.live, age),
            },
            woken = stored.recv(), if logs.any() => logs.wake(woken)?,
            () = logs.time_to_look(look_anyway) => logs.look(app, socket).await?,
            messages = changes.next() => {
                for message in messages? {
                    socket.send(&message).await?;
                }
            }
        }
    }
}

fn ask(text: &str) -> Result<LiveAsk> {
    serde_json::from_str(text).map_err(|error| End::close(POLICY_VIOLATION, format!("not understood: {error}")))
}

/// The logs that a socket follows.
struct Logs {
    /// The last line that was sent, by run.
    cursors: BTreeMap<FlowRunId, i64>,
    /// Runs that may have lines after it.
    waiting: BTreeSet<FlowRunId>,
    looked: Instant,
}

impl Logs {
    fn new() -> Self {
        Logs { cursors: BTreeMap::new(), waiting: BTreeSet::new(), looked: Instant::now() }
    }

    fn any(&self) -> bool {
        !self.cursors.is_empty()
    }

    fn follow(&mut self, run: FlowRunId, after: i64) -> Result<()> {
        self.cursors.insert(run, after);
        self.waiting.insert(run);
        if self.cursors.len() > MAX_FOLLOWED {
            return Err(End::close(POLICY_VIOLATION, "too many runs are followed on one socket"));
        }
        Ok(())
    }

    fn forget(&mut self, run: FlowRunId) {
        self.cursors.remove(&run);
        self.waiting.remove(&run);
    }

    /// Lines of these runs were stored. `Lagged` means that some of these messages are gone: all may wait.
    fn wake(&mut self, runs: std::result::Result<std::sync::Arc<[FlowRunId]>, RecvError>) -> Result<()> {
        match runs {
            Ok(runs) => self.waiting.extend(runs.iter().filter(|run| self.cursors.contains_key(run))),
            Err(RecvError::Lagged(_)) => self.waiting.extend(self.cursors.keys()),
            Err(RecvError::Closed) => return Err(End::Gone),
        }
        Ok(())
    }

    /// Ends when there is something to look for.
    async fn time_to_look(&mut self, anyway: Option<Duration>) {
        if self.waiting.is_empty() {
            match anyway {
                Some(pause) if self.any() => sleep_until(self.looked + pause).await,
                _ => std::future::pending().await,
            }
            self.waiting.extend(self.cursors.keys());
        } else {
            sleep_until(self.looked + GATHER_LINES).await;
        }
    }

    /// Sends the next page of every waiting run. A run with more keeps waiting.
    async fn look(&mut self, app: &AppState, socket: &mut Socket) -> Result<()> {
        for run in std::mem::take(&mut self.waiting) {
            let Some(cursor) = self.cursors.get_mut(&run) else { continue };
            let lines = read(app, run, *cursor).await.map_err(|error| End::failed(&error))?;
            let Some(last) = lines.last() else { continue };
            *cursor = last.seq;
            if lines.len() as i64 == PAGE {
                self.waiting.insert(run);
            }
            socket.send(&LiveMessage::Logs { flow_run_id: run, lines, cursor: *cursor }).await?;
        }
        self.looked = Instant::now();
        Ok(())
    }
}

async fn read(app: &AppState, run: FlowRunId, cursor: i64) -> store::Result<Vec<domain::logs::LogLine>> {
    let both = Sieve::default();
    let mut lines = logs::shown_after(&mut app.store.read().await?, run, both, cursor, 0, PAGE).await?;
    lines.iter_mut().for_each(|line| shorten(&mut line.message));
    Ok(lines)
}
