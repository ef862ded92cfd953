//! Table `flow_run_decision`: why runs were not taken, or not given.

use domain::decisions::{Decision, Note};
use domain::{FlowRunId, Timestamp, WorkQueueId};

use crate::column::Ts;
use crate::sql::{Sql, sql};
use crate::{Result, Tx, row};

row! {
    struct DecisionRow {
        flow_run_id: sqlx::types::Uuid,
        kind: String,
        words: String,
        first_at: Ts,
        last_at: Ts,
        times: i64,
    }
}

impl From<DecisionRow> for Decision {
    fn from(row: DecisionRow) -> Self {
        Decision {
            flow_run_id: FlowRunId(row.flow_run_id),
            kind: row.kind,
            words: row.words,
            first: row.first_at.into(),
            last: row.last_at.into(),
            times: row.times,
        }
    }
}

const COLUMNS: &str = "flow_run_id, kind, words, first_at, last_at, times";

/// Writes what was decided; of a kind that the run has already the words are the newer ones. Runs that are gone are
/// left out.
pub async fn note(tx: &mut Tx, notes: &[Note]) -> Result<()> {
    for note in notes {
        let insert = sql("INSERT INTO flow_run_decision (")
            .text(COLUMNS)
            .text(") SELECT id, ")
            .text("CAST(? AS text), CAST(? AS text), CAST(? AS timestamptz), CAST(? AS timestamptz), CAST(? AS bigint)")
            .text(
                " FROM flow_run WHERE id = ?
                 ON CONFLICT (flow_run_id, kind) DO UPDATE SET words = excluded.words, last_at = excluded.last_at,
                     times = flow_run_decision.times + excluded.times",
            );
        let insert = insert.bind(note.kind).bind(&note.words).bind(note.at).bind(note.at).bind(note.times);
        tx.run(insert.bind(note.flow_run_id)).await?;
    }
    Ok(())
}

/// Those about a run, the oldest first.
pub async fn of_run(tx: &mut Tx, run: FlowRunId) -> Result<Vec<Decision>> {
    found(tx, select().text("flow_run_id = ? ORDER BY first_at, kind").bind(run)).await
}

/// The last ones about runs that still wait, the newest first.
pub async fn of_waiting(tx: &mut Tx, since: Timestamp, limit: i64, offset: i64) -> Result<Vec<Decision>> {
    let query = select().text(
        "last_at >= ? AND EXISTS (SELECT 1 FROM flow_run WHERE flow_run.id = flow_run_id
         AND flow_run.state_type = 'SCHEDULED') ORDER BY last_at DESC, flow_run_id, kind LIMIT ? OFFSET ?",
    );
    found(tx, query.bind(since).bind(limit).bind(offset)).await
}

fn select() -> Sql {
    sql("SELECT ").text(COLUMNS).text(" FROM flow_run_decision WHERE ")
}

async fn found(tx: &mut Tx, query: Sql) -> Result<Vec<Decision>> {
    Ok(tx.all::<DecisionRow>(query).await?.into_iter().map(Decision::from).collect())
}

/// Runs of a queue that are due and not taken, the longest due first.
pub async fn waiting_in(tx: &mut Tx, queue: WorkQueueId, now: Timestamp, limit: i64) -> Result<Vec<FlowRunId>> {
    let query = sql("SELECT id FROM flow_run WHERE work_queue_id = ? AND state_type = 'SCHEDULED'
                     AND next_scheduled_start_time <= ? ORDER BY next_scheduled_start_time, id LIMIT ?");
    tx.ids(query.bind(queue).bind(now).bind(limit)).await
}

/// Runs that were due before `due` in queues that nobody has asked since `since`: the run, its pool, and when somebody
/// asked last.
pub async fn unasked(
    tx: &mut Tx,
    due: Timestamp,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<(FlowRunId, String, Option<Timestamp>)>> {
    let query = sql("SELECT flow_run.id, work_pool.name, work_queue.last_polled FROM flow_run
         JOIN work_queue ON work_queue.id = flow_run.work_queue_id
         JOIN work_pool ON work_pool.id = work_queue.work_pool_id
         WHERE flow_run.state_type = 'SCHEDULED' AND flow_run.next_scheduled_start_time <= ?
         AND (work_queue.last_polled IS NULL OR work_queue.last_polled < ?)
         ORDER BY flow_run.next_scheduled_start_time DESC, flow_run.id LIMIT ?");
    let rows = tx.all::<(sqlx::types::Uuid, String, Option<Ts>)>(query.bind(due).bind(since).bind(limit)).await?;
    Ok(rows.into_iter().map(|(id, pool, polled)| (FlowRunId(id), pool, polled.map(Timestamp::from))).collect())
}
