//! What the server is told beside everything else: events, manifests, pods. No run waits for it to arrive, and a server
//! that does not want to know is left alone.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::Worker;
use crate::backoff::persist;
use crate::error::Trouble;

/// Calls at once: thousands of runs may have something to say in the same moment.
const TURNS: usize = 4;
/// Bytes that may wait to be sent.
const ROOM: usize = 2 << 20;
/// What waits takes so much beside its text.
const COST: usize = 512;
/// How long somebody waits for room, while the server is behind; then what he has to say is dropped.
const PATIENCE: Duration = Duration::from_secs(10);

/// The way to the server.
pub(crate) struct Telling {
    room: Arc<Semaphore>,
    turns: Semaphore,
}

impl Default for Telling {
    fn default() -> Self {
        Telling { room: Arc::new(Semaphore::new(ROOM)), turns: Semaphore::new(TURNS) }
    }
}

/// Puts a call on its way.
pub(crate) async fn tell(worker: &Arc<Worker>, method: Method, path: String, said: impl Serialize) {
    if let Ok(body) = written(&said) {
        drop(said);
        tell_written(worker, method, path, body).await;
    }
}

/// Written down early: many may wait, and a text takes a fifth of what its tree does.
pub(crate) fn written(said: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut body = serde_json::to_vec(said)?;
    body.shrink_to_fit();
    Ok(body)
}

/// Puts a call with this body on its way.
pub(crate) async fn tell_written(worker: &Arc<Worker>, method: Method, path: String, body: Vec<u8>) {
    let cost = u32::try_from((body.len() + COST).min(ROOM)).unwrap_or(u32::MAX);
    let room = worker.telling.room.clone().acquire_many_owned(cost);
    let Ok(Ok(room)) = tokio::time::timeout(PATIENCE, room).await else {
        return tracing::warn!("the server is not told what belongs to {path}: it takes too long");
    };
    let teller = worker.clone();
    worker.tracker.spawn(async move {
        // An error means that the worker has ended.
        let _turn = teller.telling.turns.acquire().await;
        // In a box: those that wait are small.
        let sent = Box::pin(persist("tell the server what happened", &teller.abort, || async {
            teller.client.answer(method.clone(), &path, Some(body.clone())).await.map_err(Trouble::from)
        }));
        if let Err(trouble) = sent.await {
            tracing::debug!("the server does not keep what belongs to {path}: {trouble}");
        }
        drop(room);
    });
}
