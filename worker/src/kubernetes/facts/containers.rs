//! What a pod's containers say about themselves.

use k8s_openapi::api::core::v1::{ContainerStatus, Pod, PodStatus};

use super::{Exit, Waiting};

/// Names of the init containers that go on beside the others (Kubernetes 1.29 and later).
pub(super) fn sidecars(pod: &Pod) -> Vec<&str> {
    let init = pod.spec.iter().flat_map(|spec| spec.init_containers.iter().flatten());
    init.filter(|of| of.restart_policy.as_deref() == Some("Always")).map(|of| of.name.as_str()).collect()
}

pub(super) fn has_started(status: &ContainerStatus) -> bool {
    status.state.as_ref().is_some_and(|state| state.running.is_some() || state.terminated.is_some())
}

pub(super) fn started_at(status: &ContainerStatus) -> Option<i64> {
    let state = status.state.as_ref()?;
    let running = state.running.as_ref().and_then(|running| running.started_at.as_ref());
    super::micros(running.or(state.terminated.as_ref().and_then(|ended| ended.started_at.as_ref())))
}

/// True when all containers have ended, and no sidecar runs on.
pub(super) fn is_dead(status: &PodStatus, sidecars: &[&str]) -> bool {
    let ended = |status: &ContainerStatus| status.state.as_ref().is_some_and(|state| state.terminated.is_some());
    let runs = |status: &ContainerStatus| status.state.as_ref().is_some_and(|state| state.running.is_some());
    let mut helpers = status.init_container_statuses.iter().flatten();
    let helped = helpers.any(|helper| sidecars.contains(&helper.name.as_str()) && runs(helper));
    !helped && status.container_statuses.as_ref().is_some_and(|all| !all.is_empty() && all.iter().all(ended))
}

pub(super) fn exit(status: &ContainerStatus) -> Option<Exit> {
    let ended = status.state.as_ref()?.terminated.as_ref()?;
    Some(Exit {
        code: ended.exit_code,
        reason: ended.reason.clone().unwrap_or_default(),
        message: ended.message.clone().unwrap_or_default(),
    })
}

/// An init container that failed ends the pod before its own container starts. A sidecar may end as it likes: it is
/// started again, and at the pod's end it is killed.
pub(super) fn failed_init(status: &PodStatus, sidecars: &[&str]) -> Option<Exit> {
    let init = status.init_container_statuses.iter().flatten();
    let mut failed = init.filter(|status| !sidecars.contains(&status.name.as_str())).filter_map(|status| {
        let exit = exit(status).filter(|exit| exit.code != 0)?;
        Some(Exit {
            reason: "InitContainerFailed".to_owned(),
            message: format!("init container {:?}", status.name),
            ..exit
        })
    });
    failed.next()
}

pub(super) fn waiting(status: &ContainerStatus) -> Option<Waiting> {
    let waiting = status.state.as_ref()?.waiting.as_ref()?;
    Some(Waiting {
        reason: waiting.reason.clone().unwrap_or_default(),
        message: waiting.message.clone().unwrap_or_default(),
        image: status.image.clone(),
    })
}

/// Of several waiting containers the one that has a problem.
pub(super) fn worst(all: impl Iterator<Item = Waiting>) -> Option<Waiting> {
    let healthy = |waiting: &Waiting| matches!(waiting.reason.as_str(), "" | "ContainerCreating" | "PodInitializing");
    all.reduce(|first, next| if healthy(&first) { next } else { first })
}
