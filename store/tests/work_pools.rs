//! Tables `work_pool`, `work_queue`, `worker` and `lease`.

use domain::filter::{AnyOps, PrefixOps};
use domain::state::StateType;
use domain::work_pools::{
    WorkPool, WorkPoolFilter, WorkPoolStatus, WorkQueue, WorkQueueFilter, WorkerFilter, WorkerStatus, WorkerStatusOps,
};
use domain::{Uuid, WorkPoolId};
use serde_json::json;
use store::{Tx, flow_runs, leases, work_pools, work_queues, workers};

use crate::both::{id, on_both};
use crate::runs::{flow, now, run};

/// A pool without limits.
pub fn pool(name: &str) -> WorkPool {
    serde_json::from_value(json!({
        "id": id::<WorkPoolId>(), "name": name, "type": "process", "base_job_template": {}, "status": "NOT_READY",
    }))
    .expect("a pool")
}

/// A queue of that place.
pub fn queue(name: &str, priority: i64) -> WorkQueue {
    serde_json::from_value(json!({ "id": id::<Uuid>(), "name": name, "priority": priority, "status": "NOT_READY" }))
        .expect("a queue")
}

/// A stored pool with a queue of each name, in that order.
pub async fn pool_with(tx: &mut Tx, name: &str, queues: &[&str]) -> (WorkPool, Vec<WorkQueue>) {
    let pool = pool(name);
    work_pools::insert(tx, &pool, now()).await.expect("stored");
    let mut stored = Vec::new();
    for (n, name) in queues.iter().enumerate() {
        let queue = queue(name, n as i64 + 1);
        work_queues::insert(tx, &queue, pool.id, now()).await.expect("stored");
        stored.push(queue);
    }
    (pool, stored)
}

#[tokio::test]
async fn pools_are_stored_found_and_changed() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let (a, _) = pool_with(&mut tx, "a", &[]).await;
        assert!(work_pools::insert(&mut tx, &a, now()).await.is_err_and(|error| error.is_conflict()));
        drop(tx);
        let mut tx = store.write().await.expect("a transaction");
        for name in ["b", "a"] {
            pool_with(&mut tx, name, &[]).await;
        }
        let mut b = work_pools::by_name(&mut tx, "b").await.expect("read").expect("it is there");
        b.concurrency_limit = Some(2);
        b.description = Some("for b".to_owned());
        b.base_job_template =
            serde_json::from_value(json!({ "variables": {}, "job_configuration": {} })).expect("a map");
        work_pools::save(&mut tx, &b, now().plus_seconds(1.0)).await.expect("saved");
        let found = work_pools::by_id(&mut tx, b.id).await.expect("read").expect("it is there");
        assert_eq!((found.active_slots, found.updated), (Some(0), Some(now().plus_seconds(1.0))));
        assert_eq!((found.description, found.base_job_template), (b.description, b.base_job_template));
        let names = async |tx: &mut Tx, filter: Option<&WorkPoolFilter>| -> Vec<String> {
            work_pools::filter(tx, filter, 200, 0).await.expect("pools").into_iter().map(|pool| pool.name).collect()
        };
        assert_eq!(names(&mut tx, None).await, ["a", "b"]);
        let ops = |name: &str| Some(AnyOps { any_: Some(vec![name.to_owned()]) });
        let only = WorkPoolFilter { name: ops("b"), ..WorkPoolFilter::default() };
        assert_eq!(names(&mut tx, Some(&only)).await, ["b"]);
        let none = WorkPoolFilter { kind: ops("kubernetes"), ..WorkPoolFilter::default() };
        assert_eq!(work_pools::count(&mut tx, Some(&none)).await.expect("a number"), 0);
        assert!(work_pools::delete(&mut tx, b.id).await.expect("deleted"));
        assert!(!work_pools::delete(&mut tx, b.id).await.expect("gone"));
    })
    .await;
}

#[tokio::test]
async fn a_pool_is_ready_while_a_worker_lives() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let (pool, _) = pool_with(&mut tx, "p", &[]).await;
        let at = |seconds: f64| now().plus_seconds(seconds);
        workers::heartbeat(&mut tx, id(), pool.id, "slow", Some(60), at(0.0)).await.expect("stored");
        workers::heartbeat(&mut tx, id(), pool.id, "quick", None, at(0.0)).await.expect("stored");
        workers::heartbeat(&mut tx, id(), pool.id, "quick", None, at(1.0)).await.expect("the same worker");
        assert!(work_pools::set_ready(&mut tx, pool.id, at(1.0)).await.expect("it waited"));
        assert!(!work_pools::set_ready(&mut tx, pool.id, at(1.0)).await.expect("it is ready"));
        let online = async |tx: &mut Tx, seconds: f64, status: WorkerStatus| -> Vec<String> {
            let status = WorkerStatusOps { any_: Some(vec![status]), not_any_: None };
            let filter = WorkerFilter { status: Some(status), ..WorkerFilter::default() };
            let query = workers::Query { filter: Some(&filter), beats: 3, interval: 30, limit: 10, offset: 0 };
            let found = workers::of_pool(tx, pool.id, &query, now().plus_seconds(seconds)).await.expect("workers");
            found.into_iter().map(|worker| worker.name).collect()
        };
        assert_eq!(online(&mut tx, 60.0, WorkerStatus::Online).await, ["quick", "slow"]);
        assert_eq!(online(&mut tx, 100.0, WorkerStatus::Online).await, ["slow"]);
        assert_eq!(online(&mut tx, 100.0, WorkerStatus::Offline).await, ["quick"]);
        assert_eq!(workers::set_offline(&mut tx, 3, 30, at(100.0)).await.expect("told").len(), 1);
        assert!(work_pools::set_not_ready(&mut tx, 3, 30, at(100.0)).await.expect("told").is_empty());
        assert_eq!(work_pools::set_not_ready(&mut tx, 3, 30, at(200.0)).await.expect("told"), [pool.id]);
        let found = work_pools::by_id(&mut tx, pool.id).await.expect("read").expect("it is there");
        assert_eq!(found.status, Some(WorkPoolStatus::NotReady));
        let counts = work_pools::counts(&mut tx, None, 3, 30, at(60.0)).await.expect("numbers");
        assert_eq!(counts[&pool.id].online_workers, 2);
        assert!(workers::delete(&mut tx, pool.id, "slow").await.expect("deleted"));
        assert!(!workers::delete(&mut tx, pool.id, "slow").await.expect("gone"));
    })
    .await;
}

#[tokio::test]
async fn queues_are_found_by_place_and_name() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let (pool, queues) = pool_with(&mut tx, "p", &["default", "quick"]).await;
        pool_with(&mut tx, "q", &["default"]).await;
        work_queues::set_priority(&mut tx, queues[0].id, 3, now()).await.expect("moved");
        let found = work_queues::of_pool(&mut tx, pool.id, None, 10, 0).await.expect("queues");
        assert_eq!(found.iter().map(|queue| queue.name.as_str()).collect::<Vec<_>>(), ["quick", "default"]);
        assert_eq!(work_queues::named(&mut tx, "default").await.expect("queues").len(), 2);
        let starts = PrefixOps { any_: None, startswith_: Some(vec!["QUI".to_owned()]) };
        let filter = WorkQueueFilter { name: Some(starts), ..WorkQueueFilter::default() };
        assert_eq!(work_queues::filter(&mut tx, Some(&filter), 10, 0).await.expect("queues").len(), 1);
        assert_eq!(work_queues::count(&mut tx, Some(&filter)).await.expect("a number"), 1);
        assert_eq!(work_queues::count(&mut tx, None).await.expect("a number"), 3);
        let mut quick = work_queues::by_name(&mut tx, "p", "quick").await.expect("read").expect("it is there");
        quick.name = "quicker".to_owned();
        quick.concurrency_limit = Some(1);
        work_queues::save(&mut tx, &quick, now()).await.expect("saved");
        let quick = work_queues::by_id(&mut tx, quick.id).await.expect("read").expect("it is there");
        assert_eq!((quick.work_pool_name.as_deref(), quick.active_slots), (Some("p"), Some(0)));
        assert_eq!(work_queues::set_polled(&mut tx, &[quick.id], now()).await.expect("told"), [quick.id]);
        assert!(work_queues::set_polled(&mut tx, &[quick.id], now()).await.expect("told").is_empty());
        let later = now().plus_seconds(1.0);
        assert_eq!(work_queues::set_not_ready(&mut tx, later, later).await.expect("told"), [quick.id]);
        assert_eq!(work_queues::pools_of(&mut tx, &[queues[0].id, quick.id]).await.expect("pools"), [pool.id]);
        let around = work_queues::surroundings(&mut tx, &[quick.id, id()]).await.expect("what exists");
        let around: Vec<_> =
            around.iter().map(|one| (one.id, one.name.as_str(), one.work_pool_name.as_str())).collect();
        assert_eq!(around, [(quick.id, "quicker", "p")]);
        assert!(work_queues::delete(&mut tx, quick.id).await.expect("deleted"));
        assert_eq!(work_queues::count_of_pool(&mut tx, pool.id).await.expect("a number"), 1);
    })
    .await;
}

#[tokio::test]
async fn due_runs_of_a_queue_come_in_order() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let (_, queues) = pool_with(&mut tx, "p", &["default", "other"]).await;
        let flow = flow(&mut tx, "f").await;
        for (name, minutes, queue) in [("second", 2.0, 0), ("first", 1.0, 0), ("late", -5.0, 1), ("far", 600.0, 0)] {
            let mut run = run(flow, name, StateType::Scheduled);
            run.next_scheduled_start_time = Some(now().plus_seconds(minutes * 60.0));
            run.work_queue_id = Some(queues[queue].id);
            flow_runs::insert(&mut tx, &run, now()).await.expect("stored");
        }
        let mut retrying = run(flow, "retrying", StateType::Scheduled);
        retrying.work_queue_id = Some(queues[0].id);
        retrying.empirical_policy.retry_type = Some(domain::flow_runs::RetryType::InProcess);
        flow_runs::insert(&mut tx, &retrying, now()).await.expect("stored");
        let due = async |tx: &mut Tx, before: f64, after: Option<f64>, limit: i64| -> Vec<String> {
            let before = Some(now().plus_seconds(before * 60.0));
            let after = after.map(|minutes| now().plus_seconds(minutes * 60.0));
            let ids = work_queues::due_runs(tx, queues[0].id, before, after, limit).await.expect("ids");
            let runs = flow_runs::by_ids(tx, &ids, now()).await.expect("runs");
            ids.iter().map(|id| runs.iter().find(|run| run.id == *id).expect("it is there").name.clone()).collect()
        };
        assert_eq!(due(&mut tx, 10.0, None, 10).await, ["first", "second"]);
        assert_eq!(due(&mut tx, 10.0, None, 1).await, ["first"]);
        assert_eq!(due(&mut tx, 10.0, Some(1.5), 10).await, ["second"]);
        assert_eq!(due(&mut tx, 1000.0, None, 10).await, ["first", "second", "far"]);
    })
    .await;
}

#[tokio::test]
async fn a_lease_has_one_holder_until_it_ends() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let (a, b) = (id::<Uuid>(), id::<Uuid>());
        let at = |seconds: f64| now().plus_seconds(seconds);
        let take = async |tx: &mut Tx, who: Uuid, seconds: f64| {
            leases::take(tx, "scheduler", who, at(seconds), at(seconds + 15.0)).await.expect("asked")
        };
        assert!(take(&mut tx, a, 0.0).await);
        assert!(!take(&mut tx, b, 5.0).await);
        assert!(take(&mut tx, a, 10.0).await, "renewed");
        assert!(!take(&mut tx, b, 24.0).await);
        assert!(take(&mut tx, b, 25.0).await, "expired");
        leases::release(&mut tx, "scheduler", a).await.expect("nothing to release");
        assert!(!take(&mut tx, a, 26.0).await);
        leases::release(&mut tx, "scheduler", b).await.expect("released");
        assert!(take(&mut tx, a, 27.0).await);
    })
    .await;
}
