//! Tables `flow_run`, `flow_run_state` and `flow_run_input`.

mod around;
mod filters;

use domain::Moment;
use domain::filter::Filters;
use domain::flow_runs::{CreatedBy, FlowRun, RetryType};
use domain::state::StateType::*;
use serde_json::json;
use store::flow_runs::{NewFlowRun, Slot};
use store::{flow_run_states, flow_runs, task_runs};

use crate::both::{id, on_both};
use crate::runs::{enter, insert, new_flow, now, run, state, task};

#[tokio::test]
async fn a_run_is_read_back_as_it_was_stored() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let mut stored = run(flow, "brave-otter", Scheduled);
        stored.parameters = json!({ "b": 1, "a": [null, "ü"] }).as_object().expect("a map").clone();
        stored.tags = vec!["x".to_owned(), "y".to_owned()];
        stored.labels = json!({ "k": true }).as_object().expect("a map").clone();
        stored.empirical_policy.retries = Some(3);
        stored.empirical_policy.retry_type = Some(RetryType::InProcess);
        stored.idempotency_key = Some("key".to_owned());
        stored.job_variables = Some(json!({ "image": "x" }).as_object().expect("a map").clone());
        stored.created_by = Some(CreatedBy { id: Some(id()), kind: Some("SCHEDULE".to_owned()), display_value: None });
        let taipei: Moment = serde_json::from_value(json!("2026-11-24T01:19:00.5+08:00")).expect("a time");
        let first = stored.state.as_mut().expect("a state");
        first.state_details.scheduled_time = Some(taipei);
        first.message = Some("Flow run scheduled".to_owned());
        first.data = Some(json!({ "storage_key": "k", "expiration": null }));
        insert(&store, &[&stored]).await;
        let mut tx = store.read().await.expect("a connection");
        let read = flow_runs::by_id(&mut tx, stored.id, now()).await.expect("read").expect("there");
        stored.created = Some(now());
        stored.updated = Some(now());
        assert_eq!(read, stored);
        assert_eq!(flow_runs::by_id(&mut tx, id(), now()).await.expect("read"), None);
    })
    .await;
}

#[tokio::test]
async fn unpersisted_data_is_not_kept() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let mut stored = run(flow, "a", Completed);
        stored.state.as_mut().expect("a state").data = Some(json!({ "type": "unpersisted" }));
        insert(&store, &[&stored]).await;
        let mut tx = store.read().await.expect("a connection");
        let read = flow_runs::by_id(&mut tx, stored.id, now()).await.expect("read").expect("there");
        assert_eq!(read.state.and_then(|state| state.data), None);
    })
    .await;
}

#[tokio::test]
async fn keys_and_slots_are_taken_once() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let other = new_flow(&store, "other").await;
        let slot = Slot { schedule_id: id(), instant: now() };
        let keyed = |flow, key: &str, slot| {
            let mut run = run(flow, key, Scheduled);
            run.idempotency_key = Some(key.to_owned());
            NewFlowRun { run, slot }
        };
        let first = [keyed(flow, "a", Some(slot)), keyed(flow, "b", None), keyed(other, "a", None)];
        let again = [
            keyed(flow, "a", None),
            keyed(flow, "c", Some(slot)),
            keyed(flow, "d", Some(Slot { instant: now().plus_seconds(60.0), ..slot })),
        ];
        let mut tx = store.write().await.expect("a transaction");
        let new = flow_runs::insert_many(&mut tx, &first, now()).await.expect("stored");
        assert_eq!(new, first.iter().map(|new| new.run.id).collect::<Vec<_>>());
        let new = flow_runs::insert_many(&mut tx, &again, now()).await.expect("stored");
        assert_eq!(new, [again[2].run.id]);
        let found = flow_runs::by_idempotency_key(&mut tx, flow, "a", now()).await.expect("read").expect("there");
        assert_eq!(found.id, first[0].run.id);
        assert_eq!(flow_run_states::of_run(&mut tx, again[0].run.id).await.expect("read"), []);
        tx.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test]
async fn thousands_of_runs_are_stored_at_once() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let many: Vec<NewFlowRun> =
            (0..1201).map(|n| NewFlowRun { run: run(flow, &format!("r{n}"), Scheduled), slot: None }).collect();
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(flow_runs::insert_many(&mut tx, &many, now()).await.expect("stored").len(), 1201);
        tx.commit().await.expect("committed");
        let mut tx = store.read().await.expect("a connection");
        assert_eq!(flow_runs::count(&mut tx, &Filters::default()).await.expect("counted"), 1201);
    })
    .await;
}

#[tokio::test]
async fn a_new_state_is_the_current_one_and_the_old_stay() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let mut stored = run(flow, "a", Scheduled);
        insert(&store, &[&stored]).await;
        let mut tx = store.write().await.expect("a transaction");
        let mut locked = flow_runs::by_id_locked(&mut tx, stored.id, now()).await.expect("read").expect("there");
        enter(&mut locked, state(Running, 5.0));
        locked.run_count = 1;
        locked.start_time = Some(now().plus_seconds(5.0));
        locked.empirical_policy.resuming = Some(true);
        flow_runs::save_after_state(&mut tx, &locked, now()).await.expect("saved");
        tx.commit().await.expect("committed");
        stored.name = "renamed".to_owned();
        stored.infrastructure_pid = Some("pid".to_owned());
        let mut tx = store.write().await.expect("a transaction");
        flow_runs::save(
            &mut tx,
            &FlowRun { empirical_policy: locked.empirical_policy.clone(), ..stored.clone() },
            now(),
        )
        .await
        .expect("saved");
        tx.commit().await.expect("committed");
        let mut tx = store.read().await.expect("a connection");
        let later = now().plus_seconds(15.0);
        let read = flow_runs::by_id(&mut tx, stored.id, later).await.expect("read").expect("there");
        assert_eq!((read.state_type, read.run_count, read.next_scheduled_start_time), (Some(Running), 1, None));
        assert_eq!((read.name.as_str(), read.infrastructure_pid.as_deref()), ("renamed", Some("pid")));
        assert_eq!((read.estimated_run_time, read.estimated_start_time_delta), (10.0, 5.0));
        let types: Vec<_> =
            flow_run_states::of_run(&mut tx, stored.id).await.expect("read").iter().map(|s| s.kind).collect();
        assert_eq!(types, [Scheduled, Running]);
        let one = flow_run_states::by_id(&mut tx, read.state_id.expect("an id")).await.expect("read");
        assert_eq!(one, read.state);
    })
    .await;
}

#[tokio::test]
async fn who_waits_for_a_run_is_given_its_new_state() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let stored = run(flow, "r", Scheduled);
        insert(&store, &[&stored]).await;
        let mut first = store.write().await.expect("a transaction");
        let mut locked = flow_runs::by_id_locked(&mut first, stored.id, now()).await.expect("read").expect("there");
        let second = async {
            let mut tx = store.write().await.expect("a transaction");
            flow_runs::by_id_locked(&mut tx, stored.id, now()).await.expect("read").expect("there")
        };
        let change = async {
            // Long enough for the other to come to the row and to wait for it.
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            enter(&mut locked, state(Running, 5.0));
            flow_runs::save_after_state(&mut first, &locked, now()).await.expect("saved");
            first.commit().await.expect("committed");
            locked.state_id
        };
        let (seen, state_id) = tokio::join!(second, change);
        assert_eq!((seen.state_id, seen.state.map(|state| state.kind)), (state_id, Some(Running)));
    })
    .await;
}

#[tokio::test]
async fn what_is_deleted_is_gone_with_its_states() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let stored = run(flow, "a", Running);
        insert(&store, &[&stored]).await;
        let mut tx = store.write().await.expect("a transaction");
        task_runs::insert(&mut tx, &task(Some(stored.id), "t", Running), now()).await.expect("stored");
        task_runs::delete_of_flow_runs(&mut tx, &[stored.id]).await.expect("deleted");
        assert!(flow_runs::delete(&mut tx, stored.id).await.expect("deleted"));
        assert!(!flow_runs::delete(&mut tx, stored.id).await.expect("nothing left"));
        assert_eq!(flow_run_states::of_run(&mut tx, stored.id).await.expect("read"), []);
        assert_eq!(task_runs::count(&mut tx, &Filters::default()).await.expect("counted"), 0);
        tx.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test]
async fn a_run_of_no_flow_is_a_conflict() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let error = flow_runs::insert(&mut tx, &run(id(), "a", Pending), now()).await.expect_err("no such flow");
        assert!(error.is_conflict(), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn tags_are_those_of_the_newest_runs() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let mut runs = [run(flow, "old", Completed), run(flow, "new", Completed), run(flow, "newest", Failed)];
        for (at, (run, tags)) in runs.iter_mut().zip([&["c"][..], &["b", "a"], &["b"]]).enumerate() {
            run.expected_start_time = Some(now().plus_seconds(at as f64));
            run.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        }
        insert(&store, &runs.iter().collect::<Vec<_>>()).await;
        let mut tx = store.read().await.expect("a connection");
        assert_eq!(flow_runs::tags(&mut tx, 2).await.expect("read"), ["a", "b"]);
        assert_eq!(flow_runs::tags(&mut tx, 100).await.expect("read"), ["a", "b", "c"]);
    })
    .await;
}

#[tokio::test]
async fn starts_are_those_of_planned_runs() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let mut runs = ["old", "planned", "by hand", "waits"].map(|name| run(flow, name, Completed));
        for (run, began) in runs.iter_mut().zip([Some(-100.0_f64), Some(3.0), Some(4.0), None]) {
            run.expected_start_time = Some(now().plus_seconds(began.unwrap_or(0.0).min(1.0)));
            run.start_time = began.map(|seconds| now().plus_seconds(seconds));
            run.auto_scheduled = run.name != "by hand";
            run.run_count = 1;
        }
        insert(&store, &runs.iter().collect::<Vec<_>>()).await;
        let mut tx = store.read().await.expect("a connection");
        let found = flow_runs::starts(&mut tx, now(), 10).await.expect("read");
        assert_eq!(found, [(now().plus_seconds(1.0), now().plus_seconds(3.0))]);
    })
    .await;
}
