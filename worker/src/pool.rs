//! The work pool: found or made at the start, kept fresh, told that the worker lives.

use std::sync::Arc;
use std::time::{Duration, Instant};

use client::Client;
use domain::default_templates::{POOL_TYPES, default_base_job_template};
use domain::id::WorkPoolId;
use domain::work_pools::{WorkPool, WorkPoolCreate, WorkPoolUpdate, WorkerHeartbeat};
use domain::{Major, Patch};
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::Worker;
use crate::backoff::persist;
use crate::error::{Trouble, WorkerError};
use crate::kubernetes::own_namespace;
use crate::settings::Settings;

/// How old a copy of the pool may be when a run is rendered: an edited template counts at once, and
/// hundreds of runs of one second ask once.
const FRESH: Duration = Duration::from_secs(1);

/// What does not change about the pool, and the latest copy of what does.
pub(crate) struct Pool {
    pub(crate) id: WorkPoolId,
    pub(crate) name: String,
    /// `process` or `kubernetes`.
    pub(crate) kind: String,
    copy: Mutex<(Instant, Arc<WorkPool>)>,
}

impl Pool {
    /// Finds the pool or, when allowed, makes it; waits as long as the server is not there. `None` when
    /// `cancel` fired meanwhile.
    pub(crate) async fn open(
        settings: &Settings,
        client: &Client,
        cancel: &CancellationToken,
    ) -> Result<Option<Pool>, WorkerError> {
        let found = tokio::select! {
            found = persist("open the work pool", cancel, || find_or_make(settings, client)) => found,
            () = cancel.cancelled() => return Ok(None),
        };
        match found {
            Ok(pool) => pool.map(Pool::new).map(Some),
            Err(trouble) => Err(WorkerError::Refused { pool: settings.pool.clone(), reason: trouble.to_string() }),
        }
    }

    fn new(pool: WorkPool) -> Self {
        let (id, name, kind) = (pool.id, pool.name.clone(), pool.kind.clone());
        Pool { id, name, kind, copy: Mutex::new((Instant::now(), Arc::new(pool))) }
    }

    /// The pool as it is now, at most a second old; the last known copy while the server is away.
    pub(crate) async fn fresh(&self, client: &Client) -> Arc<WorkPool> {
        let mut copy = self.copy.lock().await;
        if copy.0.elapsed() >= FRESH {
            match client::work_pools::read(client, &self.name).await {
                Ok(Some(pool)) => *copy = (Instant::now(), Arc::new(pool)),
                Ok(None) => tracing::warn!("work pool {:?} is gone; its last known template is used", self.name),
                Err(error) => tracing::warn!("cannot read work pool {:?} anew: {error}", self.name),
            }
        }
        copy.1.clone()
    }
}

/// One look: the pool, with a template in it, or why there can be none.
async fn find_or_make(settings: &Settings, client: &Client) -> Result<Result<WorkPool, WorkerError>, Trouble> {
    let Some(pool) = client::work_pools::read(client, &settings.pool).await? else {
        return make(settings, client).await;
    };
    if let Err(unfit) = fits(settings, &pool) {
        return Ok(Err(unfit));
    }
    if !pool.base_job_template.is_empty() {
        return Ok(Ok(pool));
    }
    let template = default_base_job_template(&pool.kind, Major::V3).unwrap_or_default();
    let update = WorkPoolUpdate { base_job_template: Patch::Value(template), ..WorkPoolUpdate::default() };
    client::work_pools::update(client, &pool.name, &update).await?;
    Err(Trouble::Retry("its template has just been filled".to_owned()))
}

fn fits(settings: &Settings, pool: &WorkPool) -> Result<(), WorkerError> {
    let (pool, kind) = (pool.name.clone(), pool.kind.clone());
    match &settings.pool_type {
        Some(asked) if *asked != kind => Err(WorkerError::WrongType { pool, actual: kind, asked: asked.clone() }),
        _ if !POOL_TYPES.contains(&kind.as_str()) => Err(WorkerError::UnknownType { pool, kind }),
        _ => Ok(()),
    }
}

async fn make(settings: &Settings, client: &Client) -> Result<Result<WorkPool, WorkerError>, Trouble> {
    let name = settings.pool.clone();
    if !settings.create_pool_if_not_found {
        return Ok(Err(WorkerError::NoPool(name)));
    }
    let Some(kind) = settings.pool_type.clone() else { return Ok(Err(WorkerError::TypeNeeded(name))) };
    let base_job_template: Map<String, Value> = match &settings.base_job_template {
        None => match template_of(&kind, settings).await {
            Some(template) => template,
            None => return Ok(Err(WorkerError::UnknownType { pool: name, kind })),
        },
        Some(Value::Object(template)) => template.clone(),
        Some(_) => return Ok(Err(WorkerError::BadTemplate)),
    };
    let pool = WorkPoolCreate {
        name,
        description: None,
        kind,
        base_job_template,
        is_paused: false,
        concurrency_limit: None,
        storage_configuration: None,
    };
    match client::work_pools::create(client, &pool).await {
        Ok(pool) => {
            tracing::info!("created work pool {:?} of type {}", pool.name, pool.kind);
            Ok(fits(settings, &pool).map(|()| pool))
        }
        Err(error) if error.status() == Some(409) => Err(Trouble::Retry("somebody else is making it".to_owned())),
        Err(error) => Err(error.into()),
    }
}

/// The template of a new pool. Jobs go to the worker's own namespace unless somebody says otherwise: in Prefect's
/// `default` a worker with one namespace's Role may do nothing.
async fn template_of(kind: &str, settings: &Settings) -> Option<Map<String, Value>> {
    let mut template = default_base_job_template(kind, Major::V3)?;
    let place =
        template.get_mut("variables").and_then(|variables| variables.pointer_mut("/properties/namespace/default"));
    if let Some(place) = place
        && let Some(own) = own_namespace(&settings.kubernetes).await
    {
        *place = own.into();
    }
    Some(template)
}

/// Says every few seconds that the worker lives, until `done` fires. Makes the pool anew when it has
/// been deleted and the worker may create it.
pub(crate) async fn heartbeat(worker: Arc<Worker>, done: CancellationToken) -> Result<(), WorkerError> {
    let beat = WorkerHeartbeat {
        name: worker.name.clone(),
        heartbeat_interval_seconds: Some(worker.settings.heartbeat().as_secs_f64()),
    };
    loop {
        let told = persist("send a heartbeat", &done, || async {
            match client::work_pools::heartbeat(&worker.client, &worker.pool.name, &beat).await {
                Err(error) if error.status() == Some(404) => {
                    // A pool of another type under the old name is left alone, and said aloud.
                    if let Err(unfit) = find_or_make(&worker.settings, &worker.client).await? {
                        return Err(Trouble::GiveUp(unfit.to_string()));
                    }
                    Err(Trouble::Retry("the work pool had been deleted".to_owned()))
                }
                told => told.map_err(Trouble::from),
            }
        });
        if let Err(Trouble::GiveUp(reason)) = told.await {
            tracing::warn!("the server does not take this worker's heartbeat: {reason}");
        }
        tokio::select! {
            () = tokio::time::sleep(worker.settings.heartbeat()) => {}
            () = done.cancelled() => return Ok(()),
        }
    }
}
