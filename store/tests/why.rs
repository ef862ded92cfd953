//! Tables `flow_run_decision` and `flow_run_infrastructure`.

use domain::FlowRunId;
use domain::decisions::Note;
use domain::infrastructure::{Infrastructure, Pod};
use domain::state::StateType;
use serde_json::json;
use store::sizes::samples;
use store::work_pool_templates::{self, Version};
use store::{Backend, flow_run_decisions, flow_run_infrastructure, flow_runs, sizes};

use crate::both::{at, id, on_both};
use crate::runs::{insert, new_flow, run};

fn note(run: FlowRunId, kind: &'static str, words: &str, when: &str) -> Note {
    Note { flow_run_id: run, kind, words: words.to_owned(), at: at(when), times: 1 }
}

#[tokio::test]
async fn decisions_of_one_kind_are_counted_and_go_with_their_run() {
    on_both(async |store| {
        let stored = run(new_flow(&store, "etl").await, "brave-otter", StateType::Scheduled);
        insert(&store, &[&stored]).await;
        let run = stored.id;
        let mut tx = store.write().await.expect("a transaction");
        let (early, late) = ("2026-11-23T12:00:00Z", "2026-11-23T12:00:10Z");
        let gone: FlowRunId = id();
        let notes = [
            note(run, "held_back", "the pool is paused", early),
            note(gone, "held_back", "nobody", early),
            note(run, "held_back", "all slots are taken", late),
            note(run, "offered", "given to a worker", late),
        ];
        flow_run_decisions::note(&mut tx, &notes).await.expect("stored");
        let found = flow_run_decisions::of_run(&mut tx, run).await.expect("rows");
        let told: Vec<_> = found.iter().map(|one| (one.kind.as_str(), one.words.as_str(), one.times)).collect();
        assert_eq!(told, [("held_back", "all slots are taken", 2), ("offered", "given to a worker", 1)]);
        assert_eq!((found[0].first, found[0].last), (at(early), at(late)));
        assert!(flow_run_decisions::of_run(&mut tx, gone).await.expect("rows").is_empty());
        let waiting = flow_run_decisions::of_waiting(&mut tx, at(early), 10, 0).await.expect("rows");
        assert_eq!(waiting.len(), 2);
        assert!(
            flow_run_decisions::of_waiting(&mut tx, at("2026-11-24T00:00:00Z"), 10, 0).await.expect("rows").is_empty()
        );
        flow_runs::delete(&mut tx, run).await.expect("gone");
        assert!(flow_run_decisions::of_run(&mut tx, run).await.expect("rows").is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_a_worker_does_not_send_stays() {
    on_both(async |store| {
        let stored = run(new_flow(&store, "etl").await, "brave-otter", StateType::Scheduled);
        insert(&store, &[&stored]).await;
        let run = stored.id;
        let mut tx = store.write().await.expect("a transaction");
        let now = at("2026-11-23T12:00:00Z");
        assert_eq!(flow_run_infrastructure::of_run(&mut tx, run).await.expect("no row"), None);
        let made = Infrastructure { manifest: Some(json!({ "kind": "Job" })), ..Infrastructure::default() };
        assert!(flow_run_infrastructure::save(&mut tx, run, &made, now).await.expect("stored"));
        let pods = vec![Pod { name: "p".to_owned(), ..Pod::default() }];
        let ended = Infrastructure { pods: Some(pods.clone()), ..Infrastructure::default() };
        assert!(flow_run_infrastructure::save(&mut tx, run, &ended, now).await.expect("stored"));
        let found = flow_run_infrastructure::of_run(&mut tx, run).await.expect("a row").expect("there");
        assert_eq!((found.manifest, found.pods), (made.manifest, Some(pods)));
        assert!(!flow_run_infrastructure::save(&mut tx, id(), &ended, now).await.expect("nothing"));
    })
    .await;
}

#[tokio::test]
async fn what_the_database_holds_is_known_without_counting() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        let mut due = run(flow, "a", StateType::Scheduled);
        due.next_scheduled_start_time = Some(at("2026-11-23T12:00:00Z"));
        insert(&store, &[&due]).await;
        let mut tx = store.read().await.expect("a connection");
        assert!(sizes::whole(&mut tx).await.expect("a size") > 1000);
        let tables = sizes::tables(&mut tx).await.expect("tables");
        for name in ["flow_run", "log", "event", "flow_run_decision"] {
            assert!(tables.iter().any(|size| size.table == name), "{name}");
        }
        for (when, runs) in [("2026-11-23T11:59:59Z", 0), ("2026-11-23T12:00:00Z", 1)] {
            let waiting = sizes::waiting(&mut tx, at(when)).await.expect("queues");
            assert_eq!(waiting.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [runs, 0, 0, 0], "{when}");
        }
        assert_eq!(sizes::oldest(&mut tx).await.expect("nothing"), [None, None]);
        assert_eq!(sizes::lines_since(&mut tx, at("2026-11-23T12:00:00Z"), 10).await.expect("none"), 0);
    })
    .await;
}

#[tokio::test]
async fn sizes_are_measured_and_kept() {
    on_both(async |store| {
        let flow = new_flow(&store, "etl").await;
        insert(&store, &[&run(flow, "a", StateType::Scheduled)]).await;
        let mut tx = store.write().await.expect("a transaction");
        let (early, late) = (at("2026-11-23T12:00:00Z"), at("2026-11-23T13:00:00Z"));
        let measured = samples::measure(&mut tx, early).await.expect("measured");
        let runs = measured.iter().find(|sample| sample.kind == "Runs").expect("a kind");
        assert!(runs.bytes.is_some_and(|bytes| bytes > 0), "{runs:?}");
        assert!(measured.iter().any(|sample| sample.kind == samples::WHOLE && sample.bytes > runs.bytes));
        samples::keep(&mut tx, &measured).await.expect("kept");
        samples::keep(&mut tx, &measured).await.expect("kept once");
        assert_eq!(samples::since(&mut tx, early).await.expect("read").len(), measured.len());
        assert_eq!(samples::since(&mut tx, late).await.expect("read"), []);
        assert_eq!(samples::forget(&mut tx, late).await.expect("forgotten"), measured.len() as u64);
        assert_eq!(samples::file(&mut tx).await.expect("an answer").is_some(), store.backend() == Backend::Sqlite);
    })
    .await;
}

#[tokio::test]
async fn templates_of_a_pool_are_kept_in_their_order() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let pool = crate::work_pools::pool_with(&mut tx, "gpu", &[]).await.0.id;
        for number in 1..=3 {
            let template = json!({ "n": number }).as_object().expect("a map").clone();
            let version = Version {
                version: number,
                created: at("2026-11-23T12:00:00Z"),
                author: "a".into(),
                note: String::new(),
                template,
                source: [Some(""), Some("# two"), None][number as usize - 1].map(str::to_owned),
            };
            work_pool_templates::add(&mut tx, pool, &version).await.expect("stored");
        }
        let found = work_pool_templates::of_pool(&mut tx, pool, 2).await.expect("rows");
        assert_eq!(found.iter().map(|version| version.version).collect::<Vec<_>>(), [3, 2]);
        let first = work_pool_templates::by_version(&mut tx, pool, 1).await.expect("a row").expect("there");
        assert_eq!(first.template["n"], 1);
        assert_eq!(first.source.as_deref(), Some(""));
        let source = work_pool_templates::source(&mut tx, pool).await.expect("a text");
        assert_eq!(source.as_deref(), Some("# two"), "of the newest version of which it is known");
        assert_eq!(work_pool_templates::by_version(&mut tx, pool, 9).await.expect("none"), None);
    })
    .await;
}
