//! What the cluster says, in words for the people who look at the run.

use super::facts::{Exit, JobEnd, JobFacts, PodFacts, Waiting};

/// What can be said about a run's Job and pods at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not started yet. With the state of things, and whether that is a problem.
    Pending { text: String, problem: Problem },
    /// Its container has started.
    Running,
    /// The Job is complete.
    Succeeded,
    /// The Job failed.
    Failed { text: String, exit: ExitKind },
    /// The Job was deleted.
    Deleted,
    /// A pod that had started was taken away, and the Job has no more tries.
    PodLost(String),
}

/// Does something keep the pod from starting?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    None,
    /// It may pass: a pull is tried again, a node may come.
    MayPass,
    /// Something is missing that should have been there before; it may be on its way, but not for long.
    Missing,
    /// The image cannot be had, for all that can be seen.
    Unobtainable,
    /// It will not pass by waiting.
    Final,
}

/// Whose failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitKind {
    /// The program ended by itself, with this status.
    Own(i32),
    /// Something ended it, or it never began.
    Infrastructure,
}

/// Judges a Job (`None`: not seen yet) and its pods, newest last. `gone`: the Job is not there any more.
pub(crate) fn verdict(job: Option<&JobFacts>, gone: bool, pods: &[PodFacts]) -> Verdict {
    let newest = pods.last();
    match job.and_then(|job| job.end.as_ref()) {
        Some(JobEnd::Complete) => return Verdict::Succeeded,
        Some(JobEnd::Failed(why)) => return failed(why, newest),
        None => {}
    }
    if gone || job.is_some_and(|job| job.deleting) {
        // The Job vanished before it was seen to be complete; its pod knew more.
        return match newest.and_then(|pod| pod.exit.as_ref()) {
            Some(exit) if gone && exit.code == 0 && pods.iter().all(|pod| !pod.deleting) => Verdict::Succeeded,
            _ => Verdict::Deleted,
        };
    }
    if job.is_some_and(|job| job.backoff_limit == 0)
        && let Some(lost) = pods.iter().find(|pod| (pod.gone || pod.deleting) && pod.started && pod.exit.is_none())
    {
        return Verdict::PodLost(lost_text(lost, job));
    }
    if let (Some(job), Some(pod)) = (job, newest)
        && let Some(ended) = ended_before_job(job, pod)
    {
        return ended;
    }
    match newest.filter(|pod| !pod.gone) {
        Some(pod) if pod.started => Verdict::Running,
        Some(pod) => pending(pod),
        None => Verdict::Pending {
            text: "Kubernetes has not made a pod for the Job yet.".to_owned(),
            problem: Problem::None,
        },
    }
}

/// The Job of one pod whose pod has ended: the Job will say the same when its controller comes to it, which takes a
/// minute where the API server was away (pod phases are final: Kubernetes reference, "Pod phase").
fn ended_before_job(job: &JobFacts, pod: &PodFacts) -> Option<Verdict> {
    if !job.has_one_pod || pod.gone || pod.deleting {
        return None;
    }
    let exit = pod.exit.as_ref()?;
    match pod.phase.as_str() {
        "Succeeded" if exit.code == 0 => Some(Verdict::Succeeded),
        // Of a container that was killed it may be told a moment later that it was for its memory.
        "Failed" if job.backoff_limit == 0 && ![0, KILLED].contains(&exit.code) => Some(failed("", Some(pod))),
        _ => None,
    }
}

/// The status of a program that SIGKILL has ended.
const KILLED: i32 = 128 + 9;

const DEADLINE: &str = "The Job ran longer than its deadline (activeDeadlineSeconds).";

fn failed(why: &str, pod: Option<&PodFacts>) -> Verdict {
    // Whatever the pod said when it was ended for that.
    if why.starts_with("DeadlineExceeded") {
        return Verdict::Failed { text: DEADLINE.to_owned(), exit: ExitKind::Infrastructure };
    }
    let Some(pod) = pod else {
        return Verdict::Failed { text: format!("The Kubernetes Job failed ({why})."), exit: ExitKind::Infrastructure };
    };
    if let Some(reason) = &pod.reason {
        let message = pod.message.as_deref().unwrap_or("no message");
        let text = format!("The pod was ended by the cluster ({reason}): {message}");
        return Verdict::Failed { text, exit: ExitKind::Infrastructure };
    }
    match &pod.exit {
        Some(exit) => {
            let (text, exit) = exit_text(exit, pod);
            Verdict::Failed { text, exit }
        }
        None if (pod.gone || pod.deleting) && !pod.started => {
            let text = format!("The pod {} was deleted before it had started.", pod.name);
            Verdict::Failed { text, exit: ExitKind::Infrastructure }
        }
        None => Verdict::Failed { text: format!("The Kubernetes Job failed ({why})."), exit: ExitKind::Infrastructure },
    }
}

fn exit_text(exit: &Exit, pod: &PodFacts) -> (String, ExitKind) {
    let code = exit.code;
    match exit.reason.as_str() {
        "OOMKilled" => {
            let limit = pod.memory_limit.as_ref().map(|limit| format!(" ({limit})")).unwrap_or_default();
            let text = format!(
                "The container was ended because it used more memory than its limit{limit} (OOMKilled, status {code}). \
                 Raise the memory limit or let the flow use less."
            );
            (text, ExitKind::Infrastructure)
        }
        "ContainerCannotRun" | "StartError" => {
            (format!("The container could not be started: {}", exit.message.trim()), ExitKind::Infrastructure)
        }
        "DeadlineExceeded" => ("The pod ran longer than its deadline.".to_owned(), ExitKind::Infrastructure),
        "InitContainerFailed" => {
            (format!("The pod's {} exited with status {code}.", exit.message), ExitKind::Infrastructure)
        }
        _ if code > 128 && code < 160 => {
            let text = format!("Command exited with status {code} (signal {}).", code - 128);
            (text, ExitKind::Own(code))
        }
        _ => (format!("Command exited with status {code}."), ExitKind::Own(code)),
    }
}

fn lost_text(pod: &PodFacts, job: Option<&JobFacts>) -> String {
    // The Job says so itself a moment after it has deleted its pod.
    if let (Some(deadline), Some(deleted)) = (job.and_then(|job| job.deadline), pod.deleted)
        && deleted >= deadline
    {
        return DEADLINE.to_owned();
    }
    if let Some(why) = job.and_then(|job| job.failing.as_deref()) {
        return match why.starts_with("DeadlineExceeded") {
            true => DEADLINE.to_owned(),
            false => format!("The Kubernetes Job is failing ({why}), and its pod {} is being ended.", pod.name),
        };
    }
    let reason = match (&pod.reason, &pod.message) {
        (Some(reason), Some(message)) => format!(" ({reason}: {message})"),
        (Some(reason), None) => format!(" ({reason})"),
        _ => String::new(),
    };
    format!("The pod {} was deleted while the run was under way{reason}.", pod.name)
}

/// Why the pod has not started.
fn pending(pod: &PodFacts) -> Verdict {
    let of = |text: String, problem| Verdict::Pending { text, problem };
    if let Some(words) = &pod.unschedulable {
        return of(format!("No node can take the pod: {words}"), Problem::MayPass);
    }
    match &pod.waiting {
        Some(waiting) => {
            let (text, problem) = waiting_text(waiting, pod);
            of(text, problem)
        }
        None => of(format!("Kubernetes pod {} is pending.", pod.name), Problem::None),
    }
}

fn waiting_text(waiting: &Waiting, pod: &PodFacts) -> (String, Problem) {
    let Waiting { reason, message, image } = waiting;
    let message = message.trim();
    match reason.as_str() {
        "ErrImagePull" | "ImagePullBackOff" => {
            (format!("Image {image:?} cannot be pulled: {message}"), pull_problem(waiting))
        }
        "InvalidImageName" => (format!("{image:?} is not a valid image name."), Problem::Final),
        "ErrImageNeverPull" => {
            let text = format!("Image {image:?} is not on the node, and image_pull_policy Never forbids to pull it.");
            (text, Problem::Final)
        }
        "CreateContainerConfigError" => {
            (format!("The container's configuration cannot be made: {message}"), warning_problem(message))
        }
        "CrashLoopBackOff" => {
            (format!("A container that has to run before the run can start keeps ending: {message}"), Problem::MayPass)
        }
        "CreateContainerError" | "RunContainerError" => {
            (format!("The container cannot be started: {message}"), Problem::MayPass)
        }
        _ => {
            let node = pod.node.as_deref().unwrap_or("its node");
            (format!("Kubernetes pod {} is being started on {node}.", pod.name), Problem::None)
        }
    }
}

/// A registry that knows no such image will not know it in a minute, either, and one that is not there at all is
/// rather misspelt than restarted. One that is only too busy gets its time.
fn pull_problem(waiting: &Waiting) -> Problem {
    let message = waiting.message.to_ascii_lowercase();
    let says = |all: &[&str]| all.iter().any(|words| message.contains(words));
    // Without a message there is no telling yet.
    if waiting.reason == "ImagePullBackOff" && says(&HOPELESS) {
        return Problem::Final;
    }
    if says(&BUSY) { Problem::MayPass } else { Problem::Unobtainable }
}

const HOPELESS: [&str; 8] = [
    "not found",
    "manifest unknown",
    "does not exist",
    "invalid reference",
    "no such host",
    "access denied",
    "unauthorized",
    "authorization failed",
];
const BUSY: [&str; 7] = ["toomanyrequests", "too many requests", "timeout", "timed out", "deadline", "503", "502"];

/// What a warning of the cluster about a Job or pod that does not start means: an object that is not there (a service
/// account, a Secret, a ConfigMap, a volume claim) is missing; a pod that is refused by a policy stays refused.
pub(crate) fn warning_problem(message: &str) -> Problem {
    let message = message.to_ascii_lowercase();
    let says = |all: &[&str]| all.iter().any(|words| message.contains(words));
    match () {
        () if says(&["exceeded quota"]) => Problem::MayPass,
        () if says(&["violates podsecurity", "denied the request", "is invalid:"]) => Problem::Final,
        () if says(&["not found", "couldn't find key"]) => Problem::Missing,
        () => Problem::MayPass,
    }
}

#[cfg(test)]
mod tests;
