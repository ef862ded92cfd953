//! One flow run in this worker's hands, and what the worker says about it to the server.

use std::sync::{Arc, Mutex, PoisonError};

use domain::deployments::Deployment;
use domain::flow_runs::{FlowRun, FlowRunUpdate};
use domain::flows::Flow;
use domain::state::{StateCreate, StateType};
use domain::{FlowRunId, Patch};
use tokio_util::sync::CancellationToken;

use crate::Worker;
use crate::backoff::persist;
use crate::error::Trouble;
use crate::output::{LogSink, WORKER};
use crate::transition::{Answer, propose};

/// A claimed run with what is needed to carry it out.
pub(crate) struct Run {
    pub(crate) worker: Arc<Worker>,
    pub(crate) flow_run: FlowRun,
    /// Absent for runs that were put into a pool without a deployment.
    pub(crate) deployment: Option<Arc<Deployment>>,
    pub(crate) flow: Arc<Flow>,
    /// The run's log, as far as the worker writes it.
    pub(crate) log: LogSink,
    /// Fires when the server wants the run to end.
    pub(crate) cancelled: CancellationToken,
    /// Where it is carried out, once that is known.
    pub(crate) pid: Mutex<Option<String>>,
}

/// What may be done with a run that holds no Prefect code and therefore does not report for itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// It is RUNNING: go on.
    Yes,
    /// The server has other plans: the run is being cancelled, or has ended.
    No,
}

impl Run {
    pub(crate) fn id(&self) -> FlowRunId {
        self.flow_run.id
    }

    /// True when nothing inside the run reports its states: a command or an image without Prefect in
    /// it, which is what a deployment without an entrypoint holds. The worker reports for it.
    pub(crate) fn is_plain(&self) -> bool {
        self.deployment.as_ref().is_some_and(|deployment| deployment.entrypoint.is_none())
    }

    /// False when the run has been taken anew since it was claimed here: what it does now is then not the
    /// doing of our infrastructure, whose end means nothing to it.
    pub(crate) fn is_still_ours(&self, found: &FlowRun) -> bool {
        let begun = self.flow_run.run_count - i64::from(self.flow_run.state_type == Some(StateType::Running));
        let pid = self.pid.lock().unwrap_or_else(PoisonError::into_inner);
        match found.state_type {
            Some(StateType::Pending) => found.run_count <= begun,
            Some(StateType::Running) => {
                pid.is_none() || found.infrastructure_pid.is_none() || *pid == found.infrastructure_pid
            }
            _ => true,
        }
    }

    /// Writes a line of the worker into the run's log and into the worker's own.
    pub(crate) async fn say(&self, level: i64, message: impl Into<String>) {
        let message = message.into();
        tracing::info!(flow_run = %self.flow_run.name, "{message}");
        self.log.write(WORKER, level, message, None).await;
    }

    /// Proposes a state until the server answers or the worker is aborted.
    pub(crate) async fn propose(&self, state: StateCreate, force: bool) -> Result<Answer, Trouble> {
        propose(&self.worker.client, self.id(), state, force, &self.worker.abort).await
    }

    /// Proposes RUNNING for a run that cannot do so itself, waiting as long as the server says "not yet".
    pub(crate) async fn begin(&self) -> Result<Begin, Trouble> {
        loop {
            let pause = match self.propose(StateCreate::new(StateType::Running), false).await? {
                Answer::Accepted => return Ok(Begin::Yes),
                Answer::Wait(pause) => pause,
                Answer::Rejected(state) => {
                    let name = state.map_or_else(|| "unknown".to_owned(), |state| state.name);
                    tracing::info!("flow run {} does not start: it is {name}", self.flow_run.name);
                    return Ok(Begin::No);
                }
                Answer::Aborted(reason) => {
                    tracing::info!("flow run {} does not start: {reason}", self.flow_run.name);
                    return Ok(Begin::No);
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.cancelled.cancelled() => return Ok(Begin::No),
                () = self.worker.abort.cancelled() => return Ok(Begin::No),
            }
        }
    }

    /// Says on the server where the run is carried out. A failure is logged: the run goes on without.
    pub(crate) async fn set_infrastructure_pid(&self, pid: &str) {
        *self.pid.lock().unwrap_or_else(PoisonError::into_inner) = Some(pid.to_owned());
        let update = FlowRunUpdate { infrastructure_pid: Patch::Value(pid.to_owned()), ..FlowRunUpdate::default() };
        let (client, id) = (&self.worker.client, self.id());
        let told = persist("record where the run is carried out", &self.worker.abort, || async {
            client::flow_runs::update(client, id, &update).await.map_err(Trouble::from)
        });
        if let Err(trouble) = told.await {
            tracing::warn!("flow run {}: {trouble}", self.flow_run.name);
        }
    }

    /// The run as the server has it now; `None` when it has been deleted.
    pub(crate) async fn read(&self) -> Result<Option<FlowRun>, Trouble> {
        let (client, id) = (&self.worker.client, self.id());
        persist("read the flow run", &self.worker.abort, || async {
            client::flow_runs::read(client, id).await.map_err(Trouble::from)
        })
        .await
    }
}
