//! Writes down why runs are not taken: what this process decided since the last round, and, as the leader, which runs
//! nobody asks for.

use domain::Timestamp;
use domain::decisions::Note;
use store::{Tx, flow_run_decisions, flow_runs, sql};

use super::ROUND;
use crate::app_state::AppState;

/// Runs of a queue that are told why they are held back.
const WAITING: i64 = 50;

/// Runs that hold the slots of a deployment and are named.
const NAMED: i64 = 3;

/// A queue that nobody asked for so many seconds has no worker.
const SILENCE: f64 = 60.0;

/// One round of what was decided here; how many notes were written.
pub async fn tick(app: AppState) -> store::Result<usize> {
    let now = app.clock.now();
    let taken = app.journal.take(now);
    if taken.notes.is_empty() && taken.held.is_empty() {
        return Ok(0);
    }
    let mut notes = taken.notes;
    let mut tx = app.store.read().await?;
    for note in &mut notes {
        if note.kind == "refused" && note.words.contains("concurrency limit") {
            note.words.push_str(&slots_held_by(&mut tx, note, now).await?);
        }
    }
    for (queue, words, at) in taken.held {
        for flow_run_id in flow_run_decisions::waiting_in(&mut tx, queue, now, WAITING).await? {
            notes.push(Note { flow_run_id, kind: "held_back", words: words.clone(), at, times: 1 });
        }
    }
    drop(tx);
    write(&app, notes).await
}

/// Who has the slots of the run's deployment, in words.
async fn slots_held_by(tx: &mut Tx, note: &Note, now: Timestamp) -> store::Result<String> {
    let holds = sql("flow_run.state_type IN ('PENDING', 'RUNNING', 'CANCELLING') AND flow_run.deployment_id =
                     (SELECT waits.deployment_id FROM flow_run AS waits WHERE waits.id = ?)");
    let order = "flow_run.start_time, flow_run.id";
    let runs = flow_runs::where_(tx, holds.bind(note.flow_run_id), order, NAMED, now).await?;
    let names: Vec<String> = runs.into_iter().map(|run| run.name).collect();
    Ok(if names.is_empty() { String::new() } else { format!(" The slots are held by {}.", names.join(", ")) })
}

/// One round of runs that are late in queues that nobody asks.
pub async fn look(app: AppState) -> store::Result<usize> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let late = now.plus_seconds(-app.policy.late_after.as_secs_f64());
    let found = flow_run_decisions::unasked(&mut tx, late, now.plus_seconds(-SILENCE), ROUND).await?;
    drop(tx);
    let note = |(flow_run_id, pool, polled): (_, String, Option<Timestamp>)| {
        let since = match polled {
            Some(at) => format!("since {} UTC", at.utc().format("%Y-%m-%d %H:%M:%S")),
            None => "so far".to_owned(),
        };
        let words = format!("No worker has asked the pool {pool} for work {since}.");
        Note { flow_run_id, kind: "no_worker", words, at: now, times: 1 }
    };
    write(&app, found.into_iter().map(note).collect()).await
}

async fn write(app: &AppState, notes: Vec<Note>) -> store::Result<usize> {
    if notes.is_empty() {
        return Ok(0);
    }
    let mut tx = app.store.write().await?;
    flow_run_decisions::note(&mut tx, &notes).await?;
    tx.commit().await?;
    Ok(notes.len())
}
