//! Table `log`: what the containers of runs print.

use domain::logs::Sieve;
use domain::output::{Output, OutputEnd, OutputLine};
use domain::state::StateType;
use domain::{FlowRunId, Uuid};
use store::{Store, flow_runs, log_scan, logs, pod_lines};

use crate::both::{at, id, on_both};
use crate::runs::{insert, new_flow, run};

const EARLY: &str = "2026-11-23T12:00:00Z";
const LATE: &str = "2026-11-23T12:00:10Z";

fn line(when: &str, nth: i64, text: &str) -> OutputLine {
    OutputLine { at: at(when), nth, text: text.to_owned() }
}

/// How many lines were new.
async fn keep(store: &Store, run: FlowRunId, pod: &str, lines: Vec<OutputLine>) -> Option<u64> {
    let mut tx = store.write().await.expect("a transaction");
    let output = Output { pod: pod.to_owned(), lines };
    let new = pod_lines::insert(&mut tx, run, &output, at(LATE), id::<Uuid>).await.expect("kept");
    tx.commit().await.expect("committed");
    new
}

async fn texts(store: &Store, run: FlowRunId, sieve: Sieve, seq: i64, skip: i64, limit: i64) -> Vec<String> {
    let mut tx = store.read().await.expect("a connection");
    let lines = logs::shown_after(&mut tx, run, sieve, seq, skip, limit).await.expect("read");
    lines.into_iter().map(|line| line.message).collect()
}

#[tokio::test]
async fn lines_are_kept_once_in_the_order_of_storing_and_go_with_their_run() {
    on_both(async |store| {
        let stored = run(new_flow(&store, "etl").await, "brave-otter", StateType::Running);
        insert(&store, &[&stored]).await;
        let run = stored.id;
        let many = (0..120).map(|n| line(EARLY, n, &format!("line {n}"))).collect();
        assert_eq!(keep(&store, run, "one", many).await, Some(120));
        let again = vec![line(EARLY, 119, "sent twice"), line(LATE, 0, "\u{1b}[1mERROR\u{1b}[0m: last")];
        assert_eq!(keep(&store, run, "one", again).await, Some(1));
        assert_eq!(keep(&store, run, "two", vec![line(EARLY, 0, "other")]).await, Some(1));
        assert_eq!(keep(&store, id(), "one", vec![]).await, None);
        let mut tx = store.read().await.expect("a connection");
        let end = pod_lines::end(&mut tx, run, "one").await.expect("read");
        assert_eq!(end, Some(OutputEnd { at: at(LATE), nth: 0 }));
        assert_eq!(pod_lines::end(&mut tx, run, "three").await.expect("read"), None);
        drop(tx);
        let last = ["line 119", "\u{1b}[1mERROR\u{1b}[0m: last", "other"];
        assert_eq!(texts(&store, run, Sieve::default(), 0, 119, 9).await, last);
        assert_eq!(texts(&store, run, Sieve::parse("info", "pod"), 0, 0, 9).await, last[1..2]);
        assert_eq!(texts(&store, run, Sieve::parse("error", "pod"), 0, 119, 9).await, ["line 119", "other"]);
        assert_eq!(texts(&store, run, Sieve::parse("", "client"), 0, 0, 9).await, [""; 0]);
        let mut tx = store.read().await.expect("a connection");
        assert_eq!(logs::filter(&mut tx, None, Default::default(), 200, 0).await.expect("read"), []);
        assert_eq!(logs::after(&mut tx, run, 0, 0, 9).await.expect("read"), [], "the log is what clients send");
        drop(tx);
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(logs::delete_of_flow_run(&mut tx, run).await.expect("deleted"), 122);
        assert!(flow_runs::delete(&mut tx, run).await.expect("deleted"));
    })
    .await;
}

#[tokio::test]
async fn a_log_is_counted_stretch_by_stretch() {
    on_both(async |store| {
        let stored = run(new_flow(&store, "etl").await, "calm-heron", StateType::Running);
        insert(&store, &[&stored]).await;
        let run = stored.id;
        let cut = "much … (the rest of this line was cut)";
        keep(&store, run, "one", vec![line(EARLY, 0, "ERROR: 1,2"), line(LATE, 0, cut), line(EARLY, 1, "x")]).await;
        let mut tx = store.read().await.expect("a connection");
        let first = log_scan::after(&mut tx, run, 0, 2).await.expect("read");
        let seen: Vec<_> = first.iter().map(|line| (line.kind, line.at, line.flaw)).collect();
        assert_eq!(seen, [(7, at(EARLY), None), (5, at(LATE), Some(log_scan::Flaw::Cut))]);
        let rest = log_scan::after(&mut tx, run, first[1].seq, 2).await.expect("read");
        assert_eq!((rest.len(), rest[0].kind), (1, 5));
        let all = (first[0].seq - 1, rest[0].seq);
        let since =
            async |tx: &mut store::Tx, when| log_scan::since(tx, run, all.0, all.1, at(when)).await.expect("read");
        assert_eq!(since(&mut tx, LATE).await, Some(first[1].seq));
        assert_eq!(since(&mut tx, "2026-11-23T12:00:11Z").await, None);
    })
    .await;
}
