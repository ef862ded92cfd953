//! Tables `flow_run`, `flow_run_state` and `flow_run_input`.

use domain::filter::{
    Filters, IdOps, NameOps, OptionalIdOps, OptionalTextOps, Page, StateOps, StateTypeOps, TagOps, TimeOps,
};
use domain::flow_run_inputs::{FlowRunInput, FlowRunInputPage};
use domain::flow_runs::{CreatedBy, CreatedByOps, FlowRun, FlowRunFilter, FlowRunSort, RetryType};
use domain::flows::FlowFilter;
use domain::history::HistoryRange;
use domain::state::StateType::*;
use domain::task_runs::TaskRunFilter;
use domain::{FlowRunId, Moment, TaskRunId};
use serde_json::json;
use store::flow_runs::{NewFlowRun, Slot};
use store::{Store, flow_run_inputs, flow_run_states, flow_runs, task_runs};

use crate::both::{at, id, on_both};
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

/// Runs `a` to `d` of two flows with all that filters ask for.
async fn zoo(store: &Store) -> Vec<FlowRun> {
    let (etl, other) = (new_flow(store, "etl").await, new_flow(store, "other").await);
    let mut runs = vec![
        run(etl, "a-1", Scheduled),
        run(etl, "b-2", Running),
        run(other, "C-3", Failed),
        run(other, "d_4", Completed),
    ];
    runs[0].tags = vec!["x".to_owned(), "y".to_owned()];
    runs[1].tags = vec!["x".to_owned()];
    runs[0].deployment_id = Some(id());
    runs[0].work_queue_name = Some("default".to_owned());
    runs[1].flow_version = Some("v1".to_owned());
    runs[1].start_time = Some(now().plus_seconds(10.0));
    runs[2].end_time = Some(now().plus_seconds(20.0));
    runs[2].idempotency_key = Some("k".to_owned());
    runs[3].created_by = Some(CreatedBy { id: Some(id()), kind: Some("DEPLOYMENT".to_owned()), display_value: None });
    let refs: Vec<&FlowRun> = runs.iter().collect();
    insert(store, &refs).await;
    runs
}

#[tokio::test]
async fn filters_choose_runs() {
    on_both(async |store| {
        let runs = zoo(&store).await;
        let mut tx = store.write().await.expect("a transaction");
        let parent = task(Some(runs[1].id), "t", Running);
        task_runs::insert(&mut tx, &parent, now()).await.expect("stored");
        let mut child = run(runs[1].flow_id, "e-5", Pending);
        child.parent_task_run_id = Some(parent.id);
        flow_runs::insert(&mut tx, &child, now()).await.expect("stored");
        tx.commit().await.expect("committed");

        let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        let any = |ids: Vec<FlowRunId>| IdOps { any_: Some(ids), not_any_: None };
        let creator = runs[3].created_by.as_ref().and_then(|by| by.id).expect("an id");
        let cases: Vec<(&str, FlowRunFilter, &str)> = vec![
            ("nothing said", FlowRunFilter::default(), "a b C d e"),
            ("ids", FlowRunFilter { id: Some(any(vec![runs[0].id, runs[3].id])), ..Default::default() }, "a d"),
            ("no ids", FlowRunFilter { id: Some(any(vec![])), ..Default::default() }, ""),
            (
                "other ids",
                FlowRunFilter {
                    id: Some(IdOps { any_: None, not_any_: Some(vec![runs[0].id]) }),
                    ..Default::default()
                },
                "b C d e",
            ),
            (
                "part of a name",
                FlowRunFilter {
                    name: Some(NameOps { any_: None, like_: Some("c-".to_owned()) }),
                    ..Default::default()
                },
                "C",
            ),
            (
                "all tags",
                FlowRunFilter {
                    tags: Some(TagOps { all_: words(&["x", "y"]), ..Default::default() }),
                    ..Default::default()
                },
                "a",
            ),
            (
                "any tag",
                FlowRunFilter {
                    tags: Some(TagOps { any_: words(&["x", "z"]), ..Default::default() }),
                    ..Default::default()
                },
                "a b",
            ),
            (
                "no tags",
                FlowRunFilter {
                    tags: Some(TagOps { is_null_: Some(true), ..Default::default() }),
                    ..Default::default()
                },
                "C d e",
            ),
            (
                "deployed",
                FlowRunFilter {
                    deployment_id: Some(OptionalIdOps { any_: None, is_null_: Some(false), ..Default::default() }),
                    ..Default::default()
                },
                "a",
            ),
            (
                "queue",
                FlowRunFilter {
                    work_queue_name: Some(OptionalTextOps {
                        any_: words(&["default"]),
                        is_null_: None,
                        ..Default::default()
                    }),
                    ..Default::default()
                },
                "a",
            ),
            (
                "state types",
                FlowRunFilter {
                    state: Some(StateOps {
                        kind: Some(StateTypeOps { any_: Some(vec![Running, Failed]), not_any_: None }),
                        ..Default::default()
                    }),
                    ..Default::default()
                },
                "b C",
            ),
            (
                "other state types",
                FlowRunFilter {
                    state: Some(StateOps {
                        kind: Some(StateTypeOps { any_: None, not_any_: Some(vec![Running]) }),
                        ..Default::default()
                    }),
                    ..Default::default()
                },
                "a C d e",
            ),
            (
                "started",
                FlowRunFilter {
                    start_time: Some(TimeOps { is_null_: Some(false), ..Default::default() }),
                    ..Default::default()
                },
                "b",
            ),
            (
                "ended by",
                FlowRunFilter {
                    end_time: Some(TimeOps { before_: Some(now().plus_seconds(20.0)), ..Default::default() }),
                    ..Default::default()
                },
                "C",
            ),
            (
                "due after",
                FlowRunFilter {
                    next_scheduled_start_time: Some(TimeOps { after_: Some(now()), ..Default::default() }),
                    ..Default::default()
                },
                "a",
            ),
            (
                "children",
                FlowRunFilter {
                    parent_flow_run_id: Some(OptionalIdOps {
                        any_: Some(vec![runs[1].id]),
                        is_null_: None,
                        ..Default::default()
                    }),
                    ..Default::default()
                },
                "e",
            ),
            (
                "of a wrapper",
                FlowRunFilter {
                    parent_task_run_id: Some(OptionalIdOps {
                        any_: Some(vec![parent.id]),
                        is_null_: None,
                        ..Default::default()
                    }),
                    ..Default::default()
                },
                "e",
            ),
            (
                "no wrapper",
                FlowRunFilter {
                    parent_task_run_id: Some(OptionalIdOps { any_: None, is_null_: Some(true), ..Default::default() }),
                    ..Default::default()
                },
                "a b C d",
            ),
            (
                "creator's type",
                FlowRunFilter {
                    created_by: Some(CreatedByOps { type_: words(&["DEPLOYMENT"]), ..Default::default() }),
                    ..Default::default()
                },
                "d",
            ),
            (
                "creator",
                FlowRunFilter {
                    created_by: Some(CreatedByOps { id_: Some(vec![creator]), ..Default::default() }),
                    ..Default::default()
                },
                "d",
            ),
            (
                "either",
                FlowRunFilter {
                    operator: Some(domain::filter::Operator::Or),
                    name: Some(NameOps { any_: words(&["a-1"]), like_: None }),
                    start_time: Some(TimeOps { is_null_: Some(false), ..Default::default() }),
                    ..Default::default()
                },
                "a b",
            ),
        ];
        let mut tx = store.read().await.expect("a connection");
        for (what, filter, expected) in cases {
            let filters = Filters { flow_runs: Some(filter), ..Filters::default() };
            assert_eq!(names(&mut tx, filters).await, expected, "{what}");
        }
        let etl = FlowFilter { name: Some(NameOps { any_: words(&["etl"]), like_: None }), ..Default::default() };
        assert_eq!(names(&mut tx, Filters { flows: Some(etl), ..Filters::default() }).await, "a b e");
        let tasks = TaskRunFilter { name: Some(NameOps { any_: words(&["t"]), like_: None }), ..Default::default() };
        assert_eq!(names(&mut tx, Filters { task_runs: Some(tasks), ..Filters::default() }).await, "b");
        let pools = Filters { work_pools: Some(Default::default()), ..Filters::default() };
        assert_eq!(names(&mut tx, pools).await, "", "none is in a pool");
    })
    .await;
}

/// First letters of the names of the runs that fit, by name.
async fn names(tx: &mut store::Tx, filters: Filters) -> String {
    let page = Page { filters, sort: None, ..Page::default() };
    let found = flow_runs::filter(tx, &page, 200, 0, now()).await.expect("found");
    assert_eq!(flow_runs::count(tx, &page.filters).await.expect("counted"), found.len() as i64);
    let mut names: Vec<&str> = found.iter().map(|run| &run.name[..1]).collect();
    names.sort_by_key(|name| name.to_lowercase());
    names.join(" ")
}

#[tokio::test]
async fn runs_come_in_the_asked_order() {
    on_both(async |store| {
        let runs = zoo(&store).await;
        let mut tx = store.read().await.expect("a connection");
        for (sort, first) in [
            (FlowRunSort::IdDesc, 3),
            (FlowRunSort::NameDesc, 3),
            (FlowRunSort::StartTimeDesc, 1),
            (FlowRunSort::NextScheduledStartTimeAsc, 0),
        ] {
            let filters = match sort {
                FlowRunSort::NextScheduledStartTimeAsc => FlowRunFilter {
                    next_scheduled_start_time: Some(TimeOps { is_null_: Some(false), ..Default::default() }),
                    ..Default::default()
                },
                _ => FlowRunFilter::default(),
            };
            let page = Page {
                sort: Some(sort),
                filters: Filters { flow_runs: Some(filters), ..Filters::default() },
                ..Page::default()
            };
            let found = flow_runs::filter(&mut tx, &page, 1, 0, now()).await.expect("found");
            assert_eq!(found.first().map(|run| run.id), Some(runs[first].id), "{sort:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn history_counts_runs_by_interval_and_state() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let mut runs =
            [run(flow, "a", Completed), run(flow, "b", Completed), run(flow, "c", Running), run(flow, "d", Scheduled)];
        for (run, seconds) in runs.iter_mut().zip([0.0, 59.0, 60.0, 185.0]) {
            run.expected_start_time = Some(now().plus_seconds(seconds));
            run.total_run_time = 2.5;
        }
        runs[0].start_time = Some(now().plus_seconds(4.0));
        runs[1].start_time = Some(now().plus_seconds(59.0));
        runs[2].start_time = Some(now().plus_seconds(60.0));
        let refs: Vec<&FlowRun> = runs.iter().collect();
        insert(&store, &refs).await;
        let range = HistoryRange {
            history_start: now(),
            history_end: now().plus_seconds(150.0),
            history_interval_seconds: 60.0,
            filters: Filters::default(),
        };
        let mut tx = store.read().await.expect("a connection");
        let later = now().plus_seconds(100.0);
        let buckets = flow_runs::history(&mut tx, &range, later).await.expect("summed");
        let sums: Vec<Vec<_>> = buckets
            .iter()
            .map(|bucket| {
                let sums = |s: &domain::history::HistoryState| {
                    (s.state_type, s.count_runs, s.sum_estimated_run_time, s.sum_estimated_lateness)
                };
                bucket.states.iter().map(sums).collect()
            })
            .collect();
        assert_eq!(sums, [vec![(Completed, 2, 5.0, 4.0)], vec![(Running, 1, 102.5, 0.0)], vec![]]);
        assert_eq!(buckets[2].interval_end, now().plus_seconds(180.0));
        assert_eq!(
            flow_runs::average_lateness(&mut tx, &Filters::default(), later).await.expect("averaged"),
            Some(1.0)
        );
        let none = Filters {
            flow_runs: Some(FlowRunFilter {
                id: Some(IdOps { any_: Some(vec![]), not_any_: None }),
                ..Default::default()
            }),
            ..Filters::default()
        };
        assert_eq!(flow_runs::average_lateness(&mut tx, &none, later).await.expect("averaged"), None);
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
async fn names_around_a_run_come_in_one_reading() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let parent = run(flow, "parent", Running);
        insert(&store, &[&parent]).await;
        let mut tx = store.write().await.expect("a transaction");
        let mut wrapper = task(Some(parent.id), "wrapper", Running);
        wrapper.tags = vec!["t".to_owned()];
        task_runs::insert(&mut tx, &wrapper, now()).await.expect("stored");
        let mut child = run(flow, "child", Pending);
        child.parent_task_run_id = Some(wrapper.id);
        let around = flow_runs::surroundings(&mut tx, &child).await.expect("read");
        assert_eq!((around.flow_name.as_deref(), around.task_run_name.as_deref()), (Some("etl"), Some("wrapper")));
        assert_eq!((around.tags, around.deployment_name), (vec!["f".to_owned(), "t".to_owned()], None));
        child.flow_id = id();
        assert_eq!(flow_runs::surroundings(&mut tx, &child).await.expect("read"), Default::default());
    })
    .await;
}

#[tokio::test]
async fn a_graph_is_read_with_wrapped_runs_in_place_of_their_wrappers() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let parent = run(flow, "parent", Running);
        insert(&store, &[&parent]).await;
        let mut tx = store.write().await.expect("a transaction");
        let (plain, wrapper) = (task(Some(parent.id), "plain", Completed), task(Some(parent.id), "wrapper", Running));
        for task in [&plain, &wrapper] {
            task_runs::insert(&mut tx, task, now()).await.expect("stored");
        }
        let mut child = run(flow, "child", Running);
        child.parent_task_run_id = Some(wrapper.id);
        child.start_time = Some(now().plus_seconds(3.0));
        flow_runs::insert(&mut tx, &child, now()).await.expect("stored");
        let parts = flow_runs::graph_parts(&mut tx, parent.id, at("2020-01-01"), 10).await.expect("read");
        let seen: Vec<(TaskRunId, Option<FlowRunId>, &str)> =
            parts.iter().map(|part| (part.task_run_id, part.flow_run_id, part.label.as_str())).collect();
        assert_eq!(seen, [(plain.id, None, "plain"), (wrapper.id, Some(child.id), "etl / child")]);
        assert_eq!(parts[0].end_time, Some(now()), "completed without an end: it ended when it was to start");
        assert!(flow_runs::graph_artifacts(&mut tx, parent.id, 10).await.expect("read").is_empty());
        let since = flow_runs::graph_parts(&mut tx, parent.id, now().plus_seconds(1.0), 10).await.expect("read");
        assert_eq!(since.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn inputs_are_found_by_prefix() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let stored = run(flow, "a", Running);
        insert(&store, &[&stored]).await;
        let input = |key: &str, value: &str| FlowRunInput {
            id: id(),
            created: None,
            updated: None,
            flow_run_id: stored.id,
            key: key.to_owned(),
            value: value.to_owned(),
            sender: None,
        };
        let mut tx = store.write().await.expect("a transaction");
        for key in ["a_b-1", "a_b-2", "axb-3"] {
            assert!(flow_run_inputs::insert(&mut tx, &input(key, "1"), now()).await.expect("stored"));
        }
        assert!(!flow_run_inputs::insert(&mut tx, &input("a_b-1", "2"), now()).await.expect("refused"));
        assert_eq!(flow_run_inputs::value(&mut tx, stored.id, "a_b-1").await.expect("read").as_deref(), Some("1"));
        let page = FlowRunInputPage { prefix: "a_b".to_owned(), limit: 5, exclude_keys: vec!["a_b-1".to_owned()] };
        let found = flow_run_inputs::filter(&mut tx, stored.id, &page).await.expect("found");
        assert_eq!(found.iter().map(|input| input.key.as_str()).collect::<Vec<_>>(), ["a_b-2"]);
        assert!(flow_run_inputs::delete(&mut tx, stored.id, "a_b-2").await.expect("deleted"));
        assert!(!flow_run_inputs::delete(&mut tx, stored.id, "a_b-2").await.expect("gone"));
        tx.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test]
async fn the_next_run_of_each_flow() {
    on_both(async |store| {
        let (etl, other) = (new_flow(&store, "etl").await, new_flow(&store, "other").await);
        let due = |flow, seconds: f64| {
            let mut run = run(flow, "a", Scheduled);
            run.next_scheduled_start_time = Some(now().plus_seconds(seconds));
            run
        };
        let runs = [due(etl, 60.0), due(etl, 30.0), due(other, 60.0), due(other, -5.0)];
        insert(&store, &runs.iter().collect::<Vec<_>>()).await;
        let mut tx = store.read().await.expect("a connection");
        let next = flow_runs::next_of_flows(&mut tx, &[etl, other], now()).await.expect("found");
        let next: std::collections::HashSet<_> = next.iter().map(|run| run.id).collect();
        assert_eq!(next, [runs[1].id, runs[3].id].into(), "one that is late is still to come");
    })
    .await;
}
