//! Going through a run's whole log for what is counted of it, without its texts.

use domain::logs::Sieve;
use domain::{FlowRunId, Timestamp};

use crate::database::Backend;
use crate::sql::{Sql, sql};
use crate::{Result, Tx};

/// A line as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub seq: i64,
    /// [`Sieve::kind`].
    pub kind: usize,
    pub at: Timestamp,
    pub flaw: Option<Flaw>,
}

/// What a line says of the log itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Its end was cut off.
    Cut,
    /// Lines are missing here, by the worker's word.
    Gap,
}

/// The run's lines of both sources that were stored after `seq`, at most `limit`, in the order of storing.
pub async fn after(tx: &mut Tx, run: FlowRunId, seq: i64, limit: i64) -> Result<Vec<Counted>> {
    // In one row: there may be very many.
    let (all, micros) = match tx.backend() {
        Backend::Sqlite => ("group_concat(", "timestamp"),
        Backend::Postgres => ("string_agg(", "(extract(epoch FROM timestamp) * 1000000)::bigint"),
    };
    let separator = if tx.backend() == Backend::Sqlite { ")" } else { ", ',')" };
    let query = Sql::default()
        .text("SELECT ")
        .text(all)
        .text("seq || ' ' || level || ' ' || of_pod || ' ' || at || ' ' || flaw")
        .text(separator)
        .text(" FROM (SELECT seq, level, CASE WHEN pod IS NULL THEN 0 ELSE 1 END AS of_pod, ")
        .text(micros)
        .text(" AS at, CASE WHEN message LIKE ? THEN 1 WHEN name = ? AND message LIKE ? THEN 2 ELSE 0 END AS flaw")
        .bind("% (the rest of this line was cut)".to_owned())
        .bind("prefect.flow_runs.worker".to_owned())
        .bind("% lines are missing: %".to_owned())
        .text(" FROM log WHERE flow_run_id = ? AND seq > ? ORDER BY seq LIMIT ?) AS lines")
        .bind(run)
        .bind(seq)
        .bind(limit);
    let (list,) = tx.one::<(Option<String>,)>(query).await?;
    let mut lines: Vec<Counted> = list.iter().flat_map(|list| list.split(',')).filter_map(read).collect();
    lines.sort_unstable_by_key(|line| line.seq);
    Ok(lines)
}

fn read(text: &str) -> Option<Counted> {
    let mut numbers = text.split(' ').map(str::parse::<i64>);
    let mut next = || numbers.next()?.ok();
    let (seq, level, of_pod, at, flaw) = (next()?, next()?, next()?, next()?, next()?);
    let flaw = [None, Some(Flaw::Cut), Some(Flaw::Gap)].get(flaw as usize).copied().flatten();
    Some(Counted { seq, kind: Sieve::kind(level, of_pod == 1), at: Timestamp::from_micros(at), flaw })
}

/// The first of the run's lines stored after `from` and not after `to` that was written at `at` or later.
pub async fn since(tx: &mut Tx, run: FlowRunId, from: i64, to: i64, at: Timestamp) -> Result<Option<i64>> {
    let query = sql("SELECT min(seq) FROM log WHERE flow_run_id = ? AND seq > ? AND seq <= ? AND timestamp >= ?");
    let (seq,) = tx.one::<(Option<i64>,)>(query.bind(run).bind(from).bind(to).bind(at)).await?;
    Ok(seq)
}
