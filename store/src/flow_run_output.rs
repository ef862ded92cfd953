//! Table `flow_run_output`: what the containers of a run printed.

use domain::output::{Output, OutputEnd, OutputLine};
use domain::{FlowRunId, Timestamp};

use crate::column::Ts;
use crate::sql::{Sql, sql};
use crate::{Result, Tx, row};

row! {
    struct LineRow {
        pod: String,
        at: Ts,
        nth: i64,
        text: String,
    }
}

/// Lines of one statement.
const CHUNK: usize = 50;

/// Keeps the lines; those that are there already stay as they are. No text may hold a NUL, which PostgreSQL refuses.
/// Says whether the run exists.
pub async fn insert(tx: &mut Tx, run: FlowRunId, output: &Output) -> Result<bool> {
    if tx.count(sql("SELECT count(*) FROM flow_run WHERE id = ?").bind(run)).await? == 0 {
        return Ok(false);
    }
    for lines in output.lines.chunks(CHUNK) {
        let row = |line: &OutputLine| {
            sql("(?, ?, ?, ?, ?)").bind(run).bind(line.at).bind(&output.pod).bind(line.nth).bind(&line.text)
        };
        let insert = sql("INSERT INTO flow_run_output (flow_run_id, at, pod, nth, text) VALUES ")
            .then(Sql::listed(lines.iter().map(row)))
            .text(" ON CONFLICT DO NOTHING");
        tx.run(insert).await?;
    }
    Ok(true)
}

/// The last line of the pod, if one is kept.
pub async fn end(tx: &mut Tx, run: FlowRunId, pod: &str) -> Result<Option<OutputEnd>> {
    let query = sql("SELECT at, nth FROM flow_run_output WHERE flow_run_id = ? AND pod = ?
                     ORDER BY at DESC, nth DESC LIMIT 1");
    let found = tx.optional::<(Ts, i64)>(query.bind(run).bind(pod)).await?;
    Ok(found.map(|(at, nth)| OutputEnd { at: at.into(), nth }))
}

/// How many lines are kept of the run.
pub async fn count(tx: &mut Tx, run: FlowRunId) -> Result<i64> {
    tx.count(sql("SELECT count(*) FROM flow_run_output WHERE flow_run_id = ?").bind(run)).await
}

/// The last lines of all pods of the run, the oldest first, each with its pod.
pub async fn last(tx: &mut Tx, run: FlowRunId, limit: i64) -> Result<Vec<(String, OutputLine)>> {
    let query = select().bind(run).text(" ORDER BY at DESC, pod DESC, nth DESC LIMIT ?").bind(limit);
    let mut lines = read(tx, query).await?;
    lines.reverse();
    Ok(lines)
}

/// The lines that follow `after` (time, pod, number), the oldest first.
pub async fn after(
    tx: &mut Tx,
    run: FlowRunId,
    after: &(Timestamp, String, i64),
    limit: i64,
) -> Result<Vec<(String, OutputLine)>> {
    let (at, pod, nth) = after;
    let query = select().bind(run).text(" AND (at, pod, nth) > (?, ?, ?)").bind(*at).bind(pod).bind(*nth);
    read(tx, query.text(" ORDER BY at, pod, nth LIMIT ?").bind(limit)).await
}

fn select() -> Sql {
    sql("SELECT pod, at, nth, text FROM flow_run_output WHERE flow_run_id = ?")
}

async fn read(tx: &mut Tx, query: Sql) -> Result<Vec<(String, OutputLine)>> {
    let line = |row: LineRow| (row.pod, OutputLine { at: row.at.into(), nth: row.nth, text: row.text });
    Ok(tx.all::<LineRow>(query).await?.into_iter().map(line).collect())
}
