use serde_json::{Value, json};

use super::*;

fn job(name: &str, uid: &str) -> Job {
    serde_json::from_value(json!({ "metadata": { "name": name, "uid": uid } })).expect("a Job")
}

fn pod(name: &str, job: &str, uid: &str, state: Value) -> Pod {
    let value = json!({
        "metadata": {
            "name": name, "labels": { "job-name": job },
            "ownerReferences": [{ "apiVersion": "batch/v1", "kind": "Job", "name": job, "uid": uid }],
        },
        "spec": { "containers": [{ "name": "prefect-job" }] },
        "status": { "phase": "Pending", "containerStatuses": [{
            "name": "prefect-job", "image": "demo:1", "imageID": "", "ready": false, "restartCount": 0, "state": state,
        }] },
    });
    serde_json::from_value(value).expect("a pod")
}

fn waiting(reason: &str, message: &str) -> Value {
    json!({ "waiting": { "reason": reason, "message": message } })
}

#[test]
fn followers_hear_of_their_own_job_only() {
    let board = Board::default();
    let (mut one, two) = (board.follow("one"), board.follow("two"));
    board.take_job(Event::Apply(job("one", "1")));
    assert_eq!((one.has_changed().ok(), two.has_changed().ok()), (Some(true), Some(false)));
    one.borrow_and_update();
    board.take_job(Event::Apply(job("one", "1")));
    assert_eq!(one.has_changed().ok(), Some(false), "nothing new was said");
    board.take_pod(Event::Apply(pod("one-x", "one", "1", waiting("ContainerCreating", ""))));
    assert_eq!(one.borrow_and_update().pods.len(), 1);
    board.take_job(Event::Delete(job("one", "1")));
    assert!(one.borrow().gone && !one.borrow().is_empty());
    board.take_pod(Event::Delete(pod("one-x", "one", "1", json!({}))));
    assert!(one.borrow().is_empty());
}

#[test]
fn what_a_new_list_lacks_is_gone() {
    let board = Board::default();
    let (kept, lost) = (board.follow("kept"), board.follow("lost"));
    for name in ["kept", "lost"] {
        board.take_job(Event::Apply(job(name, name)));
        board.take_pod(Event::Apply(pod(&format!("{name}-x"), name, name, json!({}))));
    }
    board.take_job(Event::Init);
    board.take_pod(Event::Init);
    board.take_job(Event::InitApply(job("kept", "kept")));
    board.take_pod(Event::InitApply(pod("kept-x", "kept", "kept", json!({}))));
    assert!(!lost.borrow().gone, "the list is not complete yet");
    board.take_job(Event::InitDone);
    board.take_pod(Event::InitDone);
    assert!(lost.borrow().is_empty());
    assert!(!kept.borrow().gone && !kept.borrow().pods[0].gone);
}

#[test]
fn pods_of_an_older_job_of_that_name_do_not_count() {
    let board = Board::default();
    let view = board.follow("demo");
    board.take_pod(Event::Apply(pod("old-x", "demo", "old", json!({}))));
    board.enter(&job("demo", "new"));
    assert!(view.borrow().pods.is_empty());
    board.take_pod(Event::Delete(pod("old-x", "demo", "old", json!({}))));
    assert!(view.borrow().pods.is_empty());
    board.take_pod(Event::Apply(pod("new-x", "demo", "new", json!({}))));
    assert_eq!(view.borrow().pods.len(), 1);
}

#[test]
fn the_reason_of_a_failed_pull_is_remembered() {
    let board = Board::default();
    let view = board.follow("demo");
    let message = || view.borrow().pods[0].waiting.as_ref().map(|waiting| waiting.message.clone());
    board.take_job(Event::Apply(job("demo", "1")));
    board.take_pod(Event::Apply(pod("x", "demo", "1", waiting("ErrImagePull", "demo:1: no such tag in the registry"))));
    board.take_pod(Event::Apply(pod("x", "demo", "1", waiting("ImagePullBackOff", "Back-off pulling image"))));
    assert_eq!(message().as_deref(), Some("demo:1: no such tag in the registry"));
    board.take_pod(Event::Apply(pod("x", "demo", "1", json!({ "running": {} }))));
    assert!(view.borrow().pods[0].started);
}

#[test]
fn what_is_over_and_not_followed_is_forgotten() {
    let board = Board::default();
    board.take_job(Event::Apply(job("demo", "1")));
    board.take_job(Event::Delete(job("demo", "1")));
    board.take_job(Event::Init);
    assert!(board.look("demo").is_none());
    let _followed = board.follow("other");
    board.take_job(Event::Init);
    assert!(board.look("other").is_some());
}

#[test]
fn a_pod_in_the_place_of_a_deleted_one_is_not_spared() {
    let at = |name: &str, created: &str, deleted: Option<&str>| {
        let mut pod = pod(name, "one", "1", json!({ "running": {} }));
        let time = |text: &str| serde_json::from_value(json!(text)).expect("a time");
        pod.metadata.creation_timestamp = Some(time(created));
        pod.metadata.deletion_timestamp = deleted.map(time);
        pod.metadata.deletion_grace_period_seconds = deleted.map(|_| 30);
        pod
    };
    let spared = |pods: Vec<Pod>| {
        let board = Board::default();
        let view = board.follow("one");
        board.take_job(Event::Apply(job("one", "1")));
        pods.into_iter().for_each(|pod| board.take_pod(Event::Apply(pod)));
        let mut names: Vec<String> = view.borrow().spared().into_iter().collect();
        names.sort();
        names
    };
    let first = || at("first", "2026-11-23T18:00:00Z", Some("2026-11-23T18:00:40Z"));
    assert_eq!(spared(vec![first(), at("second", "2026-11-23T18:00:10Z", None)]), ["first"]);
    assert_eq!(spared(vec![first(), at("beside", "2026-11-23T18:00:01Z", None)]), ["beside", "first"]);
}

#[test]
fn a_pod_that_has_ended_is_over_whatever_its_container_says() {
    let board = Board::default();
    let view = board.follow("one");
    board.take_job(Event::Apply(job("one", "1")));
    board.take_pod(Event::Apply(pod("one-x", "one", "1", json!({ "running": {} }))));
    board.take_job(Event::Delete(job("one", "1")));
    assert!(!view.borrow().is_over());
    let mut ended = pod("one-x", "one", "1", waiting("ContainerCreating", ""));
    ended.status.as_mut().expect("a status").phase = Some("Failed".to_owned());
    board.take_pod(Event::Apply(ended));
    assert!(view.borrow().is_over() && view.borrow().pods[0].started);
}
