//! Table `log`.

use domain::filter::{NumberOps, OptionalIdOps, QueryOps};
use domain::logs::{Log, LogFilter, LogSort};
use domain::{FlowRunId, TaskRunId};
use store::{Store, logs};

use crate::both::{at, id, on_both};

const NOW: &str = "2026-11-23T12:00:00Z";

/// A line that was written `second` seconds after noon.
fn line(run: FlowRunId, second: f64, level: i64, message: &str) -> Log {
    Log {
        id: id(),
        created: None,
        updated: None,
        name: "prefect.flow_runs".to_owned(),
        level,
        message: message.to_owned(),
        timestamp: at(NOW).plus_seconds(second),
        flow_run_id: Some(run),
        task_run_id: None,
    }
}

async fn insert(store: &Store, lines: Vec<Log>) {
    let mut tx = store.write().await.expect("a transaction");
    logs::insert(&mut tx, lines, at(NOW)).await.expect("stored");
    tx.commit().await.expect("committed");
}

fn messages<'a>(lines: impl IntoIterator<Item = &'a Log>) -> Vec<&'a str> {
    lines.into_iter().map(|line| line.message.as_str()).collect()
}

#[tokio::test]
async fn lines_are_read_back_by_the_writers_clock() {
    on_both(async |store| {
        let (run, other, task) = (id(), id(), id::<TaskRunId>());
        let mut of_task = line(run, 3.0, 20, "of a task");
        of_task.task_run_id = Some(task);
        insert(&store, vec![line(run, 2.0, 40, "second"), line(run, 1.0, 20, "first"), line(other, 0.0, 20, "other")])
            .await;
        insert(&store, vec![of_task.clone()]).await;
        let read = async |filter: LogFilter, sort| {
            let mut tx = store.read().await.expect("a connection");
            logs::filter(&mut tx, Some(&filter), sort, 200, 0).await.expect("lines")
        };
        let of_run = LogFilter {
            flow_run_id: Some(OptionalIdOps { any_: Some(vec![run]), is_null_: None, ..Default::default() }),
            ..LogFilter::default()
        };
        assert_eq!(messages(&read(of_run.clone(), LogSort::TimestampAsc).await), ["first", "second", "of a task"]);
        assert_eq!(messages(&read(of_run.clone(), LogSort::TimestampDesc).await), ["of a task", "second", "first"]);
        let loud = LogFilter { level: Some(NumberOps { ge_: Some(30), ..NumberOps::default() }), ..of_run.clone() };
        assert_eq!(messages(&read(loud, LogSort::TimestampAsc).await), ["second"]);
        let of_flow = LogFilter {
            task_run_id: Some(OptionalIdOps { any_: None, is_null_: Some(true), ..Default::default() }),
            ..of_run.clone()
        };
        assert_eq!(messages(&read(of_flow, LogSort::TimestampAsc).await), ["first", "second"]);
        let text = |query: &str| LogFilter { text: Some(QueryOps { query: Some(query.to_owned()) }), ..of_run.clone() };
        for (query, want) in [
            ("SECOND first", vec!["first", "second"]),
            ("-second -first", vec!["of a task"]),
            ("+flow_runs +task", vec!["of a task"]),
            ("100%", vec![]),
        ] {
            assert_eq!(messages(&read(text(query), LogSort::TimestampAsc).await), want, "{query}");
        }
        let found = read(of_run, LogSort::TimestampDesc).await.remove(0);
        assert_eq!(found, Log { created: Some(at(NOW)), updated: Some(at(NOW)), ..of_task });
    })
    .await;
}

#[tokio::test]
async fn a_run_is_read_in_the_order_of_storing() {
    on_both(async |store| {
        let (run, other) = (id(), id());
        let lines = (0..1203_u32).map(|n| {
            line(if n % 3 == 2 { other } else { run }, -f64::from(n), i64::from(10 + n % 2 * 10), &n.to_string())
        });
        insert(&store, lines.collect()).await;
        let mut tx = store.read().await.expect("a connection");
        let newest = logs::newest(&mut tx).await.expect("a number") - 1;
        let tail = logs::tail(&mut tx, run, 0, 3).await.expect("lines");
        let said = |lines: &[domain::logs::LogLine]| lines.iter().map(|line| line.message.clone()).collect::<Vec<_>>();
        assert_eq!((said(&tail), tail[2].seq), (vec!["1198".to_owned(), "1200".to_owned(), "1201".to_owned()], newest));
        let before = logs::before(&mut tx, run, tail[0].seq, 20, 2).await.expect("lines");
        assert_eq!(said(&before), ["1195", "1197"]);
        assert!(logs::has_before(&mut tx, run, before[0].seq, 0).await.expect("yes or no"));
        let after = logs::after(&mut tx, run, before[1].seq, 0, 100).await.expect("lines");
        assert_eq!(said(&after), ["1198", "1200", "1201"]);
        let first = logs::after(&mut tx, run, 0, 0, 1).await.expect("lines").remove(0);
        assert!(!logs::has_before(&mut tx, run, first.seq, 0).await.expect("yes or no"));
    })
    .await;
}

#[tokio::test]
async fn whoever_follows_all_runs_misses_nothing() {
    on_both(async |store| {
        let start = logs::newest(&mut store.read().await.expect("a connection")).await.expect("a number");
        let run = id();
        let writers = (0..8).map(|writer| {
            let store = store.clone();
            async move {
                for n in 0..5 {
                    insert(&store, vec![line(run, 0.0, 20, &format!("{writer}/{n}")), line(run, 0.0, 20, "more")])
                        .await;
                }
            }
        });
        let writing = async { futures_join(writers).await };
        let reading = async {
            let (mut cursor, mut seen) = (start, 0);
            while seen < 80 {
                let mut tx = store.read().await.expect("a connection");
                let lines = logs::stored_after(&mut tx, &LogFilter::default(), cursor, 7).await.expect("lines");
                seen += lines.len();
                assert!(lines.iter().all(|(seq, _)| *seq > cursor));
                cursor = lines.last().map_or(cursor, |(seq, _)| *seq);
                drop(tx);
                tokio::task::yield_now().await;
            }
        };
        let both = async { tokio::join!(writing, reading) };
        tokio::time::timeout(std::time::Duration::from_secs(30), both).await.expect("every line was seen");
    })
    .await;
}

/// Runs all at once.
async fn futures_join(all: impl Iterator<Item = impl Future<Output = ()> + Send + 'static>) {
    let mut set = tokio::task::JoinSet::new();
    all.for_each(|one| {
        set.spawn(one);
    });
    while let Some(ended) = set.join_next().await {
        ended.expect("it ends well");
    }
}

#[tokio::test]
async fn a_deleted_runs_lines_go_with_it() {
    on_both(async |store| {
        let (run, other) = (id(), id());
        insert(&store, vec![line(run, 0.0, 20, "a"), line(run, 0.0, 20, "b"), line(other, 0.0, 20, "c")]).await;
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(logs::delete_of_flow_run(&mut tx, run).await.expect("deleted"), 2);
        tx.commit().await.expect("committed");
        let mut tx = store.read().await.expect("a connection");
        assert_eq!(logs::tail(&mut tx, run, 0, 9).await.expect("lines").len(), 0);
        assert_eq!(logs::tail(&mut tx, other, 0, 9).await.expect("lines").len(), 1);
    })
    .await;
}
