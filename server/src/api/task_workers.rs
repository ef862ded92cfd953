//! `/api/task_runs/subscriptions/scheduled`, where task workers wait for background tasks, and
//! `/api/task_workers`, where it is told who waits.

use super::docs::Docs;
use schemars::JsonSchema;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use domain::live::Changed;
use domain::task_runs::TaskRun;
use domain::{Major, TaskRunId};
use serde::Deserialize;
use store::{deferred_task_runs, task_runs};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

use super::body::OptionalBody;
use super::caller::Caller;
use super::handshake;
use super::root::unknown_route;
use super::websocket::{End, Heard, NORMAL, Result, Socket};
use crate::app_state::AppState;
use crate::task_workers::{Stay, TaskWorker};

/// The close code with which Prefect ends a talk that does not go as agreed.
const OUT_OF_TURN: u16 = 4001;

/// How often to look when nobody has told of a change: another server may have made the run.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);

/// Runs that are looked at for one that nobody has.
const PAGE: i64 = 100;

/// With more runs marked as handed out than this, those that have begun are forgotten.
const MARKED: usize = 200;

/// Routes below `/api/task_workers`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/filter", post(filter))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("Task workers");
    docs.post("/task_workers/filter", "Who waits for background tasks (Prefect 3)")
        .may_take::<Question>()
        .gives::<Vec<TaskWorker>>(200);
}

#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
struct Question {
    task_worker_filter: Option<OfTasks>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
struct OfTasks {
    task_keys: Vec<String>,
}

async fn filter(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(asked): OptionalBody<Question>,
) -> super::error::Result {
    if caller.major == Major::V2 {
        return Err(unknown_route().await);
    }
    let keys = asked.task_worker_filter.map(|of| of.task_keys).unwrap_or_default();
    Ok(caller.ok(&app.task_workers.of(&keys)))
}

/// `GET /api/task_runs/subscriptions/scheduled`.
pub async fn open(State(app): State<AppState>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    handshake::open(upgrade, &headers, app, |app, socket| Box::pin(serve(app, socket)))
}

/// The frame with which a worker says what it runs.
#[derive(Deserialize)]
struct Subscribe {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    client_id: Option<String>,
}

async fn serve(app: &AppState, socket: &mut Socket) -> Result<()> {
    let out_of_turn = |text: &str| End::close(OUT_OF_TURN, text);
    let asked: Option<Subscribe> = serde_json::from_str(&socket.text().await?).ok();
    let asked = asked
        .filter(|asked| asked.kind == "subscribe")
        .ok_or_else(|| out_of_turn("Protocol violation: expected 'subscribe' message"))?;
    if asked.keys.is_empty() {
        return Err(out_of_turn("Protocol violation: expected 'keys' in subscribe message"));
    }
    let client =
        asked.client_id.filter(|id| !id.is_empty()).ok_or_else(|| out_of_turn("the frame has no client_id"))?;
    let mut changes = app.live.changes();
    let stay = app.task_workers.come(&client, &asked.keys, app.clock.now());
    loop {
        match next(app, &asked.keys).await.map_err(|error| End::failed(&error))? {
            Some(run) => hand_out(app, socket, &stay, &run).await?,
            None => wait(socket, &mut changes).await?,
        }
        stay.heard(app.clock.now());
    }
}

/// The next run that nobody has, marked as handed out.
async fn next(app: &AppState, keys: &[String]) -> store::Result<Option<TaskRun>> {
    let mut tx = app.store.read().await?;
    let marked = app.task_workers.handed_out();
    if marked.len() > MARKED {
        let waiting = deferred_task_runs::still_scheduled(&mut tx, &marked).await?;
        marked.iter().filter(|run| !waiting.contains(run)).for_each(|run| app.task_workers.give_back(*run));
    }
    for id in deferred_task_runs::waiting(&mut tx, keys, PAGE).await? {
        if !app.task_workers.take(id) {
            continue;
        }
        match task_runs::by_id(&mut tx, id, app.clock.now()).await {
            Ok(Some(run)) => return Ok(Some(run)),
            Ok(None) => app.task_workers.give_back(id),
            Err(error) => {
                app.task_workers.give_back(id);
                return Err(error);
            }
        }
    }
    Ok(None)
}

/// Sends the run; it is somebody else's if the worker does not confirm it.
async fn hand_out(app: &AppState, socket: &mut Socket, stay: &Stay, run: &TaskRun) -> Result<()> {
    let confirmed = confirm(socket, run).await;
    stay.heard(app.clock.now());
    if confirmed.is_err() {
        app.task_workers.give_back(run.id);
        tell_others(app, run.id);
    }
    confirmed
}

async fn confirm(socket: &mut Socket, run: &TaskRun) -> Result<()> {
    socket.send(run).await?;
    let answer: serde_json::Value = serde_json::from_str(&socket.text().await?).unwrap_or_default();
    match answer.get("type").and_then(serde_json::Value::as_str) {
        Some("ack") => Ok(()),
        Some("quit") => Err(End::close(NORMAL, "")),
        _ => Err(End::close(OUT_OF_TURN, "a frame of type ack must follow a run")),
    }
}

/// Other workers look again.
fn tell_others(app: &AppState, run: TaskRunId) {
    app.live.changed(Changed::TaskRun, run);
}

/// Ends when there may be a new run.
async fn wait(socket: &mut Socket, changes: &mut Receiver<domain::live::Change>) -> Result<()> {
    loop {
        tokio::select! {
            heard = socket.next() => match heard? {
                Heard::Close => return Err(End::Gone),
                Heard::Text(_) | Heard::Ping => {}
            },
            change = changes.recv() => match change {
                Ok(change) if change.what != Changed::TaskRun => {}
                Ok(_) | Err(RecvError::Lagged(_)) => {
                    // One look is for all that has changed.
                    *changes = changes.resubscribe();
                    return Ok(());
                }
                Err(RecvError::Closed) => return Err(End::Gone),
            },
            () = sleep(LOOK_ANYWAY) => return Ok(()),
        }
    }
}
