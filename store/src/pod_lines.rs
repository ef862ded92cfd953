//! Table `log`: what the containers of a run print, in one order of storing with what clients send.

use domain::output::{Output, OutputEnd, OutputLine, level_of};
use domain::{FlowRunId, Timestamp, Uuid, ansi};

use crate::column::Ts;
use crate::logs::ORDER_OF_LINES;
use crate::sql::{Sql, sql};
use crate::{Result, Tx};

/// The logger of what a container prints.
const LOGGER: &str = "prefect.flow_runs";

/// Lines of one statement.
const CHUNK: usize = 50;

/// Keeps the lines; those that are there already stay as they are. No text may hold a NUL, which PostgreSQL refuses.
/// Says how many are new; nothing when there is no such run.
pub async fn insert(
    tx: &mut Tx,
    run: FlowRunId,
    output: &Output,
    now: Timestamp,
    mint: impl Fn() -> Uuid,
) -> Result<Option<u64>> {
    if tx.count(sql("SELECT count(*) FROM flow_run WHERE id = ?").bind(run)).await? == 0 {
        return Ok(None);
    }
    tx.one_at_a_time(ORDER_OF_LINES).await?;
    let mut new = 0;
    for lines in output.lines.chunks(CHUNK) {
        let row = |line: &OutputLine| {
            let level = level_of(&ansi::parse(&line.text).0);
            let values = sql("(?, ?, ?, ?, ?, ?, ?, ?, ?)").bind(mint()).bind(now).bind(LOGGER).bind(level);
            values.bind(&line.text).bind(line.at).bind(run).bind(&output.pod).bind(line.nth)
        };
        let insert =
            sql("INSERT INTO log (id, created, name, level, message, timestamp, flow_run_id, pod, nth) VALUES ")
                .then(Sql::listed(lines.iter().map(row)))
                .text(" ON CONFLICT DO NOTHING");
        new += tx.run(insert).await?;
    }
    Ok(Some(new))
}

/// The last line of the pod, if one is kept.
pub async fn end(tx: &mut Tx, run: FlowRunId, pod: &str) -> Result<Option<OutputEnd>> {
    let query = sql("SELECT timestamp, nth FROM log WHERE flow_run_id = ? AND pod = ?
                     ORDER BY timestamp DESC, nth DESC LIMIT 1");
    let found = tx.optional::<(Ts, i64)>(query.bind(run).bind(pod)).await?;
    Ok(found.map(|(at, nth)| OutputEnd { at: at.into(), nth }))
}
