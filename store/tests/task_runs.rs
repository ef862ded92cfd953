//! Tables `task_run`, `task_run_state` and `task_run_state_cache`.

use domain::filter::{ExistsOps, Filters, IdOps, NameOps, OptionalIdOps, Page, StateOps, StateTypeOps};
use domain::flow_runs::FlowRunFilter;
use domain::history::HistoryRange;
use domain::state::StateType::*;
use domain::task_runs::{TaskRun, TaskRunFilter};
use serde_json::json;
use store::task_runs::Outcome;
use store::{flow_runs, task_run_states, task_runs};

use crate::both::{id, on_both};
use crate::runs::{insert, new_flow, now, run, state, task};

#[tokio::test]
async fn a_task_run_is_read_back_as_it_was_stored() {
    on_both(async |store| {
        let flow_run = run(new_flow(&store, "etl").await, "a", Running);
        insert(&store, &[&flow_run]).await;
        let mut stored = task(Some(flow_run.id), "t", Pending);
        stored.task_inputs =
            json!({ "x": [{ "input_type": "parameter", "name": "y" }] }).as_object().expect("a map").clone();
        stored.empirical_policy =
            serde_json::from_value(json!({ "retries": 2, "retry_delay": [1, 2.5] })).expect("a policy");
        stored.labels = Some(json!({ "a": 1 }).as_object().expect("a map").clone());
        stored.state_id = stored.state.as_ref().map(|state| state.id);
        stored.state_type = Some(Pending);
        stored.state_name = Some("Pending".to_owned());
        let mut tx = store.write().await.expect("a transaction");
        assert!(task_runs::insert(&mut tx, &stored, now()).await.expect("stored"));
        let again = TaskRun { id: id(), ..stored.clone() };
        assert!(!task_runs::insert(&mut tx, &again, now()).await.expect("its key is taken"));
        let read = task_runs::by_id(&mut tx, stored.id, now()).await.expect("read").expect("there");
        stored.created = Some(now());
        stored.updated = Some(now());
        assert_eq!(read, stored);
        let by_key = task_runs::by_key(&mut tx, flow_run.id, "t", "0", now()).await.expect("read");
        assert_eq!(by_key, Some(stored.clone()));
        assert!(task_runs::set_name(&mut tx, stored.id, "renamed", now()).await.expect("renamed"));
        let mut changed = task_runs::by_id_locked(&mut tx, stored.id, now()).await.expect("read").expect("there");
        assert_eq!(changed.name, "renamed");
        changed.state = Some(state(Running, 1.0));
        changed.run_count = 1;
        changed.flow_run_run_count = 2;
        task_runs::save_after_state(&mut tx, &changed, now()).await.expect("saved");
        let read = task_runs::by_id(&mut tx, stored.id, now().plus_seconds(4.0)).await.expect("read").expect("there");
        assert_eq!((read.state_type, read.run_count, read.flow_run_run_count), (Some(Running), 1, 2));
        assert_eq!(read.estimated_run_time, 3.0);
        let types: Vec<_> =
            task_run_states::of_run(&mut tx, stored.id).await.expect("read").iter().map(|s| s.kind).collect();
        assert_eq!(types, [Pending, Running]);
        assert!(task_runs::delete(&mut tx, stored.id).await.expect("deleted"));
        assert!(!task_runs::delete(&mut tx, stored.id).await.expect("gone"));
    })
    .await;
}

#[tokio::test]
async fn reports_may_come_twice_and_in_any_order() {
    on_both(async |store| {
        let flow_run = run(new_flow(&store, "etl").await, "a", Running);
        insert(&store, &[&flow_run]).await;
        let report = |kind, second: f64, run_count: i64| {
            let mut report = task(Some(flow_run.id), "t", kind);
            report.state = Some(state(kind, second));
            report.run_count = run_count;
            report
        };
        let first = report(Pending, 0.0, 0);
        let as_first = |report: TaskRun| TaskRun { id: first.id, ..report };
        let (running, completed) = (as_first(report(Running, 1.0, 1)), as_first(report(Completed, 2.0, 1)));
        let elsewhere = report(Running, 1.5, 9);
        let mut tx = store.write().await.expect("a transaction");
        for report in [&completed, &first, &running, &completed, &elsewhere] {
            let stored_as = task_runs::record(&mut tx, report, now()).await.expect("stored");
            assert_eq!(stored_as, first.id, "one natural key, one task run");
        }
        let read = task_runs::by_id(&mut tx, first.id, now()).await.expect("read").expect("there");
        assert_eq!((read.state_type, read.run_count), (Some(Completed), 1));
        assert_eq!(read.state_id, completed.state.as_ref().map(|state| state.id));
        let types: Vec<_> =
            task_run_states::of_run(&mut tx, first.id).await.expect("read").iter().map(|s| s.kind).collect();
        assert_eq!(types, [Pending, Running, Running, Completed]);
        assert_eq!(task_runs::count(&mut tx, &Filters::default()).await.expect("counted"), 1);
        let mut alone = report(Running, 0.0, 1);
        alone.flow_run_id = None;
        assert_eq!(task_runs::record(&mut tx, &alone, now()).await.expect("stored"), alone.id);
        assert_eq!(task_runs::count(&mut tx, &Filters::default()).await.expect("counted"), 2);
    })
    .await;
}

#[tokio::test]
async fn filters_choose_task_runs() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let (parent, other) = (run(flow, "parent", Running), run(flow, "other", Running));
        insert(&store, &[&parent, &other]).await;
        let mut tx = store.write().await.expect("a transaction");
        let (plain, wrapper) = (task(Some(parent.id), "plain", Completed), task(Some(parent.id), "wrapper", Running));
        let (elsewhere, alone) = (task(Some(other.id), "elsewhere", Failed), task(None, "alone", Scheduled));
        for task in [&plain, &wrapper, &elsewhere, &alone] {
            task_runs::insert(&mut tx, task, now()).await.expect("stored");
        }
        let mut child = run(flow, "child", Running);
        child.parent_task_run_id = Some(wrapper.id);
        flow_runs::insert(&mut tx, &child, now()).await.expect("stored");
        let of = |any_, is_null_| TaskRunFilter {
            flow_run_id: Some(OptionalIdOps { any_, is_null_, ..Default::default() }),
            ..Default::default()
        };
        let wraps =
            |exists| TaskRunFilter { subflow_runs: Some(ExistsOps { exists_: Some(exists) }), ..Default::default() };
        let failed =
            StateOps { kind: Some(StateTypeOps { any_: Some(vec![Failed]), not_any_: None }), ..Default::default() };
        let like = NameOps { any_: None, like_: Some("PLA".to_owned()) };
        let cases = [
            (TaskRunFilter::default(), "alone elsewhere plain wrapper"),
            (of(Some(vec![parent.id]), None), "plain wrapper"),
            (of(None, None), "elsewhere plain wrapper"),
            (of(None, Some(true)), "alone"),
            (wraps(true), "wrapper"),
            (wraps(false), "alone elsewhere plain"),
            (TaskRunFilter { state: Some(failed), ..Default::default() }, "elsewhere"),
            (TaskRunFilter { name: Some(like), ..Default::default() }, "plain"),
        ];
        for (filter, expected) in cases {
            let filters = Filters { task_runs: Some(filter.clone()), ..Filters::default() };
            assert_eq!(names(&mut tx, filters).await, expected, "{filter:?}");
        }
        let of_parent =
            FlowRunFilter { id: Some(IdOps { any_: Some(vec![parent.id]), not_any_: None }), ..Default::default() };
        assert_eq!(names(&mut tx, Filters { flow_runs: Some(of_parent), ..Filters::default() }).await, "plain wrapper");
        let in_order = task_runs::of_flow_run(&mut tx, parent.id, 10, now()).await.expect("read");
        assert_eq!(in_order.iter().map(|run| run.id).collect::<Vec<_>>(), [plain.id, wrapper.id]);
        let counts = task_runs::count_by_flow_run(&mut tx, &[parent.id, other.id, child.id]).await.expect("counted");
        assert_eq!((counts.get(&parent.id), counts.get(&other.id), counts.get(&child.id)), (Some(&1), Some(&1), None));
        let mut by_state = task_runs::count_by_state(&mut tx, &Filters::default()).await.expect("counted");
        by_state.sort();
        assert_eq!(by_state, [(Scheduled, 1), (Running, 1), (Completed, 1), (Failed, 1)]);
    })
    .await;
}

async fn names(tx: &mut store::Tx, filters: Filters) -> String {
    let page = Page { filters, ..Page::default() };
    let found = task_runs::filter(tx, &page, 200, 0, now()).await.expect("found");
    assert_eq!(task_runs::count(tx, &page.filters).await.expect("counted"), found.len() as i64);
    let mut names: Vec<&str> = found.iter().map(|run| run.name.as_str()).collect();
    names.sort_unstable();
    names.join(" ")
}

#[tokio::test]
async fn outcomes_are_counted_by_the_time_of_the_start() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        for (name, kind, second) in [
            ("a", Completed, 0.0),
            ("b", Failed, 9.9),
            ("c", Crashed, 10.0),
            ("d", Cancelled, 15.0),
            ("e", Running, 15.0),
        ] {
            let mut run = task(None, name, kind);
            run.start_time = Some(now().plus_seconds(second));
            task_runs::insert(&mut tx, &run, now()).await.expect("stored");
        }
        let outcomes = task_runs::outcomes(&mut tx, &Filters::default(), now(), 10_000_000, 3).await.expect("counted");
        let of = |completed, failed| Outcome { completed, failed };
        assert_eq!(outcomes, [of(1, 1), of(1, 1), of(0, 0)]);
        let range = HistoryRange {
            history_start: now(),
            history_end: now().plus_seconds(60.0),
            history_interval_seconds: 60.0,
            filters: Filters::default(),
        };
        let history = task_runs::history(&mut tx, &range, now()).await.expect("summed");
        assert_eq!(history[0].states.iter().map(|state| state.count_runs).sum::<i64>(), 5);
    })
    .await;
}

#[tokio::test]
async fn the_newest_fresh_state_is_cached() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let run = task(None, "t", Running);
        task_runs::insert(&mut tx, &run, now()).await.expect("stored");
        let states = [state(Completed, 1.0), state(Completed, 2.0), state(Completed, 3.0)];
        for state in &states {
            task_run_states::insert(&mut tx, &[(run.id, state)], now()).await.expect("stored");
        }
        let expirations = [None, None, Some(now().plus_seconds(10.0))];
        for ((state, expiration), second) in states.iter().zip(expirations).zip([0.0, 1.0, 2.0]) {
            let at = now().plus_seconds(second);
            task_run_states::cache(&mut tx, id(), "key", expiration, state.id, at).await.expect("cached");
        }
        let mut at = async |key: &str, second: f64| {
            let found = task_run_states::cached(&mut tx, key, now().plus_seconds(second)).await.expect("read");
            found.map(|state| state.id)
        };
        assert_eq!(at("key", 5.0).await, Some(states[2].id));
        assert_eq!(at("key", 11.0).await, Some(states[1].id));
        assert_eq!(at("other", 5.0).await, None);
    })
    .await;
}
