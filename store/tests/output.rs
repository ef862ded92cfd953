//! Table `flow_run_output`.

use domain::FlowRunId;
use domain::output::{Output, OutputEnd, OutputLine};
use domain::state::StateType;
use store::{flow_run_output, flow_runs};

use crate::both::{at, id, on_both};
use crate::runs::{insert, new_flow, run};

fn line(when: &str, nth: i64, text: &str) -> OutputLine {
    OutputLine { at: at(when), nth, text: text.to_owned() }
}

#[tokio::test]
async fn lines_are_kept_once_in_their_order_and_go_with_their_run() {
    on_both(async |store| {
        let stored = run(new_flow(&store, "etl").await, "brave-otter", StateType::Running);
        insert(&store, &[&stored]).await;
        let run = stored.id;
        let (early, late) = ("2026-11-23T12:00:00Z", "2026-11-23T12:00:10Z");
        let output = |pod: &str, lines: Vec<OutputLine>| Output { pod: pod.to_owned(), lines };
        let mut tx = store.write().await.expect("a transaction");
        let many = (0..120).map(|n| line(early, n, &format!("line {n}"))).collect();
        assert!(flow_run_output::insert(&mut tx, run, &output("one", many)).await.expect("kept"));
        let again = vec![line(early, 119, "sent twice"), line(late, 0, "last")];
        assert!(flow_run_output::insert(&mut tx, run, &output("one", again)).await.expect("kept"));
        assert!(
            flow_run_output::insert(&mut tx, run, &output("two", vec![line(late, 0, "other")])).await.expect("kept")
        );
        let gone: FlowRunId = id();
        assert!(!flow_run_output::insert(&mut tx, gone, &output("one", vec![])).await.expect("looked for"));
        let end = flow_run_output::end(&mut tx, run, "one").await.expect("read");
        assert_eq!(end, Some(OutputEnd { at: at(late), nth: 0 }));
        assert_eq!(flow_run_output::end(&mut tx, run, "three").await.expect("read"), None);
        assert_eq!(flow_run_output::count(&mut tx, run).await.expect("counted"), 122);
        let texts = |lines: Vec<(String, OutputLine)>| lines.into_iter().map(|(_, line)| line.text).collect::<Vec<_>>();
        assert_eq!(texts(flow_run_output::last(&mut tx, run, 3).await.expect("read")), ["line 119", "last", "other"]);
        let from = (at(early), "one".to_owned(), 118);
        let rest = flow_run_output::after(&mut tx, run, &from, 2).await.expect("read");
        assert_eq!(texts(rest), ["line 119", "last"]);
        assert!(flow_runs::delete(&mut tx, run).await.expect("deleted"));
        assert_eq!(flow_run_output::count(&mut tx, run).await.expect("counted"), 0);
    })
    .await;
}
