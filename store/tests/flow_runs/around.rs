//! What is told of runs together with what is around them: sums, names, graphs, inputs, the next ones.

use domain::filter::{Filters, IdOps};
use domain::flow_run_inputs::{FlowRunInput, FlowRunInputPage};
use domain::flow_runs::{FlowRun, FlowRunFilter};
use domain::history::HistoryRange;
use domain::state::StateType::*;
use domain::{FlowRunId, TaskRunId};
use store::{Backend, flow_run_inputs, flow_runs, sql, task_runs};

use crate::both::{at, id, on_both};
use crate::runs::{insert, new_flow, now, run, task};

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
async fn postgres_does_not_make_a_new_plan_for_each_reading_of_names() {
    on_both(async |store| {
        if store.backend() == Backend::Sqlite {
            return;
        }
        let alone = run(new_flow(&store, "etl").await, "alone", Running);
        let mut tx = store.read().await.expect("a connection");
        for _ in 0..8 {
            flow_runs::surroundings(&mut tx, &alone).await.expect("read");
        }
        // It looks at five plans of its own before it keeps one for all values.
        let plans = "SELECT max(custom_plans) FROM pg_prepared_statements WHERE statement LIKE '%is_told%'";
        assert_eq!(tx.count(sql(plans)).await.expect("a number"), 5);
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
