//! What is worth remembering about Jobs and pods: a few words each, so that watching ten thousand of
//! them does not take ten thousand manifests of memory.

mod containers;
#[cfg(test)]
mod tests;

use containers::{exit, failed_init, has_started, is_dead, sidecars, started_at, waiting, worst};
use domain::FlowRunId;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

/// The container that Prefect's templates name; its exit is the run's.
pub(crate) const CONTAINER: &str = "prefect-job";

/// The label with the run's id.
pub(crate) const RUN_LABEL: &str = "prefect.io/flow-run-id";

/// How a Job ended, by the cluster's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JobEnd {
    Complete,
    /// With the condition's reason and message, e.g. `BackoffLimitExceeded`.
    Failed(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobFacts {
    pub(crate) uid: String,
    /// Its deletion has begun.
    pub(crate) deleting: bool,
    pub(crate) end: Option<JobEnd>,
    /// Why it is going to have failed once its pods have ended (Kubernetes 1.31 and later).
    pub(crate) failing: Option<String>,
    pub(crate) backoff_limit: i32,
    /// It has ended when its pod has, but for further tries.
    pub(crate) has_one_pod: bool,
    /// When it has to be over, in seconds since 1970.
    pub(crate) deadline: Option<i64>,
    /// Microseconds since 1970.
    pub(crate) created: i64,
    /// By its label.
    pub(crate) run: Option<FlowRunId>,
}

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exit {
    pub(crate) code: i32,
    /// `Completed`, `Error`, `OOMKilled`, `ContainerCannotRun`, …
    pub(crate) reason: String,
    pub(crate) message: String,
}

/// Why a container does not run yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// `ContainerCreating`, `ErrImagePull`, …
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) image: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PodFacts {
    pub(crate) name: String,
    pub(crate) uid: String,
    /// The uid of the Job that made it; empty when the cluster does not say.
    pub(crate) job_uid: String,
    /// Microseconds since 1970.
    pub(crate) created: i64,
    /// When a node was found for it, and when its container started.
    pub(crate) scheduled: Option<i64>,
    pub(crate) started_at: Option<i64>,
    pub(crate) phase: String,
    pub(crate) node: Option<String>,
    /// Its deletion has begun.
    pub(crate) deleting: bool,
    /// When that was, in seconds since 1970.
    pub(crate) deleted: Option<i64>,
    /// It is not there any more.
    pub(crate) gone: bool,
    /// The container that is the run: its name, whether it has started, how it ended.
    pub(crate) container: String,
    pub(crate) started: bool,
    pub(crate) exit: Option<Exit>,
    /// None of its containers runs any more, its helpers' included.
    pub(crate) dead: bool,
    pub(crate) waiting: Option<Waiting>,
    /// The scheduler's words when no node takes it.
    pub(crate) unschedulable: Option<String>,
    /// The pod's own reason and message, e.g. `Evicted`; else those of the disruption that it is deleted for.
    pub(crate) reason: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) memory_limit: Option<String>,
}

impl JobFacts {
    pub(crate) fn of(job: &Job) -> Self {
        let conditions = job.status.as_ref().and_then(|status| status.conditions.as_ref());
        let condition = |kind: &str| {
            conditions.into_iter().flatten().find(|condition| condition.type_ == kind && condition.status == "True")
        };
        let why = |kind: &str| {
            condition(kind).map(|condition| join(condition.reason.as_deref(), condition.message.as_deref()))
        };
        // The second is the first's announcement in Kubernetes 1.31 and later: pods that are left are being ended.
        let complete = condition("Complete").or(condition("SuccessCriteriaMet")).map(|_| JobEnd::Complete);
        JobFacts {
            uid: job.metadata.uid.clone().unwrap_or_default(),
            deleting: job.metadata.deletion_timestamp.is_some(),
            end: complete.or(why("Failed").map(JobEnd::Failed)),
            failing: why("FailureTarget"),
            deadline: deadline(job),
            created: micros(job.metadata.creation_timestamp.as_ref()).unwrap_or(0),
            run: job.metadata.labels.as_ref().and_then(|labels| labels.get(RUN_LABEL)?.parse().ok()),
            has_one_pod: job
                .spec
                .as_ref()
                .is_some_and(|spec| [spec.completions, spec.parallelism].iter().all(|number| number.unwrap_or(1) == 1)),
            backoff_limit: job.spec.as_ref().and_then(|spec| spec.backoff_limit).unwrap_or(6),
        }
    }
}

impl PodFacts {
    pub(crate) fn of(pod: &Pod) -> Self {
        let status = pod.status.clone().unwrap_or_default();
        let sidecars = sidecars(pod);
        let containers = pod.spec.as_ref().map(|spec| spec.containers.as_slice()).unwrap_or_default();
        let own = containers.iter().find(|found| found.name == CONTAINER).or(containers.first());
        let container = own.map_or_else(|| CONTAINER.to_owned(), |own| own.name.clone());
        let main = status.container_statuses.iter().flatten().find(|found| found.name == container);
        let disruption =
            status.conditions.iter().flatten().find(|of| of.type_ == "DisruptionTarget" && of.status == "True");
        let (reason, message) = match disruption {
            Some(disruption) if status.reason.is_none() => (disruption.reason.clone(), disruption.message.clone()),
            _ => (status.reason.clone(), status.message.clone()),
        };
        let has_ended = matches!(status.phase.as_deref(), Some("Failed" | "Succeeded"));
        let all = status.init_container_statuses.iter().chain(&status.container_statuses).flatten();
        PodFacts {
            name: pod.metadata.name.clone().unwrap_or_default(),
            uid: pod.metadata.uid.clone().unwrap_or_default(),
            job_uid: job_uid(pod),
            created: micros(pod.metadata.creation_timestamp.as_ref()).unwrap_or(0),
            scheduled: status.conditions.iter().flatten().find_map(|condition| {
                let found = condition.type_ == "PodScheduled" && condition.status == "True";
                micros(condition.last_transition_time.as_ref().filter(|_| found))
            }),
            started_at: main.and_then(started_at),
            phase: status.phase.clone().unwrap_or_else(|| "Pending".to_owned()),
            node: pod.spec.as_ref().and_then(|spec| spec.node_name.clone()),
            deleting: pod.metadata.deletion_timestamp.is_some(),
            deleted: deleted(&pod.metadata),
            gone: false,
            started: main.is_some_and(has_started),
            dead: has_ended || is_dead(&status, &sidecars),
            exit: main.and_then(exit).or_else(|| failed_init(&status, &sidecars)),
            waiting: worst(all.filter_map(waiting)),
            unschedulable: status.conditions.iter().flatten().find_map(|condition| {
                let refused = condition.type_ == "PodScheduled"
                    && condition.status == "False"
                    && condition.reason.as_deref() == Some("Unschedulable");
                refused.then(|| condition.message.clone().unwrap_or_default())
            }),
            reason,
            message,
            memory_limit: own
                .and_then(|own| own.resources.as_ref()?.limits.as_ref()?.get("memory").map(|limit| limit.0.clone())),
            container,
        }
    }

    /// False for a pod of an older Job of the same name.
    pub(crate) fn belongs_to(&self, job: &JobFacts) -> bool {
        self.job_uid.is_empty() || self.job_uid == job.uid
    }

    /// Takes over from what was known before that the cluster does not repeat: while it waits for the
    /// next try to pull an image, Kubernetes 1.20 no longer says what was wrong with the last one.
    /// An old kubelet that has cleared a container away too soon says of a pod that has ended that it is still to
    /// be created.
    pub(crate) fn remember(&mut self, before: &PodFacts) {
        if self.dead && self.exit.is_none() {
            self.exit = before.exit.clone();
            self.started |= before.started;
        }
        if let (Some(now), Some(then)) = (&mut self.waiting, &before.waiting)
            && now.reason == "ImagePullBackOff"
            && matches!(then.reason.as_str(), "ErrImagePull" | "ImagePullBackOff")
            && then.message.len() > now.message.len()
        {
            now.message = then.message.clone();
        }
    }
}

fn deadline(job: &Job) -> Option<i64> {
    let began = job.status.as_ref()?.start_time.as_ref()?.0.as_second();
    Some(began + job.spec.as_ref()?.active_deadline_seconds?)
}

/// The API says when the deletion's grace period is over.
fn deleted(of: &ObjectMeta) -> Option<i64> {
    Some(of.deletion_timestamp.as_ref()?.0.as_second() - of.deletion_grace_period_seconds.unwrap_or(0))
}

fn job_uid(pod: &Pod) -> String {
    let owners = pod.metadata.owner_references.iter().flatten();
    owners.filter(|owner| owner.kind == "Job").map(|owner| owner.uid.clone()).next().unwrap_or_default()
}

fn micros(time: Option<&Time>) -> Option<i64> {
    time.map(|time| time.0.as_microsecond())
}

fn join(reason: Option<&str>, message: Option<&str>) -> String {
    match (reason.unwrap_or_default(), message.unwrap_or_default()) {
        ("", "") => "no reason given".to_owned(),
        (reason, "") => reason.to_owned(),
        ("", message) => message.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    }
}
