//! Processes whose worker is gone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::FlowRunId;
use domain::state::{StateCreate, StateType};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process};

use super::child::group_is_gone;
use super::host;
use crate::Worker;
use crate::backoff::persist;
use crate::error::Trouble;
use crate::left_behind::LeftBehind;
use crate::transition::propose;

/// A run is given up only after it has been seen twice: its process may have ended just now, its report
/// on the way.
const TWICE: Duration = Duration::from_secs(5);
/// How often to look whether a group has ended.
const LOOK: Duration = Duration::from_millis(100);

/// Ends what cannot be finished and reports what has ended. Prefect code reports for itself, worker or
/// not, so it is left alone while it lives; a plain command's output and exit status are lost.
pub(crate) fn look_after(worker: &Arc<Worker>, left: LeftBehind) {
    let Some(process) = on_this_host(&left.pid) else { return };
    if left.owner_lives || left.known_for < TWICE {
        return;
    }
    let Some(slot) = worker.active.begin(left.flow_run.id) else { return };
    let owner = worker.clone();
    worker.tracker.spawn(async move {
        if let Err(trouble) = see_to(&owner, process, &left).await {
            tracing::warn!("flow run {} was left behind by its worker: {trouble}", left.flow_run.name);
        }
        drop(slot);
    });
}

async fn see_to(worker: &Worker, process: Pid, left: &LeftBehind) -> Result<(), Trouble> {
    let cancelling = left.flow_run.state_type == Some(StateType::Cancelling);
    let how = if !is_run(process, left.flow_run.id) {
        format!("Process {} is gone.", left.pid)
    } else if cancelling || is_plain(worker, left).await? {
        end(process, worker.settings.cancel_grace()).await
    } else {
        return Ok(());
    };
    let state = if cancelling {
        StateCreate::new(StateType::Cancelled).because(how)
    } else {
        let why = format!("The worker that had started the run ended before the run did. {how}");
        StateCreate::new(StateType::Crashed).because(why)
    };
    propose(&worker.client, left.flow_run.id, state, cancelling, &worker.abort).await.map(drop)
}

/// The process of a pid like `host:4711`, if that is this host.
fn on_this_host(pid: &str) -> Option<Pid> {
    let (name, number) = pid.rsplit_once(':')?;
    (name == host()).then(|| number.parse().ok().and_then(Pid::from_raw)).flatten()
}

/// True while that process lives and is this run's: numbers are given anew, so its environment is asked.
/// Where that cannot be read, a living process counts.
fn is_run(process: Pid, run: FlowRunId) -> bool {
    if test_kill_process(process).is_err() {
        return false;
    }
    let environment = std::fs::read(format!("/proc/{}/environ", process.as_raw_nonzero()));
    let mark = format!("PREFECT__FLOW_RUN_ID={run}");
    environment.map_or(true, |bytes| bytes.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes()))
}

async fn is_plain(worker: &Worker, left: &LeftBehind) -> Result<bool, Trouble> {
    let Some(id) = left.flow_run.deployment_id else { return Ok(false) };
    let deployment = persist("read the deployment", &worker.stop, || async {
        client::deployments::read(&worker.client, id).await.map_err(Trouble::from)
    });
    Ok(deployment.await?.is_some_and(|deployment| deployment.entrypoint.is_none()))
}

/// Ends a group that is not our child's. Says what it took.
async fn end(group: Pid, grace: Duration) -> String {
    let id = group.as_raw_nonzero();
    for (signal, name, patience) in [(Signal::TERM, "SIGTERM", grace), (Signal::KILL, "SIGKILL", grace)] {
        // An error means that nobody is left.
        let _ = kill_process_group(group, signal);
        let started = Instant::now();
        while started.elapsed() < patience {
            if group_is_gone(group) {
                return format!("Process {id} was ended by {name}.");
            }
            tokio::time::sleep(LOOK).await;
        }
    }
    format!("Process {id} does not end, not even by SIGKILL.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_processes_of_this_host_are_looked_after() {
        let own = format!("{}:17", host());
        assert_eq!(on_this_host(&own).map(|pid| pid.as_raw_nonzero().get()), Some(17));
        for other in ["elsewhere:17", "17", "dev:job-17", &format!("{}:x", host())] {
            assert_eq!(on_this_host(other), None, "{other}");
        }
    }

    #[test]
    fn a_process_is_known_by_its_environment() {
        let run = FlowRunId(uuid::Uuid::from_u128(5));
        let mut child = std::process::Command::new("sleep")
            .arg("30")
            .env("PREFECT__FLOW_RUN_ID", run.to_string())
            .spawn()
            .expect("sleep");
        let process = Pid::from_child(&child);
        // Between fork and exec the child still shows this test's environment.
        let started = Instant::now();
        while !is_run(process, run) && started.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(is_run(process, run));
        assert!(!is_run(process, FlowRunId(uuid::Uuid::from_u128(6))));
        child.kill().expect("it runs");
        child.wait().expect("it ended");
        assert!(!is_run(process, run));
    }
}
