//! `/api/work_pools/{name}/workers/connect`: the socket on which a worker of Prefect 3.8 shows that it is
//! alive and hears how its pool changes. Work is fetched by ordinary requests.
//!
//! The reasons of our closes are words that workers go by: some make them come again, others do not.

mod greet;

use std::time::Duration;

use axum::extract::ws::WebSocketUpgrade;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::worker_channel::{CleanupResult, Frame, FromWorker, Hello, Snapshot, ToWorker};
use domain::{Timestamp, Uuid};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

use super::*;
use crate::api::handshake;
use crate::api::websocket::{End, Heard, POLICY_VIOLATION, PROTOCOL_ERROR, Result, SERVER_ERROR, Socket};

/// Changes that follow each other this closely are told in one snapshot.
const GATHER: Duration = Duration::from_millis(50);

/// `GET /api/work_pools/{name}/workers/connect`.
pub async fn open(
    State(app): State<AppState>,
    Path(pool): Path<String>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    handshake::open_to_workers(upgrade, &headers, app, move |app, socket| {
        Box::pin(async move { serve(app, socket, &pool).await })
    })
}

async fn serve(app: &AppState, socket: &mut Socket, pool: &str) -> Result<()> {
    let hello = match read(&socket.text().await?)? {
        FromWorker::Hello { payload, .. } if payload.is_sound() => payload,
        _ => return Err(protocol_error()),
    };
    // What changes while we greet is told afterwards.
    let mut changes = app.live.changes();
    let ready = greet::greet(app, pool, &hello).await?;
    let pool = &ready.initial_snapshot.work_pool;
    let mut channel = Channel { app, hello: &hello, pool: pool.id, told: pool.updated, sequence: 1 };
    channel.say(socket, Frame::Ready(Box::new(ready))).await?;
    loop {
        tokio::select! {
            heard = socket.next() => match heard? {
                Heard::Text(text) => channel.hear(socket, read(&text)?).await?,
                Heard::Ping => {}
                Heard::Close => return Err(End::Gone),
            },
            change = changes.recv() => match change {
                Ok(change) if change.what != Changed::WorkPool || change.id != channel.pool.0 => {}
                Ok(_) | Err(RecvError::Lagged(_)) => {
                    sleep(GATHER).await;
                    changes = changes.resubscribe();
                    channel.tell(socket, "work_pool_updated").await?;
                }
                Err(RecvError::Closed) => return Err(End::Gone),
            },
        }
    }
}

fn read(text: &str) -> Result<FromWorker> {
    serde_json::from_str(text).map_err(|_| protocol_error())
}

/// The worker does not come again: what it said cannot be understood.
fn protocol_error() -> End {
    End::close(PROTOCOL_ERROR, "protocol_error")
}

/// Nor does it after this: the pool or the queue is not there.
fn unauthorized() -> End {
    End::close(POLICY_VIOLATION, "authorization_failed")
}

/// After this it does.
fn transient(error: &(dyn std::error::Error + 'static)) -> End {
    tracing::error!(error = %crate::api::error::causes(error), "a worker's channel ends");
    End::close(SERVER_ERROR, "transient_server_error")
}

/// An open channel.
struct Channel<'a> {
    app: &'a AppState,
    hello: &'a Hello,
    pool: WorkPoolId,
    /// When the pool had changed last when it was told last.
    told: Option<Timestamp>,
    sequence: i64,
}

impl Channel<'_> {
    async fn say(&self, socket: &mut Socket, frame: Frame) -> Result<()> {
        socket.send(&ToWorker { id: new_id(), sent_at: self.app.clock.now(), frame }).await
    }

    async fn hear(&mut self, socket: &mut Socket, frame: FromWorker) -> Result<()> {
        match frame {
            FromWorker::Hello { .. } => Err(protocol_error()),
            FromWorker::Heartbeat { payload, .. } => {
                let is_from_it = payload.consumer_id == self.hello.consumer_id;
                if !is_from_it || payload.worker_name != self.hello.worker_name {
                    return Err(protocol_error());
                }
                self.beat(payload.heartbeat_interval_seconds).await?;
                // Another server on the same database may have changed the pool.
                self.tell(socket, "heartbeat_reconciliation").await
            }
            FromWorker::CleanupAck { id, payload, .. } => self.decline(socket, id, payload.message_id, "ack").await,
            FromWorker::CleanupRelease { id, payload, .. } => {
                self.decline(socket, id, payload.message_id, "release").await
            }
            FromWorker::CleanupRenew { id, payload, .. } => self.decline(socket, id, payload.message_id, "renew").await,
        }
    }

    async fn beat(&self, interval: i64) -> Result<()> {
        let beaten = beat(self.app, self.pool, &self.hello.worker_name, Some(interval)).await;
        beaten.map_err(|error| {
            tracing::error!(error = %crate::api::error::causes(&error), "a worker's heartbeat is not stored");
            End::close(SERVER_ERROR, "heartbeat_persistence_failed")
        })
    }

    /// Tells of the pool if it has changed since it was told last.
    async fn tell(&mut self, socket: &mut Socket, reason: &'static str) -> Result<()> {
        let work_pool = self.read_pool().await.map_err(|error| transient(&error))?.ok_or_else(unauthorized)?;
        if work_pool.updated == self.told {
            return Ok(());
        }
        self.told = work_pool.updated;
        self.sequence += 1;
        let snapshot = Snapshot { snapshot_sequence: self.sequence, reason, work_pool };
        self.say(socket, Frame::Snapshot(Box::new(snapshot))).await
    }

    async fn read_pool(&self) -> store::Result<Option<WorkPool>> {
        work_pools::by_id(&mut self.app.store.read().await?, self.pool).await
    }

    /// Nothing was handed out, so there is nothing to give back.
    async fn decline(&self, socket: &mut Socket, of: Uuid, message_id: Uuid, operation: &'static str) -> Result<()> {
        let result = CleanupResult {
            request_frame_id: of,
            message_id,
            operation,
            status: "unauthorized",
            lease_expires_at: None,
            reason: Some("cleanup_delivery_not_accepted"),
            detail: None,
        };
        self.say(socket, Frame::CleanupResult(result)).await
    }
}
