//! Limits on how many task runs with a tag run at once, as they bear on a task run's states.

use domain::Major;
use domain::state::StateType;
use domain::task_runs::TaskRun;
use store::{Result, Tx};

use super::asked::Asked;
use super::concurrency::{self, Tags};
use super::ruling::Ruling;

/// Takes a slot of every limit on the run's tags, or none: then the client asks again later, or never when a
/// limit is 0.
pub async fn take(tx: &mut Tx, asked: &Asked, run: &TaskRun) -> Result<Ruling> {
    if run.tags.is_empty() {
        return Ok(Ruling::Pass);
    }
    Ok(match concurrency::take_tags(tx, &run.tags, run.id, asked.at).await? {
        Tags::Taken(_) => Ruling::Pass,
        Tags::Full(tag) => full(asked.major, &tag),
        Tags::Never(tag) => Ruling::abort(format!(
            "The concurrency limit on tag \"{tag}\" is 0 and will deadlock if the task tries to run again."
        )),
    })
}

/// The pauses are the real servers' defaults.
fn full(major: Major, tag: &str) -> Ruling {
    let (delay_seconds, reason) = match major {
        Major::V2 => (30, format!("Concurrency limit for the {tag} tag has been reached")),
        Major::V3 => (10, format!("Concurrency limit reached for tags: {tag}")),
    };
    Ruling::Wait { delay_seconds, reason }
}

/// Gives the slots back when the run, in its new state, neither runs nor is being cancelled.
pub async fn release(tx: &mut Tx, asked: &Asked, run: &TaskRun) -> Result<()> {
    let keeps = run.state_type.is_some_and(|kind| matches!(kind, StateType::Running | StateType::Cancelling));
    if keeps || run.tags.is_empty() {
        return Ok(());
    }
    concurrency::give_tags_back(tx, run.id, asked.at).await
}
