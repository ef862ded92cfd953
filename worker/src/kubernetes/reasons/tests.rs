use super::*;

/// A Job that has neither ended nor been deleted, with no second try.
fn job() -> JobFacts {
    JobFacts {
        uid: "u".to_owned(),
        deleting: false,
        end: None,
        failing: None,
        backoff_limit: 0,
        has_one_pod: true,
        deadline: None,
        created: 0,
        run: None,
    }
}

fn failed_job() -> JobFacts {
    JobFacts { end: Some(JobEnd::Failed("BackoffLimitExceeded: limit".to_owned())), ..job() }
}

/// A pod that has just been made.
fn pod() -> PodFacts {
    PodFacts {
        name: "demo-x".to_owned(),
        uid: "p".to_owned(),
        job_uid: "u".to_owned(),
        created: 1,
        scheduled: None,
        started_at: None,
        phase: "Pending".to_owned(),
        node: None,
        deleting: false,
        deleted: None,
        gone: false,
        container: "prefect-job".to_owned(),
        started: false,
        exit: None,
        dead: false,
        waiting: None,
        unschedulable: None,
        reason: None,
        message: None,
        memory_limit: None,
    }
}

fn running() -> PodFacts {
    PodFacts { started: true, phase: "Running".to_owned(), ..pod() }
}

fn exited(code: i32, reason: &str, message: &str) -> PodFacts {
    let exit = Exit { code, reason: reason.to_owned(), message: message.to_owned() };
    PodFacts { exit: Some(exit), ..running() }
}

fn waiting(reason: &str, message: &str) -> PodFacts {
    let (reason, message, image) = (reason.to_owned(), message.to_owned(), "demo:1".to_owned());
    PodFacts { waiting: Some(Waiting { reason, message, image }), node: Some("node-1".to_owned()), ..pod() }
}

#[test]
fn what_keeps_a_pod_from_starting_is_said() {
    let unschedulable = PodFacts { unschedulable: Some("0/3 nodes are available".to_owned()), ..pod() };
    let cases = [
        (pod(), "Kubernetes pod demo-x is pending.", Problem::None),
        (waiting("ContainerCreating", ""), "Kubernetes pod demo-x is being started on node-1.", Problem::None),
        (unschedulable, "No node can take the pod: 0/3 nodes are available", Problem::MayPass),
        (
            waiting("ErrImagePull", "x: not found"),
            "Image \"demo:1\" cannot be pulled: x: not found",
            Problem::Unobtainable,
        ),
        (
            waiting("ImagePullBackOff", "x: not found"),
            "Image \"demo:1\" cannot be pulled: x: not found",
            Problem::Final,
        ),
        (
            waiting("ImagePullBackOff", "i/o timeout"),
            "Image \"demo:1\" cannot be pulled: i/o timeout",
            Problem::MayPass,
        ),
        (waiting("InvalidImageName", "x"), "\"demo:1\" is not a valid image name.", Problem::Final),
        (
            waiting("CreateContainerConfigError", "secret \"s\" not found"),
            "The container's configuration cannot be made: secret \"s\" not found",
            Problem::Missing,
        ),
    ];
    for (pod, text, problem) in cases {
        let expected = Verdict::Pending { text: text.to_owned(), problem };
        assert_eq!(verdict(Some(&job()), false, &[pod]), expected);
    }
    let none =
        Verdict::Pending { text: "Kubernetes has not made a pod for the Job yet.".to_owned(), problem: Problem::None };
    assert_eq!(verdict(Some(&job()), false, &[]), none);
    assert_eq!(verdict(None, false, &[]), none);
}

#[test]
fn images_that_cannot_be_had_are_told_from_registries_that_are_busy() {
    let cases = [
        ("ErrImagePull", "connection refused", Problem::Unobtainable),
        ("ImagePullBackOff", "connection refused", Problem::Unobtainable),
        ("ErrImagePull", "429 Too Many Requests", Problem::MayPass),
        ("ErrImagePull", "lookup x: no such host", Problem::Unobtainable),
        ("ImagePullBackOff", "lookup x: no such host", Problem::Final),
        ("ImagePullBackOff", "pull access denied", Problem::Final),
    ];
    for (reason, message, expected) in cases {
        let found = verdict(Some(&job()), false, &[waiting(reason, message)]);
        assert!(matches!(found, Verdict::Pending { problem, .. } if problem == expected), "{message}: {found:?}");
    }
}

#[test]
fn warnings_of_the_cluster_are_told_apart() {
    let cases = [
        ("pods \"x\" is forbidden: exceeded quota: none, requested: pods=1", Problem::MayPass),
        (
            "pods \"x\" is forbidden: error looking up service account a/b: serviceaccount \"b\" not found",
            Problem::Missing,
        ),
        ("MountVolume.SetUp failed for volume \"v\" : secret \"s\" not found", Problem::Missing),
        ("pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\"", Problem::Final),
        ("admission webhook \"w\" denied the request: no", Problem::Final),
        ("Readiness probe failed", Problem::MayPass),
    ];
    for (message, problem) in cases {
        assert_eq!(warning_problem(message), problem, "{message}");
    }
}

#[test]
fn a_deadline_is_told_whatever_the_pod_says() {
    let late = JobFacts { end: Some(JobEnd::Failed("DeadlineExceeded: Job was active longer".to_owned())), ..job() };
    let text = "The Job ran longer than its deadline (activeDeadlineSeconds).".to_owned();
    let expected = Verdict::Failed { text, exit: ExitKind::Infrastructure };
    assert_eq!(verdict(Some(&late), false, &[exited(143, "Error", "")]), expected);
    let due = JobFacts { deadline: Some(100), ..job() };
    let deleted = |at| PodFacts { deleting: true, deleted: Some(at), ..running() };
    let lost = verdict(Some(&due), false, &[deleted(100)]);
    assert_eq!(lost, Verdict::PodLost("The Job ran longer than its deadline (activeDeadlineSeconds).".to_owned()));
    assert_ne!(verdict(Some(&due), false, &[deleted(99)]), lost);
}

#[test]
fn the_end_of_a_failed_job_is_told_by_its_pod() {
    let own = |text: &str, code| Verdict::Failed { text: text.to_owned(), exit: ExitKind::Own(code) };
    let cluster = |text: &str| Verdict::Failed { text: text.to_owned(), exit: ExitKind::Infrastructure };
    let limited = PodFacts { memory_limit: Some("64Mi".to_owned()), ..exited(137, "OOMKilled", "") };
    let evicted = PodFacts {
        reason: Some("Evicted".to_owned()),
        message: Some("The node was low on resource: memory.".to_owned()),
        ..exited(137, "Error", "")
    };
    let oom = "The container was ended because it used more memory than its limit (64Mi) (OOMKilled, status 137). \
               Raise the memory limit or let the flow use less.";
    let cases = [
        (exited(1, "Error", ""), own("Command exited with status 1.", 1)),
        (exited(143, "Error", ""), own("Command exited with status 143 (signal 15).", 143)),
        (limited, cluster(oom)),
        (evicted, cluster("The pod was ended by the cluster (Evicted): The node was low on resource: memory.")),
        (
            exited(127, "ContainerCannotRun", "exec: \"x\": not found\n"),
            cluster("The container could not be started: exec: \"x\": not found"),
        ),
        (pod(), cluster("The Kubernetes Job failed (BackoffLimitExceeded: limit).")),
    ];
    for (pod, expected) in cases {
        assert_eq!(verdict(Some(&failed_job()), false, &[pod]), expected);
    }
    // An earlier try does not matter.
    let tries = [exited(1, "Error", ""), exited(2, "Error", "")];
    assert_eq!(verdict(Some(&failed_job()), false, &tries), own("Command exited with status 2.", 2));
}

#[test]
fn what_is_over_is_not_mistaken() {
    let complete = JobFacts { end: Some(JobEnd::Complete), ..job() };
    let deleting = JobFacts { deleting: true, ..job() };
    let going = |pod: PodFacts| PodFacts { deleting: true, ..pod };
    let gone = |pod: PodFacts| PodFacts { gone: true, ..pod };
    let done = || exited(0, "Completed", "");
    let two_tries = JobFacts { backoff_limit: 1, ..job() };
    let two_pods = JobFacts { has_one_pod: false, ..job() };
    let ended = |pod: PodFacts, phase: &str| PodFacts { phase: phase.to_owned(), dead: true, ..pod };
    let exit_1 = Verdict::Failed { text: "Command exited with status 1.".to_owned(), exit: ExitKind::Own(1) };
    let lost = Verdict::PodLost("The pod demo-x was deleted while the run was under way.".to_owned());
    let cases = [
        ("running", Some(job()), false, vec![running()], Verdict::Running),
        ("its container has ended, the Job not yet", Some(job()), false, vec![done()], Verdict::Running),
        (
            "its pod has ended, the Job not yet",
            Some(job()),
            false,
            vec![ended(done(), "Succeeded")],
            Verdict::Succeeded,
        ),
        ("one of its pods has ended", Some(two_pods), false, vec![ended(done(), "Succeeded")], Verdict::Running),
        ("its only try", Some(job()), false, vec![ended(exited(1, "Error", ""), "Failed")], exit_1),
        ("it was killed", Some(job()), false, vec![ended(exited(137, "Error", ""), "Failed")], Verdict::Running),
        (
            "its first try",
            Some(two_tries.clone()),
            false,
            vec![ended(exited(1, "Error", ""), "Failed")],
            Verdict::Running,
        ),
        ("complete", Some(complete.clone()), false, vec![done()], Verdict::Succeeded),
        ("complete and cleared away", Some(complete), true, vec![gone(done())], Verdict::Succeeded),
        ("cleared away before it was seen to be complete", Some(job()), true, vec![gone(done())], Verdict::Succeeded),
        ("deleted", Some(deleting), false, vec![going(running())], Verdict::Deleted),
        ("gone", Some(job()), true, vec![gone(running())], Verdict::Deleted),
        ("its pod is being deleted", Some(job()), false, vec![going(running())], lost.clone()),
        ("its pod was replaced", Some(job()), false, vec![gone(running()), pod()], lost),
        ("its pod was replaced, as it may", Some(two_tries), false, vec![gone(running()), running()], Verdict::Running),
    ];
    for (what, job, gone, pods, expected) in cases {
        assert_eq!(verdict(job.as_ref(), gone, &pods), expected, "{what}");
    }
}
