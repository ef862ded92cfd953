//! Pods and Jobs as Kubernetes 1.31 and later describe them; the tests' own cluster is too old to.

use serde_json::{Value, json};

use super::*;
use crate::kubernetes::reasons::{ExitKind, Verdict, verdict};

fn job(conditions: Value) -> JobFacts {
    let job = json!({
        "metadata": { "name": "demo", "uid": "u", "creationTimestamp": "2026-11-27T12:00:00Z" },
        "spec": { "backoffLimit": 0, "podReplacementPolicy": "TerminatingOrFailed", "completionMode": "NonIndexed",
                  "suspend": false, "manualSelector": false, "template": { "spec": { "containers": [] } } },
        "status": { "startTime": "2026-11-27T12:00:00Z", "active": 0, "terminating": 1, "ready": 0,
                    "uncountedTerminatedPods": {}, "conditions": conditions },
    });
    JobFacts::of(&serde_json::from_value(job).expect("a Job"))
}

/// A pod with a proxy that goes on beside the flow, in the words of kubelet 1.31.
fn pod(metadata: Value, status: Value) -> PodFacts {
    let mut pod = json!({
        "metadata": { "name": "demo-x", "uid": "p", "creationTimestamp": "2026-11-27T12:00:01Z",
                      "finalizers": ["batch.kubernetes.io/job-tracking"],
                      "ownerReferences": [{ "apiVersion": "batch/v1", "kind": "Job", "name": "demo", "uid": "u" }] },
        "spec": { "nodeName": "node-1",
                  "initContainers": [{ "name": "proxy", "restartPolicy": "Always" }, { "name": "fetch" }],
                  "containers": [{ "name": "prefect-job" }] },
        "status": { "qosClass": "Burstable", "hostIPs": [{ "ip": "10.0.0.1" }], "podIPs": [{ "ip": "10.1.0.1" }],
                    "resize": "", "observedGeneration": 1 },
    });
    for (part, more) in [("metadata", metadata), ("status", status)] {
        pod[part].as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    }
    PodFacts::of(&serde_json::from_value(pod).expect("a pod"))
}

fn container(name: &str, state: Value) -> Value {
    json!({
        "name": name, "image": "demo:1", "imageID": "", "ready": false, "started": true, "restartCount": 0, "state": state,
        "allocatedResources": { "cpu": "100m" }, "resources": { "requests": { "cpu": "100m" } },
        "volumeMounts": [{ "name": "v", "mountPath": "/v", "recursiveReadOnly": "Disabled" }],
        "user": { "linux": { "uid": 1000, "gid": 1000, "supplementalGroups": [1000] } },
        "allocatedResourcesStatus": [{ "name": "cpu", "resources": [] }],
    })
}

fn runs() -> Value {
    json!({ "running": { "startedAt": "2026-11-27T12:00:02Z" } })
}

fn ended(code: i32, reason: &str) -> Value {
    json!({ "terminated": { "exitCode": code, "reason": reason, "finishedAt": "2026-11-27T12:00:09Z" } })
}

fn statuses(phase: &str, proxy: Value, main: Value) -> Value {
    json!({
        "phase": phase, "containerStatuses": [container("prefect-job", main)],
        "initContainerStatuses": [container("proxy", proxy), container("fetch", ended(0, "Completed"))],
    })
}

fn deleted() -> Value {
    json!({ "deletionTimestamp": "2026-11-27T12:00:40Z", "deletionGracePeriodSeconds": 30 })
}

fn disrupted(status: Value, reason: &str, message: &str) -> Value {
    let mut status = status;
    status["conditions"] = json!([
        { "type": "PodReadyToStartContainers", "status": "True" },
        { "type": "DisruptionTarget", "status": "True", "reason": reason, "message": message },
    ]);
    status
}

fn condition(kind: &str, reason: &str) -> Value {
    json!([{ "type": kind, "status": "True", "reason": reason, "message": "so it is" }])
}

#[test]
fn the_cluster_says_why_it_took_a_pod_away() {
    let cases = [
        ("PreemptionByScheduler", "default-scheduler: preempting to accommodate a higher priority pod"),
        ("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint"),
        ("EvictionByEvictionAPI", "Eviction API: evicting"),
        ("TerminationByKubelet", "The node was low on resource: memory."),
    ];
    for (reason, message) in cases {
        let status = disrupted(statuses("Running", runs(), runs()), reason, message);
        let lost = verdict(Some(&job(json!([]))), false, &[pod(deleted(), status.clone())]);
        let text = format!("The pod demo-x was deleted while the run was under way ({reason}: {message}).");
        assert_eq!(lost, Verdict::PodLost(text));
        // Its processes have ended, and the Job has failed.
        let mut status = status;
        status["containerStatuses"] = json!([container("prefect-job", ended(143, "Error"))]);
        status["phase"] = json!("Failed");
        let failed = job(condition("Failed", "BackoffLimitExceeded"));
        let text = format!("The pod was ended by the cluster ({reason}): {message}");
        let expected = Verdict::Failed { text, exit: ExitKind::Infrastructure };
        assert_eq!(verdict(Some(&failed), false, &[pod(deleted(), status)]), expected);
    }
}

#[test]
fn a_node_that_shuts_down_is_named() {
    let words = "Pod was terminated in response to imminent node shutdown.";
    let mut status =
        disrupted(statuses("Failed", ended(137, "Error"), ended(143, "Error")), "TerminationByKubelet", words);
    status["reason"] = json!("Terminated");
    status["message"] = json!(words);
    let failed = job(condition("Failed", "BackoffLimitExceeded"));
    let text = format!("The pod was ended by the cluster (Terminated): {words}");
    let expected = Verdict::Failed { text, exit: ExitKind::Infrastructure };
    assert_eq!(verdict(Some(&failed), false, &[pod(json!({}), status)]), expected);
}

#[test]
fn a_job_that_is_going_to_fail_says_why_its_pod_is_taken_away() {
    let pod = pod(deleted(), statuses("Running", runs(), runs()));
    let late = job(condition("FailureTarget", "DeadlineExceeded"));
    let text = "The Job ran longer than its deadline (activeDeadlineSeconds).".to_owned();
    assert_eq!(verdict(Some(&late), false, std::slice::from_ref(&pod)), Verdict::PodLost(text));
    let policy = job(condition("FailureTarget", "PodFailurePolicy"));
    let text =
        "The Kubernetes Job is failing (PodFailurePolicy: so it is), and its pod demo-x is being ended.".to_owned();
    assert_eq!(verdict(Some(&policy), false, &[pod]), Verdict::PodLost(text));
}

#[test]
fn a_job_that_is_going_to_be_complete_is() {
    let done = job(condition("SuccessCriteriaMet", "CompletionsReached"));
    let going = pod(deleted(), statuses("Running", runs(), runs()));
    assert_eq!(verdict(Some(&done), false, &[going]), Verdict::Succeeded);
    let no = job(json!([{ "type": "SuccessCriteriaMet", "status": "False" }]));
    assert_eq!(no.end, None);
}

#[test]
fn a_pod_deleted_before_it_started_is_told_from_a_job_that_failed() {
    let status =
        json!({ "phase": "Pending", "containerStatuses": [container("prefect-job", json!({ "waiting": {} }))] });
    let failed = job(condition("Failed", "BackoffLimitExceeded"));
    let text = "The pod demo-x was deleted before it had started.".to_owned();
    let expected = Verdict::Failed { text, exit: ExitKind::Infrastructure };
    assert_eq!(verdict(Some(&failed), false, &[pod(deleted(), status)]), expected);
}

#[test]
fn a_sidecar_neither_ends_the_run_nor_keeps_it_from_its_end() {
    let main = |proxy: Value, main: Value, phase: &str| pod(json!({}), statuses(phase, proxy, main));
    // One that restarts says nothing about the run.
    let restarting = main(ended(1, "Error"), runs(), "Running");
    assert_eq!((restarting.exit.clone(), restarting.dead), (None, false));
    assert_eq!(verdict(Some(&job(json!([]))), false, &[restarting]), Verdict::Running);
    // The flow has ended, the proxy still says its goodbyes: the pod is not to be cleared away yet.
    let leaving = main(runs(), ended(0, "Completed"), "Running");
    assert_eq!((leaving.exit.as_ref().map(|exit| exit.code), leaving.dead), (Some(0), false));
    // It is killed at the pod's end, whatever its status: the run is what its own container was.
    let killed = main(ended(137, "Error"), ended(0, "Completed"), "Succeeded");
    assert!(killed.dead);
    let complete = job(condition("Complete", "CompletionsReached"));
    assert_eq!(verdict(Some(&complete), false, std::slice::from_ref(&killed)), Verdict::Succeeded);
    assert_eq!(verdict(Some(&job(json!([]))), true, &[killed]), Verdict::Succeeded, "cleared away at once");
    let failed = main(ended(137, "Error"), ended(3, "Error"), "Failed");
    let own = Verdict::Failed { text: "Command exited with status 3.".to_owned(), exit: ExitKind::Own(3) };
    assert_eq!(verdict(Some(&job(condition("Failed", "BackoffLimitExceeded"))), false, &[failed]), own);
}

#[test]
fn an_init_container_that_is_none_of_the_sidecars_ends_the_pod() {
    let mut status = statuses("Failed", ended(137, "Error"), json!({ "waiting": { "reason": "PodInitializing" } }));
    status["initContainerStatuses"][1] = container("fetch", ended(2, "Error"));
    let failed = job(condition("Failed", "BackoffLimitExceeded"));
    let text = "The pod's init container \"fetch\" exited with status 2.".to_owned();
    let expected = Verdict::Failed { text, exit: ExitKind::Infrastructure };
    assert_eq!(verdict(Some(&failed), false, &[pod(json!({}), status)]), expected);
}

#[test]
fn a_sidecar_that_never_comes_up_keeps_the_pod_pending_with_its_words() {
    let back_off = json!({ "waiting": { "reason": "CrashLoopBackOff", "message": "back-off 20s restarting failed container=proxy" } });
    let pod = pod(json!({}), statuses("Pending", back_off, json!({ "waiting": { "reason": "PodInitializing" } })));
    let Verdict::Pending { text, .. } = verdict(Some(&job(json!([]))), false, &[pod]) else { panic!("it is pending") };
    assert!(text.ends_with("keeps ending: back-off 20s restarting failed container=proxy"), "{text}");
}
