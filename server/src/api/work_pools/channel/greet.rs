//! A worker's first words: the pool is made when it is missing, and the worker counts as online.

use domain::flows::is_legal_name;
use domain::job_template::refusal;
use domain::work_pools::{WorkPoolUpdate, WorkQueue};
use domain::worker_channel::{REQUIRED, Ready, ResolvedQueue, VERSION};
use store::work_queues;

use super::*;
use crate::orchestration::refusal::Decided;

/// The queues of a pool that are looked through when the worker names none.
const ALL_QUEUES: i64 = 1000;

/// The answer to the hello; everything that it writes is committed.
pub async fn greet(app: &AppState, name: &str, hello: &Hello) -> Result<Ready> {
    if !hello.supported_channel_versions.iter().any(|version| version == VERSION) {
        return Err(End::close(POLICY_VIOLATION, "unsupported_version"));
    }
    let pool = resolve(app, name, hello).await?;
    let queues = queues(app, &pool, &hello.work_queue_names).await?;
    beat(app, pool.id, &hello.worker_name, Some(hello.heartbeat_interval_seconds))
        .await
        .map_err(|_| End::close(SERVER_ERROR, "heartbeat_persistence_failed"))?;
    let now_ready = async || work_pools::by_id(&mut app.store.read().await?, pool.id).await;
    let work_pool = now_ready().await.map_err(|error| transient(&error))?.ok_or_else(unauthorized)?;
    let mut rejected = Vec::new();
    for capability in &hello.requested_capabilities {
        if !REQUIRED.contains(&capability.as_str()) && !rejected.contains(capability) {
            rejected.push(capability.clone());
        }
    }
    Ok(Ready {
        consumer_id: hello.consumer_id,
        worker_id: None,
        selected_channel_version: VERSION,
        effective_heartbeat_interval_seconds: hello.heartbeat_interval_seconds,
        accepted_capabilities: REQUIRED.to_vec(),
        rejected_capabilities: rejected,
        effective_max_cleanup_concurrency: 0,
        resolved_work_queues: queues
            .into_iter()
            .map(|queue| ResolvedQueue { id: queue.id, name: queue.name })
            .collect(),
        initial_snapshot: Snapshot { snapshot_sequence: 1, reason: "initial", work_pool },
    })
}

/// The pool of that name, with the worker's template if it had none.
async fn resolve(app: &AppState, name: &str, hello: &Hello) -> Result<WorkPool> {
    let decided = async {
        let now = app.clock.now();
        let mut tx = app.store.write().await?;
        let mut after = AfterCommit::default();
        let template = &hello.default_base_job_template;
        let (pool, is_changed) = match work_pools::by_name(&mut tx, name).await? {
            None if hello.create_pool_if_not_found => {
                check(name, template)?;
                let new = WorkPoolCreate {
                    name: name.to_owned(),
                    description: None,
                    kind: hello.worker_type.clone(),
                    base_job_template: template.clone(),
                    is_paused: false,
                    concurrency_limit: None,
                    storage_configuration: None,
                };
                (decide::create(&mut tx, new, now, &mut after).await?, true)
            }
            None => return Err(Refusal::no_work_pool(name)),
            Some(pool) if pool.base_job_template.is_empty() && !template.is_empty() => {
                check(name, template)?;
                decide::check_defaults(&mut tx, template).await?;
                let update =
                    WorkPoolUpdate { base_job_template: Patch::Value(template.clone()), ..WorkPoolUpdate::default() };
                (decide::update(&mut tx, name, update, &app.policy.foreman, now, &mut after).await?, true)
            }
            Some(pool) => (pool, false),
        };
        tx.commit().await?;
        if is_changed {
            after.changed(Changed::WorkPool, pool.id);
        }
        after.tell(&app.live);
        Ok(pool)
    };
    decided.await.map_err(|refusal| match refusal {
        Refusal::Store(error) => transient(&error),
        Refusal::Reserved(_) | Refusal::NotFound(_) => unauthorized(),
        _ => protocol_error(),
    })
}

/// What `POST` and `PATCH` refuse is refused here as well.
fn check(name: &str, template: &Map<String, Value>) -> Decided<()> {
    match refusal(template) {
        _ if !is_legal_name(name) => Err(Refusal::Invalid(format!("{name:?} is no name of a work pool."))),
        Some(sentence) => Err(Refusal::Invalid(sentence)),
        None => Ok(()),
    }
}

/// The named queues of the pool, or all.
async fn queues(app: &AppState, pool: &WorkPool, names: &[String]) -> Result<Vec<WorkQueue>> {
    let found = async {
        let mut tx = app.store.read().await?;
        if names.is_empty() {
            return work_queues::of_pool(&mut tx, pool.id, None, ALL_QUEUES, 0).await.map(Some);
        }
        let mut queues: Vec<WorkQueue> = Vec::new();
        for name in names {
            match work_queues::by_name(&mut tx, &pool.name, name).await? {
                None => return Ok(None),
                Some(queue) if queues.iter().any(|had| had.id == queue.id) => {}
                Some(queue) => queues.push(queue),
            }
        }
        Ok(Some(queues))
    };
    found.await.map_err(|error: store::StoreError| transient(&error))?.ok_or_else(unauthorized)
}
