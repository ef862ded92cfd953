//! Which runs are found, and in which order.

use domain::FlowRunId;
use domain::filter::{
    Filters, IdOps, NameOps, OptionalIdOps, OptionalTextOps, Page, StateOps, StateTypeOps, TagOps, TimeOps,
};
use domain::flow_runs::{CreatedBy, CreatedByOps, FlowRun, FlowRunFilter, FlowRunSort};
use domain::flows::FlowFilter;
use domain::state::StateType::*;
use domain::task_runs::TaskRunFilter;
use store::{Store, flow_runs, task_runs};

use crate::both::{id, on_both};
use crate::runs::{insert, new_flow, now, run, task};

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
