//! `/api/reeve/live`: a run's log and what changes, pushed.

use std::time::{Duration, Instant};

use client::logs;
use domain::live::{Changed, LiveAsk, LiveMessage};
use domain::{FlowRunId, Major, Uuid};
use serde_json::json;
use server::app_state::Policy;

use super::logs::lines;
use crate::harness::socket::{Peer, connect};
use crate::harness::{Server, id};

async fn heard(peer: &mut Peer) -> LiveMessage {
    serde_json::from_value(peer.hear().await).expect("a message")
}

/// Reads until `count` lines have come; their messages, and how many frames they took.
async fn read_lines(peer: &mut Peer, run: FlowRunId, count: usize) -> (Vec<String>, usize) {
    let (mut said, mut frames, mut last) = (Vec::new(), 0, 0);
    while said.len() < count {
        match heard(peer).await {
            LiveMessage::Logs { flow_run_id, lines, cursor } if flow_run_id == run => {
                assert!(lines.iter().all(|line| line.seq > last), "nothing comes twice");
                last = cursor;
                frames += 1;
                said.extend(lines.into_iter().map(|line| line.message));
            }
            other => panic!("{other:?}"),
        }
    }
    (said, frames)
}

#[tokio::test]
async fn a_followed_log_begins_with_what_is_stored_and_goes_on() {
    let server = Server::start().await;
    let (client, address) = (server.client(Major::V3), server.listen().await);
    let (run, other) = (id(), id());
    logs::create(&client, &lines(run, 1200)).await.expect("stored");
    let mut peer = connect(address, "/reeve/live", &[]).await.expect("let in");
    peer.say(&LiveAsk::FollowLogs { flow_run_id: run, after: 0 }).await;
    let (said, frames) = read_lines(&mut peer, run, 1200).await;
    assert_eq!((said[0].as_str(), said[1199].as_str(), frames), ("line 0", "line 1199", 3));

    logs::create(&client, &lines(other, 5)).await.expect("stored");
    logs::create(&client, &lines(run, 5)).await.expect("stored");
    let stored = Instant::now();
    assert_eq!(read_lines(&mut peer, run, 5).await.0[4], "line 4");
    assert!(stored.elapsed() < Duration::from_millis(300), "{:?}", stored.elapsed());

    peer.say(&LiveAsk::UnfollowLogs { flow_run_id: run }).await;
    peer.say(&LiveAsk::FollowLogs { flow_run_id: other, after: 0 }).await;
    assert_eq!(read_lines(&mut peer, other, 5).await.0.len(), 5);
    logs::create(&client, &lines(run, 5)).await.expect("stored");
    assert!(peer.hears_nothing_for(Duration::from_millis(200)).await);
}

#[tokio::test]
async fn a_busy_log_arrives_in_batches_and_whole() {
    let server = Server::start().await;
    let (client, address) = (server.client(Major::V3), server.listen().await);
    let run = id();
    let mut peers = Vec::new();
    for _ in 0..5 {
        let mut peer = connect(address, "/reeve/live", &[]).await.expect("let in");
        peer.say(&LiveAsk::FollowLogs { flow_run_id: run, after: 0 }).await;
        peers.push(peer);
    }
    for _ in 0..300 {
        logs::create(&client, &lines(run, 10)).await.expect("stored");
    }
    for peer in &mut peers {
        let (said, frames) = read_lines(peer, run, 3000).await;
        assert!(said.len() == 3000 && frames < 300, "{frames} frames");
    }
}

#[tokio::test]
async fn changes_are_told_once_each_and_too_many_are_summed_up() {
    let server = Server::start().await;
    let address = server.listen().await;
    let mut peer = connect(address, "/reeve/live", &[]).await.expect("let in");
    peer.say(&LiveAsk::FollowChanges { age: 0.0 }).await;
    // The ask is taken once a later one has been answered.
    let run = id();
    logs::create(&server.client(Major::V3), &lines(run, 1)).await.expect("stored");
    peer.say(&LiveAsk::FollowLogs { flow_run_id: run, after: 0 }).await;
    read_lines(&mut peer, run, 1).await;

    for _ in 0..10 {
        server.app.live.flow_run_changed(run, None);
    }
    match heard(&mut peer).await {
        LiveMessage::Changed(change) => assert_eq!((change.what, change.id), (Changed::FlowRun, run.0)),
        other => panic!("{other:?}"),
    }
    assert!(peer.hears_nothing_for(Duration::from_millis(200)).await);
    for _ in 0..2000 {
        server.app.live.changed(Changed::Worker, id::<Uuid>());
    }
    assert_eq!(heard(&mut peer).await, LiveMessage::Lagged);
}

#[tokio::test]
async fn whoever_comes_later_hears_what_happened_since_his_page_was_read() {
    let server = Server::start().await;
    let address = server.listen().await;
    let run = id();
    server.app.live.flow_run_changed(run, None);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut peer = connect(address, "/reeve/live", &[]).await.expect("let in");
    peer.say(&LiveAsk::FollowChanges { age: 0.0 }).await;
    assert!(peer.hears_nothing_for(Duration::from_millis(200)).await, "that is older than the page");
    peer.say(&LiveAsk::FollowChanges { age: 60.0 }).await;
    match heard(&mut peer).await {
        LiveMessage::Changed(change) => assert_eq!((change.what, change.id), (Changed::FlowRun, run.0)),
        other => panic!("{other:?}"),
    }
    for _ in 0..1100 {
        server.app.live.changed(Changed::Worker, id::<Uuid>());
    }
    let mut late = connect(address, "/reeve/live", &[]).await.expect("let in");
    late.say(&LiveAsk::FollowChanges { age: 60.0 }).await;
    assert_eq!(heard(&mut late).await, LiveMessage::Lagged);
}

#[tokio::test]
async fn what_is_not_understood_ends_the_talk_and_so_does_the_server() {
    let server = Server::start().await;
    let address = server.listen().await;
    let mut peer = connect(address, "/reeve/live", &[]).await.expect("let in");
    peer.say(&json!("follow_everything")).await;
    assert_eq!(peer.closed_with().await, 1008);
    let mut peer = connect(address, "/reeve/live", &[]).await.expect("let in");
    server.app.stopping.cancel();
    assert_eq!(peer.closed_with().await, 1001);
    server.app.sockets.close();
    tokio::time::timeout(Duration::from_secs(5), server.app.sockets.wait()).await.expect("nothing keeps the server");
}

#[tokio::test]
async fn only_pages_of_this_server_and_people_with_the_password_come_in() {
    let server = Server::with(Policy { auth_string: Some("admin:secret".to_owned()), ..Policy::default() }).await;
    let address = server.listen().await;
    let own = format!("http://{address}");
    let right = ("authorization", "Basic YWRtaW46c2VjcmV0");
    let refused = [
        (vec![], 401),
        (vec![("authorization", "Basic eDp5")], 401),
        (vec![right, ("origin", "http://evil.example")], 403),
    ];
    for (headers, want) in refused {
        assert_eq!(connect(address, "/reeve/live", &headers).await.err(), Some(want), "{headers:?}");
    }
    for headers in [vec![right], vec![right, ("origin", own.as_str())]] {
        assert!(connect(address, "/reeve/live", &headers).await.is_ok(), "{headers:?}");
    }
}
