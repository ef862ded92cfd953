//! Claims in batches, for runs that fall due in the same moment.
//!
//! One request proposes PENDING for up to fifty runs (`bulk_set_state`, which Prefect 3's servers have as
//! well), so that the last of many is not late because each claim before it was a request of its own. A
//! single claim, and every claim on a server without that route, is proposed alone.

use std::sync::Arc;

use domain::FlowRunId;
use domain::state::{StateCreate, StateType};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Worker;
use crate::error::WorkerError;
use crate::transition::{Answer, answer};

/// Most runs that the route takes.
const BATCH: usize = 50;

/// Where claims are put in to be gathered.
pub(crate) type Desk = mpsc::UnboundedSender<Claim>;

/// A run that somebody wants to claim.
pub(crate) struct Claim {
    run: FlowRunId,
    tell: oneshot::Sender<Gathered>,
}

/// What a batch made of a claim.
pub(crate) enum Gathered {
    Answered(Answer),
    /// To be proposed alone, with this transition id: a batch whose answer was lost carried the same.
    Alone(Uuid),
}

/// Puts in a claim and waits for the batch that it is part of.
pub(crate) async fn put_in(desk: &Desk, run: FlowRunId) -> Gathered {
    let (tell, told) = oneshot::channel();
    // Nobody is at the desk any more once the worker ends.
    let _ = desk.send(Claim { run, tell });
    told.await.unwrap_or_else(|_| Gathered::Alone(Uuid::new_v4()))
}

/// Carries out what was put in, batch after batch, until `done` fires.
pub(crate) async fn run(
    worker: Arc<Worker>,
    mut asked: mpsc::UnboundedReceiver<Claim>,
    done: CancellationToken,
) -> Result<(), WorkerError> {
    let mut takes_batches = true;
    loop {
        let mut claims = Vec::new();
        tokio::select! {
            _ = asked.recv_many(&mut claims, BATCH) => {}
            () = done.cancelled() => return Ok(()),
        }
        let transition = Uuid::new_v4();
        let answers = match claims.len() {
            0 => return Ok(()),
            1 => None,
            _ if takes_batches => propose(&worker, &claims, transition, &mut takes_batches).await,
            _ => None,
        };
        for claim in claims {
            let gathered = match &answers {
                Some(answers) => Gathered::Answered(of(claim.run, answers)),
                None => Gathered::Alone(transition),
            };
            // Err means that the claim was given up meanwhile.
            let _ = claim.tell.send(gathered);
        }
    }
}

type Answers = Vec<(FlowRunId, Answer)>;

/// Proposes PENDING for all. `None` when the server gave no answer, or does not know the route.
async fn propose(worker: &Worker, claims: &[Claim], transition: Uuid, takes_batches: &mut bool) -> Option<Answers> {
    let mut state = StateCreate::new(StateType::Pending);
    state.state_details.transition_id = Some(transition);
    let runs: Vec<FlowRunId> = claims.iter().map(|claim| claim.run).collect();
    match client::flow_runs::bulk_set_state(&worker.client, &runs, &state).await {
        Ok(results) => Some(results.into_iter().map(|(run, result)| (run, answer(result, transition))).collect()),
        Err(error) => {
            *takes_batches = error.is_transient();
            tracing::debug!("{} runs are claimed one by one: {error}", runs.len());
            None
        }
    }
}

/// The answer for a run; one that is not among the answers has been deleted.
fn of(run: FlowRunId, answers: &[(FlowRunId, Answer)]) -> Answer {
    let found = answers.iter().find(|(id, _)| *id == run).map(|(_, answer)| answer.clone());
    found.unwrap_or_else(|| Answer::Aborted("the run is gone".to_owned()))
}
