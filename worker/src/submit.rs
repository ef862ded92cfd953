//! Claiming a run, and seeing it through.
//!
//! A claim is the proposal of PENDING: the server's compare-and-set picks one winner among all workers.
//! A worker that dies after it loses nothing, the server puts the run back.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::flow_runs::FlowRun;
use domain::state::{StateCreate, StateType};
use domain::{FlowRunId, Timestamp};
use futures::FutureExt;
use serde_json::{Map, json};
use tokio::sync::mpsc;

use crate::active::Slot;
use crate::backoff::persist;
use crate::claims::{self, Gathered};
use crate::error::Trouble;
use crate::left_behind::LeftBehind;
use crate::output::{ERROR, INFO, LogSink};
use crate::run::Run;
use crate::settle::{Ending, Next, settle};
use crate::transition::{Answer, propose};
use crate::{Infrastructure, Worker};

/// What became of a claim.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) run: FlowRunId,
    /// For a run that was not got: when it makes sense to try it again.
    pub(crate) not_before: Option<Timestamp>,
}

/// A run that somebody else took, or that the server did not want to give: not again before this.
const REFUSED_SECONDS: f64 = 5.0;
/// Claims go before everything else, but what has been claimed does not wait longer than this for them.
const CLAIMS_FIRST: Duration = Duration::from_secs(2);

/// Starts to claim the run and, if it is got, to carry it out. False when it is in hand already; else
/// `tell` hears exactly once what became of the claim.
pub(crate) fn claim(worker: &Arc<Worker>, flow_run: FlowRun, tell: mpsc::UnboundedSender<Claimed>) -> bool {
    let Some(slot) = worker.active.begin(flow_run.id) else { return false };
    let claimed = Claimed { run: flow_run.id, not_before: None };
    let claiming = Claiming { claimed, tell, _first: ClaimsFirst::new(worker) };
    worker.tracker.spawn(carry(worker.clone(), Box::new(flow_run), slot, claiming));
    true
}

/// Says what became of a claim when it is dropped, whatever happened.
struct Claiming {
    claimed: Claimed,
    tell: mpsc::UnboundedSender<Claimed>,
    _first: ClaimsFirst,
}

/// How many claims have begun and ended since the worker started.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Claims {
    begun: u64,
    ended: u64,
}

/// Waits until as many claims have ended as have begun by now: those of runs that are due in the same moment. Where
/// runs keep coming there is always another one under way, which is not waited for.
async fn let_others_pass(worker: &Worker) {
    let begun = worker.claiming.borrow().begun;
    let mut claims = worker.claiming.subscribe();
    // An error means that time is up.
    let _ = tokio::time::timeout(CLAIMS_FIRST, claims.wait_for(|claims| claims.ended >= begun)).await;
}

/// While one of these lives, what has been claimed waits: there is more to claim.
pub(crate) struct ClaimsFirst(Arc<Worker>);

impl ClaimsFirst {
    pub(crate) fn new(worker: &Arc<Worker>) -> Self {
        worker.claiming.send_modify(|claims| claims.begun += 1);
        ClaimsFirst(worker.clone())
    }
}

impl Drop for ClaimsFirst {
    fn drop(&mut self) {
        self.0.claiming.send_modify(|claims| claims.ended += 1);
    }
}

impl Drop for Claiming {
    fn drop(&mut self) {
        let claimed = Claimed { run: self.claimed.run, not_before: self.claimed.not_before };
        // Nobody listens any more once the worker has been told to stop.
        let _ = self.tell.send(claimed);
    }
}

async fn carry(worker: Arc<Worker>, flow_run: Box<FlowRun>, slot: Slot, mut claiming: Claiming) {
    // What is done once lies in boxes: a run that is under way keeps only what it needs, and there may be thousands.
    let refusal = Box::pin(take(&worker, &flow_run)).await;
    claiming.claimed.not_before = refusal;
    drop(claiming);
    if refusal.is_some() {
        return;
    }
    Box::pin(let_others_pass(&worker)).await;
    let log = LogSink::open(&worker, flow_run.id);
    if let Some(run) = Box::pin(begin(&worker, *flow_run, &slot, log)).await {
        see_through(&run, None).await;
    }
}

/// From the claim to what is started. `None` when the run is not to go on, which has then been reported.
async fn begin(worker: &Arc<Worker>, flow_run: FlowRun, slot: &Slot, log: LogSink) -> Option<Box<Run>> {
    // An error means that the worker has ended.
    let _turn = worker.beginning.acquire().await;
    match prepare(worker, flow_run.clone(), slot, log.clone()).await {
        Ok(run) => {
            run.say(INFO, format!("Worker '{}' takes flow run '{}'.", worker.name, flow_run.name)).await;
            is_submitting(&run).await.then(|| Box::new(run))
        }
        Err(trouble) => {
            give_up(worker, &flow_run, &log, trouble).await;
            None
        }
    }
}

/// Takes over a run whose Job another worker has made, if that is for this worker to do. Nothing happens
/// when it is in hand already.
pub(crate) fn adopt(worker: &Arc<Worker>, left: LeftBehind, namespace: String, name: String) {
    let Some(slot) = worker.active.begin(left.flow_run.id) else { return };
    let owner = worker.clone();
    worker.tracker.spawn(async move {
        let Infrastructure::Kubernetes(kubernetes) = &owner.infrastructure else { return };
        if !kubernetes.may_adopt(&namespace, &name, &left).await {
            return;
        }
        let log = LogSink::open(&owner, left.flow_run.id);
        match Box::pin(prepare(&owner, left.flow_run, &slot, log)).await {
            Ok(run) => see_through(&run, Some((&namespace, &name))).await,
            Err(trouble) => tracing::warn!("job {namespace}:{name} has no worker: {trouble}"),
        }
    });
}

/// Proposes PENDING. `None` when the run is ours, else the time before which it need not be tried again.
async fn take(worker: &Worker, flow_run: &FlowRun) -> Option<Timestamp> {
    let now = || worker.clock.now();
    let later = Some(now().plus_seconds(REFUSED_SECONDS));
    if worker.stop.is_cancelled() {
        return later;
    }
    match pending(worker, flow_run.id).await {
        Ok(Answer::Accepted) => None,
        Ok(Answer::Wait(pause)) => Some(now().plus_seconds(pause.as_secs_f64())),
        Ok(Answer::Rejected(state)) => {
            let name = state.as_ref().map_or("unknown", |state| state.name.as_str());
            tracing::debug!("flow run {} stays {name}", flow_run.name);
            // Put off by the server: the new time is in the pool's next answer.
            Some(state.and_then(|state| state.scheduled_time()).map_or(later?, |at| at.max(now().plus_seconds(0.5))))
        }
        Ok(Answer::Aborted(reason)) => {
            tracing::debug!("flow run {} is not for us: {reason}", flow_run.name);
            later
        }
        Err(trouble) => {
            tracing::warn!("cannot claim flow run {}: {trouble}", flow_run.name);
            later
        }
    }
}

/// Proposes PENDING together with whatever else is claimed now, or alone.
async fn pending(worker: &Worker, run: FlowRunId) -> Result<Answer, Trouble> {
    let transition = match claims::put_in(&worker.claims, run).await {
        Gathered::Answered(answer) => return Ok(answer),
        Gathered::Alone(transition) => transition,
    };
    let Ok(_turn) = worker.turns.acquire().await else { return Ok(Answer::Wait(CLAIMS_FIRST)) };
    let mut state = StateCreate::new(StateType::Pending);
    state.state_details.transition_id = Some(transition);
    propose(&worker.client, run, state, false, &worker.stop).await
}

/// Gathers what is needed to carry the run out, and says on the server who does it.
async fn prepare(worker: &Arc<Worker>, flow_run: FlowRun, slot: &Slot, log: LogSink) -> Result<Run, Trouble> {
    let client = &worker.client;
    let deployment = async {
        let Some(id) = flow_run.deployment_id else { return Ok(None) };
        let read = || {
            persist("read the deployment", &worker.abort, || async {
                let deployment = client::deployments::read(client, id).await?;
                deployment.ok_or_else(|| Trouble::GiveUp("the deployment has been deleted".to_owned()))
            })
        };
        worker.deployments.get(id, read).await.map(Some)
    };
    let flow = worker.flows.get(flow_run.flow_id, || {
        persist("read the flow", &worker.abort, || async {
            let flow = client::flows::read(client, flow_run.flow_id).await?;
            flow.ok_or_else(|| Trouble::GiveUp("the flow has been deleted".to_owned()))
        })
    });
    let (known, ()) = futures::join!(async { futures::try_join!(deployment, flow) }, label(worker, flow_run.id));
    let (deployment, flow) = known?;
    let pid = Mutex::new(flow_run.infrastructure_pid.clone());
    // What nobody reads here goes at once: thousands of runs may be under way.
    let flow_run = FlowRun {
        state: None,
        labels: Map::new(),
        context: Map::new(),
        tags: Vec::new(),
        created_by: None,
        ..flow_run
    };
    Ok(Run { worker: worker.clone(), deployment, flow, flow_run, log, cancelled: slot.cancelled.clone(), pid })
}

/// Labels the run with its worker, as Prefect 3's workers do. Nothing depends on it.
async fn label(worker: &Worker, run: FlowRunId) {
    let labels = json!({
        "prefect.worker.name": worker.name,
        "prefect.worker.type": worker.pool.kind,
        "prefect.work-pool.name": worker.pool.name,
        "prefect.work-pool.id": worker.pool.id,
    });
    if let Err(error) = client::flow_runs::add_labels(&worker.client, run, &labels).await {
        tracing::debug!("flow run {run} stays without labels: {error}");
    }
}

/// Says PENDING `Submitting`, as Prefect 3's workers do before they make infrastructure. A plain command
/// of a process pool is RUNNING a moment later and does without. False when the run is not to go on.
async fn is_submitting(run: &Run) -> bool {
    if run.is_plain() && matches!(run.worker.infrastructure, Infrastructure::Process(_)) {
        return true;
    }
    match run.propose(StateCreate::new(StateType::Pending).named("Submitting"), false).await {
        Ok(Answer::Rejected(Some(state))) if state.kind == StateType::Cancelling || state.is_terminal() => {
            if let Err(trouble) = settle(run, Ending::Superseded).await {
                tracing::error!("the end of flow run {} could not be reported: {trouble}", run.flow_run.name);
            }
            false
        }
        // Prefect 2's server refuses a second PENDING; the run is ours all the same.
        _ => true,
    }
}

/// Carries the run out until it needs nothing more from this worker; first with the Job that is there
/// already, if one is given.
async fn see_through(run: &Run, mut job: Option<(&str, &str)>) {
    let infrastructure = &run.worker.infrastructure;
    let mut attempt = run.flow_run.run_count;
    loop {
        let work = async {
            match (infrastructure, job.take()) {
                (Infrastructure::Kubernetes(kubernetes), Some((namespace, name))) => {
                    Box::pin(kubernetes.adopt(run, namespace, name)).await
                }
                _ => infrastructure.execute(run, attempt).await,
            }
        };
        let work = AssertUnwindSafe(work).catch_unwind().await;
        let ending = work.unwrap_or_else(|panic| Ending::Over(format!("The worker failed: {}", words(&*panic))));
        if let Ending::Over(reason) = &ending {
            tracing::debug!("flow run {}: {reason}", run.flow_run.name);
        }
        match Box::pin(settle(run, ending)).await {
            Ok(Next::Nothing) => return,
            Ok(Next::Again(pause)) => Box::pin(wait(run, pause)).await,
            Err(trouble) => {
                tracing::error!("the end of flow run {} could not be reported: {trouble}", run.flow_run.name);
                return;
            }
        }
        attempt += 1;
    }
}

/// Waits for a retry's time. A cancellation is noticed by the next attempt, which then does not begin.
async fn wait(run: &Run, pause: Duration) {
    run.say(INFO, format!("The run is retried in {:.1} s.", pause.as_secs_f64())).await;
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = run.cancelled.cancelled() => {}
        () = run.worker.abort.cancelled() => {}
    }
}

/// A claimed run that cannot be carried out.
async fn give_up(worker: &Worker, flow_run: &FlowRun, log: &LogSink, trouble: Trouble) {
    let reason = not_submitted(trouble);
    tracing::error!("flow run {}: {reason}", flow_run.name);
    log.write(crate::output::WORKER, ERROR, reason.clone(), None).await;
    log.flush().await;
    let crashed = StateCreate::new(StateType::Crashed).because(reason);
    if let Err(trouble) = propose(&worker.client, flow_run.id, crashed, false, &worker.abort).await {
        tracing::error!("the end of flow run {} could not be reported: {trouble}", flow_run.name);
    }
}

/// The message of a run whose infrastructure could not be made, in Prefect's words and then the cause's.
pub(crate) fn not_submitted(cause: impl std::fmt::Display) -> String {
    format!("Flow run could not be submitted to infrastructure: {cause}")
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it gave no reason")
}
