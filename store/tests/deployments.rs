//! Tables `deployment` and `deployment_schedule`.

use domain::deployments::{Deployment, DeploymentFilter, DeploymentSchedule, DeploymentSort, DeploymentStatus};
use domain::filter::{AnyOps, BoolOps, Filters, LikeOps, Page, TagOps};
use domain::flow_runs::FlowRun;
use domain::state::StateType;
use domain::work_pools::WorkPoolFilter;
use domain::{DeploymentId, FlowId, ScheduleId, Timestamp};
use serde_json::json;
use store::deployment_schedules::{self, Progress};
use store::deployments::{self, Planned};
use store::{Tx, flow_runs, work_queues};

use crate::both::{id, on_both};
use crate::runs::{flow, now, run};
use crate::work_pools::pool_with;

/// A deployment of the flow.
fn deployment(flow: FlowId, name: &str) -> Deployment {
    serde_json::from_value(json!({ "id": id::<DeploymentId>(), "flow_id": flow, "name": name })).expect("a deployment")
}

fn schedule(cron: &str, slug: Option<&str>) -> DeploymentSchedule {
    let schedule = json!({ "cron": cron, "timezone": "UTC", "day_or": true });
    serde_json::from_value(json!({ "id": id::<ScheduleId>(), "schedule": schedule, "slug": slug })).expect("a schedule")
}

/// A stored deployment with schedules.
async fn stored(tx: &mut Tx, flow: FlowId, name: &str, schedules: &[DeploymentSchedule]) -> Deployment {
    let deployment = deployment(flow, name);
    deployments::insert(tx, &deployment, None, now()).await.expect("stored");
    deployment_schedules::insert(tx, deployment.id, schedules, now()).await.expect("stored");
    deployment
}

#[tokio::test]
async fn deployments_are_stored_found_and_changed() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let flow = flow(&mut tx, "etl").await;
        let (_, queues) = pool_with(&mut tx, "pool", &["default"]).await;
        let mut first =
            stored(&mut tx, flow, "first", &[schedule("0 1 * * *", None), schedule("0 2 * * *", None)]).await;
        stored(&mut tx, flow, "second", &[]).await;
        let found = deployments::by_name(&mut tx, "etl", "first").await.expect("read").expect("it is there");
        assert_eq!((found.id, found.schedules.len()), (first.id, 2));
        assert_eq!(found.schedule, Some(schedule("0 2 * * *", None).schedule), "the last one made comes first");
        first.work_queue_id = Some(queues[0].id);
        first.tags = vec!["a".to_owned(), "b".to_owned()];
        first.paused = true;
        first.job_variables = serde_json::from_value(json!({ "image": "x" })).expect("a map");
        deployments::save(&mut tx, &first, None, now()).await.expect("saved");
        let found = deployments::by_id_locked(&mut tx, first.id).await.expect("read").expect("it is there");
        assert_eq!(
            (found.work_pool_name.as_deref(), found.work_queue_name.as_deref()),
            (Some("pool"), Some("default"))
        );
        assert_eq!((found.tags, found.paused, found.infra_overrides), (first.tags, true, first.job_variables));
        let names = async |tx: &mut Tx, filters: Filters| -> Vec<String> {
            let page = Page { filters, sort: Some(DeploymentSort::NameDesc), ..Page::default() };
            let found = deployments::filter(tx, &page, 200, 0).await.expect("deployments");
            assert_eq!(deployments::count(tx, &page.filters).await.expect("a number"), found.len() as i64);
            found.into_iter().map(|found| found.name).collect()
        };
        let one = |filter: DeploymentFilter| Filters { deployments: Some(filter), ..Filters::default() };
        assert_eq!(names(&mut tx, Filters::default()).await, ["second", "first"]);
        let tags = TagOps { all_: Some(vec!["b".to_owned()]), ..TagOps::default() };
        assert_eq!(names(&mut tx, one(DeploymentFilter { tags: Some(tags), ..Default::default() })).await, ["first"]);
        let paused = BoolOps { eq_: Some(false) };
        assert_eq!(
            names(&mut tx, one(DeploymentFilter { paused: Some(paused), ..Default::default() })).await,
            ["second"]
        );
        let like = |part: &str| Some(LikeOps { like_: Some(part.to_owned()) });
        let any = DeploymentFilter { flow_or_deployment_name: like("ET"), ..Default::default() };
        assert_eq!(names(&mut tx, one(any)).await, ["second", "first"]);
        let pool = WorkPoolFilter { name: Some(AnyOps { any_: Some(vec!["pool".to_owned()]) }), ..Default::default() };
        assert_eq!(names(&mut tx, Filters { work_pools: Some(pool), ..Filters::default() }).await, ["first"]);
        assert_eq!(deployments::delete(&mut tx, &[first.id]).await.expect("deleted"), [first.id]);
        assert_eq!(names(&mut tx, Filters::default()).await, ["second"]);
    })
    .await;
}

#[tokio::test]
async fn a_limit_of_its_own_is_made_changed_and_deleted() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let flow = flow(&mut tx, "etl").await;
        let made = stored(&mut tx, flow, "d", &[]).await;
        let limit = async |tx: &mut Tx| {
            let found = deployments::by_id(tx, made.id).await.expect("read").expect("it is there");
            (found.global_concurrency_limit.as_ref().map(|limit| limit["limit"].clone()), found)
        };
        deployments::set_limit(&mut tx, &made, 2, id(), now()).await.expect("made");
        let (slots, found) = limit(&mut tx).await;
        assert_eq!(slots, Some(json!(2)));
        deployments::set_limit(&mut tx, &found, 3, id(), now()).await.expect("changed");
        assert_eq!(limit(&mut tx).await.0, Some(json!(3)));
        let held = found.global_concurrency_limit.and_then(|limit| limit["id"].as_str()?.parse().ok()).expect("an id");
        assert!(deployments::limit_exists(&mut tx, held).await.expect("asked"));
        deployments::delete_limit_of(&mut tx, &[made.id]).await.expect("deleted");
        assert_eq!(limit(&mut tx).await.0, None);
        assert!(!deployments::limit_exists(&mut tx, held).await.expect("asked"));
    })
    .await;
}

fn planned(deployment: &Deployment, name: &str, minutes: f64) -> FlowRun {
    let mut run = run(deployment.flow_id, name, StateType::Scheduled);
    run.deployment_id = Some(deployment.id);
    run.auto_scheduled = true;
    run.next_scheduled_start_time = Some(now().plus_seconds(minutes * 60.0));
    run
}

#[tokio::test]
async fn only_what_nobody_has_begun_is_taken_back() {
    on_both(async |store| {
        for (which, left) in [
            (Planned::AutomaticFrom(now()), vec!["begun", "by hand", "late", "tried", "waiting"]),
            (Planned::Automatic, vec!["begun", "by hand", "tried", "waiting"]),
            (Planned::All, vec!["begun", "tried", "waiting"]),
        ] {
            let mut tx = store.write().await.expect("a transaction");
            let flow = flow(&mut tx, "etl").await;
            let made = stored(&mut tx, flow, "d", &[]).await;
            let mut by_hand = planned(&made, "by hand", 5.0);
            by_hand.auto_scheduled = false;
            let mut tried = planned(&made, "tried", 5.0);
            tried.run_count = 1;
            let mut waiting = planned(&made, "waiting", 5.0);
            waiting.state_name = Some("AwaitingConcurrencySlot".to_owned());
            if let Some(state) = &mut waiting.state {
                state.name = "AwaitingConcurrencySlot".to_owned();
            }
            let mut begun = run(flow, "begun", StateType::Running);
            begun.deployment_id = Some(made.id);
            let runs = [planned(&made, "late", -1.0), planned(&made, "due", 0.0), planned(&made, "soon", 5.0)];
            for run in runs.iter().chain([&by_hand, &tried, &waiting, &begun]) {
                flow_runs::insert(&mut tx, run, now()).await.expect("stored");
            }
            let taken = deployments::delete_planned(&mut tx, &[made.id], which).await.expect("deleted");
            assert_eq!(taken as usize, 7 - left.len(), "{which:?}");
            let of = store::sql("flow_run.deployment_id = ?").bind(made.id);
            let rest = flow_runs::where_(&mut tx, of, "flow_run.name", 10, now()).await.expect("runs");
            assert_eq!(rest.iter().map(|run| run.name.as_str()).collect::<Vec<_>>(), left, "{which:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_newest_runs_of_each_deployment_are_read_at_once() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let flow = flow(&mut tx, "etl").await;
        let (a, b) = (stored(&mut tx, flow, "a", &[]).await, stored(&mut tx, flow, "b", &[]).await);
        for (deployment, n) in [(&a, 3), (&b, 1)] {
            for minute in 0..n {
                let mut done = run(flow, &format!("{}{minute}", deployment.name), StateType::Completed);
                done.deployment_id = Some(deployment.id);
                done.start_time = Some(now().plus_seconds(f64::from(minute) * 60.0));
                flow_runs::insert(&mut tx, &done, now()).await.expect("stored");
            }
            flow_runs::insert(&mut tx, &planned(deployment, "planned", 600.0), now()).await.expect("stored");
            flow_runs::insert(&mut tx, &planned(deployment, "planned", 60.0), now()).await.expect("stored");
        }
        let last = deployments::last_runs(&mut tx, &[a.id, b.id], 2, now()).await.expect("runs");
        let names = |deployment: &Deployment| -> Vec<&str> {
            last[&deployment.id].iter().map(|run| run.name.as_str()).collect()
        };
        assert_eq!((names(&a), names(&b)), (vec!["a2", "a1"], vec!["b0"]));
        let next = deployments::next_runs(&mut tx, &[a.id, b.id]).await.expect("times");
        assert_eq!(next[&a.id], now().plus_seconds(3600.0));
        assert_eq!(deployments::flow_names(&mut tx, &[flow]).await.expect("names")[&flow], "etl");
    })
    .await;
}

#[tokio::test]
async fn a_deployment_is_ready_while_somebody_polls() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let flow = flow(&mut tx, "etl").await;
        let (_, queues) = pool_with(&mut tx, "pool", &["default"]).await;
        let mut pooled = deployment(flow, "pooled");
        pooled.work_queue_id = Some(queues[0].id);
        deployments::insert(&mut tx, &pooled, None, now()).await.expect("stored");
        let served = stored(&mut tx, flow, "served", &[]).await;
        for (deployment, queue, pool) in [(&pooled, Some("default"), Some("pool")), (&served, None, None)] {
            let around = deployments::surroundings(&mut tx, &[deployment.id, id()]).await.expect("what exists");
            let found = (&around[0].name, around[0].flow_name.as_str(), around.len());
            assert_eq!(found, (&deployment.name, "etl", 1));
            assert_eq!(around[0].work_queue.as_ref().map(|(_, name)| name.as_str()), queue);
            assert_eq!(around[0].work_pool.as_ref().map(|(_, name, _)| name.as_str()), pool);
        }
        let at = |seconds: f64| now().plus_seconds(seconds);
        let status = async |tx: &mut Tx, deployment: &Deployment| {
            let found = deployments::by_id(tx, deployment.id).await.expect("read").expect("it is there");
            (found.status, found.last_polled)
        };
        let ready = deployments::set_ready_of_queues(&mut tx, &[queues[0].id], at(1.0)).await.expect("told");
        assert_eq!(ready, [pooled.id]);
        assert!(deployments::set_ready_of_queues(&mut tx, &[queues[0].id], at(2.0)).await.expect("told").is_empty());
        for woken in [vec![served.id], Vec::new()] {
            assert_eq!(deployments::set_polled(&mut tx, &[served.id], at(3.0)).await.expect("told"), woken);
        }
        work_queues::set_polled(&mut tx, &[queues[0].id], at(50.0)).await.expect("told");
        assert_eq!(status(&mut tx, &pooled).await, (Some(DeploymentStatus::Ready), Some(at(50.0))));
        assert_eq!(deployments::set_not_ready(&mut tx, at(10.0)).await.expect("told"), [served.id]);
        assert_eq!(deployments::set_not_ready(&mut tx, at(51.0)).await.expect("told"), [pooled.id]);
    })
    .await;
}

#[tokio::test]
async fn schedules_are_planned_once_until_they_are_due_again() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let flow = flow(&mut tx, "etl").await;
        let two = [schedule("0 1 * * *", Some("one")), schedule("0 2 * * *", Some("two"))];
        let made = stored(&mut tx, flow, "d", &two).await;
        let mut off = schedule("0 3 * * *", None);
        off.active = false;
        stored(&mut tx, flow, "off", &[off]).await;
        let paused = stored(&mut tx, flow, "paused", &[schedule("0 4 * * *", None)]).await;
        deployments::set_paused(&mut tx, paused.id, true, now()).await.expect("paused");
        let due = async |tx: &mut Tx, at: Timestamp| -> Vec<ScheduleId> {
            deployment_schedules::to_plan(tx, at, 10)
                .await
                .expect("plans")
                .into_iter()
                .map(|plan| plan.schedule.id)
                .collect()
        };
        assert_eq!(due(&mut tx, now()).await, [two[0].id, two[1].id]);
        let again = now().plus_seconds(60.0);
        let progress = Progress { schedule_id: two[0].id, planned_through: Some(again), plan_again: again };
        deployment_schedules::save_progress(&mut tx, &[progress]).await.expect("saved");
        assert_eq!(due(&mut tx, now()).await, [two[1].id]);
        let plans = deployment_schedules::to_plan(&mut tx, again, 10).await.expect("plans");
        assert_eq!(plans.iter().map(|plan| plan.planned_through).collect::<Vec<_>>(), [Some(again), None]);
        deployment_schedules::forget_plans(&mut tx, made.id).await.expect("forgotten");
        assert_eq!(due(&mut tx, now()).await.len(), 2);
        deployment_schedules::set_active(&mut tx, made.id, false, now()).await.expect("off");
        assert!(due(&mut tx, again).await.is_empty());
        deployment_schedules::clear_slugs(&mut tx, &[two[0].id, two[1].id]).await.expect("cleared");
        let mut swapped = two[0].clone();
        swapped.slug = Some("two".to_owned());
        deployment_schedules::save(&mut tx, &swapped, now()).await.expect("renamed");
        assert!(deployment_schedules::delete(&mut tx, made.id, two[1].id).await.expect("deleted"));
        assert!(!deployment_schedules::delete(&mut tx, paused.id, two[0].id).await.expect("not its own"));
        deployment_schedules::delete_all(&mut tx, made.id).await.expect("deleted");
        assert!(deployments::by_id(&mut tx, made.id).await.expect("read").expect("it is there").schedules.is_empty());
    })
    .await;
}
