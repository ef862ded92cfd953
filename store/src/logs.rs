//! Table `log`: lines that clients sent, and beside them what containers print ([`crate::pod_lines`]). A line's `seq`
//! grows in the order of commits, so that whoever has read up to one has missed nothing before it.

use domain::filter::QueryOps;
use domain::logs::{Group, Log, LogFilter, LogLine, LogSort, Sieve, Source};
use domain::text_query::TextQuery;
use domain::{FlowRunId, LogId, TaskRunId, Timestamp};

use crate::column::Ts;
use crate::filters::{self, Conditions};
use crate::sql::{Sql, sql};
use crate::{Result, Tx, row};

row! {
    struct LogRow {
        seq: i64,
        id: sqlx::types::Uuid,
        created: Ts,
        name: String,
        level: i64,
        message: String,
        timestamp: Ts,
        flow_run_id: Option<sqlx::types::Uuid>,
        task_run_id: Option<sqlx::types::Uuid>,
        pod: Option<String>,
    }
}

const COLUMNS: &str = "seq, id, created, name, level, message, timestamp, flow_run_id, task_run_id, pod";

/// Lines of one statement: of these sizes alone, so that the databases have to read the text of each once. A
/// client's batch of two hundred takes two.
const CHUNKS: [usize; 4] = [100, 20, 4, 1];

/// The key under which writers of lines wait for each other where there is more than one.
pub(crate) const ORDER_OF_LINES: i64 = 0x6c6f67;

impl From<LogRow> for Log {
    fn from(row: LogRow) -> Self {
        Log {
            id: LogId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.created.into()),
            name: row.name,
            level: row.level,
            message: row.message,
            timestamp: row.timestamp.into(),
            flow_run_id: row.flow_run_id.map(FlowRunId),
            task_run_id: row.task_run_id.map(TaskRunId),
        }
    }
}

impl From<LogRow> for LogLine {
    fn from(row: LogRow) -> Self {
        LogLine {
            seq: row.seq,
            timestamp: row.timestamp.into(),
            level: row.level,
            name: row.name,
            message: row.message,
            task_run_id: row.task_run_id.map(TaskRunId),
            pod: row.pod,
            number: 0,
        }
    }
}

/// Stores the lines in the given order. No text may hold a NUL, which PostgreSQL refuses.
pub async fn insert(tx: &mut Tx, lines: Vec<Log>, now: Timestamp) -> Result<()> {
    tx.one_at_a_time(ORDER_OF_LINES).await?;
    let mut lines = lines.into_iter();
    for size in CHUNKS {
        while lines.len() >= size {
            let mut insert =
                sql("INSERT INTO log (id, created, name, level, message, timestamp, flow_run_id, task_run_id) VALUES ");
            for (n, line) in lines.by_ref().take(size).enumerate() {
                insert.push(if n == 0 { "(?, ?, ?, ?, ?, ?, ?, ?)" } else { ", (?, ?, ?, ?, ?, ?, ?, ?)" });
                insert = insert.bind(line.id).bind(now).bind(line.name).bind(line.level).bind(line.message);
                insert = insert.bind(line.timestamp).bind(line.flow_run_id).bind(line.task_run_id);
            }
            tx.later(insert.often()).await?;
        }
    }
    Ok(())
}

/// Lines that fit, by the writers' clocks. `limit` and `offset` are checked by the caller.
pub async fn filter(
    tx: &mut Tx,
    filter: Option<&LogFilter>,
    sort: LogSort,
    limit: i64,
    offset: i64,
) -> Result<Vec<Log>> {
    let order = match sort {
        LogSort::TimestampAsc => "timestamp ASC, seq ASC",
        LogSort::TimestampDesc => "timestamp DESC, seq DESC",
    };
    let query = select(condition(filter)).text(&format!(" ORDER BY {order} LIMIT ? OFFSET ?")).bind(limit).bind(offset);
    Ok(tx.all::<LogRow>(query).await?.into_iter().map(Log::from).collect())
}

/// Lines of any run that fit and were stored after `seq`, in the order of storing, each with its place.
pub async fn stored_after(tx: &mut Tx, filter: &LogFilter, seq: i64, limit: i64) -> Result<Vec<(i64, Log)>> {
    let query =
        select(sql("seq > ? AND ").bind(seq).then(condition(Some(filter)))).text(" ORDER BY seq LIMIT ?").bind(limit);
    Ok(tx.all::<LogRow>(query).await?.into_iter().map(|row| (row.seq, row.into())).collect())
}

/// The place of the newest line of all; 0 when there is none.
pub async fn newest(tx: &mut Tx) -> Result<i64> {
    tx.count(sql("SELECT coalesce(max(seq), 0) FROM log")).await
}

/// The newest lines that the run's clients sent, of at least `min_level`, in the order of storing.
pub async fn tail(tx: &mut Tx, run: FlowRunId, min_level: i64, limit: i64) -> Result<Vec<LogLine>> {
    before(tx, run, i64::MAX, min_level, limit).await
}

/// The lines that the run's clients sent, of at least `min_level` that were stored before `seq`, the nearest ones, in the order
/// of storing.
pub async fn before(tx: &mut Tx, run: FlowRunId, seq: i64, min_level: i64, limit: i64) -> Result<Vec<LogLine>> {
    let query =
        select(of_run(run, min_level).text(" AND seq < ?").bind(seq)).text(" ORDER BY seq DESC LIMIT ?").bind(limit);
    let mut lines: Vec<LogLine> = tx.all::<LogRow>(query).await?.into_iter().map(LogLine::from).collect();
    lines.reverse();
    Ok(lines)
}

/// The lines that the run's clients sent, of at least `min_level` that were stored after `seq`, in the order of storing.
pub async fn after(tx: &mut Tx, run: FlowRunId, seq: i64, min_level: i64, limit: i64) -> Result<Vec<LogLine>> {
    let query = select(of_run(run, min_level).text(" AND seq > ?").bind(seq)).text(" ORDER BY seq LIMIT ?").bind(limit);
    Ok(tx.all::<LogRow>(query).await?.into_iter().map(LogLine::from).collect())
}

/// Whether the run's clients sent a line of at least `min_level` before `seq`.
pub async fn has_before(tx: &mut Tx, run: FlowRunId, seq: i64, min_level: i64) -> Result<bool> {
    let query = sql("SELECT seq FROM log WHERE ").then(of_run(run, min_level)).text(" AND seq < ? LIMIT 1").bind(seq);
    Ok(tx.optional::<(i64,)>(query).await?.is_some())
}

/// The run's lines of both sources that were stored after `seq`, in the order of storing: those that the sieve shows,
/// without the first `skip` of them.
pub async fn shown_after(
    tx: &mut Tx,
    run: FlowRunId,
    sieve: Sieve,
    seq: i64,
    skip: i64,
    limit: i64,
) -> Result<Vec<LogLine>> {
    let query = select(sql("flow_run_id = ? AND seq > ?").bind(run).bind(seq).then(shown(sieve)));
    let query = query.text(" ORDER BY seq LIMIT ? OFFSET ?").bind(limit).bind(skip);
    Ok(tx.all::<LogRow>(query).await?.into_iter().map(LogLine::from).collect())
}

/// The conditions of a sieve, to follow others.
fn shown(sieve: Sieve) -> Sql {
    let mut conditions = Sql::default();
    for group in Group::ALL.into_iter().filter(|group| sieve.hidden[*group as usize]) {
        // A group begins at its least level and ends before the next one's.
        let next = Group::ALL.get(group as usize + 1).map_or(i64::MAX, |group| group.least());
        conditions = conditions.text(" AND NOT (level >= ? AND level < ?)").bind(group.least()).bind(next);
    }
    match sieve.source {
        None => conditions,
        Some(Source::Client) => conditions.text(" AND pod IS NULL"),
        Some(Source::Pod) => conditions.text(" AND pod IS NOT NULL"),
    }
}

/// Deletes the run's lines; how many.
pub async fn delete_of_flow_run(tx: &mut Tx, run: FlowRunId) -> Result<u64> {
    tx.run(sql("DELETE FROM log WHERE flow_run_id = ?").bind(run)).await
}

fn select(condition: Sql) -> Sql {
    sql("SELECT ").text(COLUMNS).text(" FROM log WHERE ").then(condition)
}

fn of_run(run: FlowRunId, min_level: i64) -> Sql {
    sql("pod IS NULL AND flow_run_id = ? AND level >= ?").bind(run).bind(min_level)
}

/// Of lines that clients sent: what containers print is no part of Prefect's log.
fn condition(filter: Option<&LogFilter>) -> Sql {
    let Some(filter) = filter else { return sql("pod IS NULL") };
    let mut all = Conditions::new(filter.operator);
    if let Some(ops) = &filter.level {
        all.all(filters::numbers("level", ops));
    }
    if let Some(ops) = &filter.timestamp {
        all.all(filters::times("timestamp", ops));
    }
    if let Some(ops) = &filter.flow_run_id {
        all.all(filters::optional_ids("flow_run_id", ops));
    }
    if let Some(ops) = &filter.task_run_id {
        all.all(filters::optional_ids("task_run_id", ops));
    }
    if let Some(QueryOps { query: Some(query) }) = &filter.text {
        all.all(text_query("message || ' ' || name", query));
    }
    sql("pod IS NULL AND ").then(all.finish())
}

/// The conditions of a text query on an expression.
pub(crate) fn text_query(expression: &str, query: &str) -> Vec<Sql> {
    let terms = TextQuery::parse(query);
    let holds = |term: &String| {
        Sql::default()
            .text(&format!("lower({expression}) LIKE ? ESCAPE '\\'"))
            .bind(format!("%{}%", filters::literal(term)))
    };
    let any = (!terms.any.is_empty()).then(|| Sql::join(terms.any.iter().map(holds).collect(), " OR "));
    let none = terms.none.iter().map(|term| sql("NOT ").then(holds(term)));
    any.into_iter().chain(terms.all.iter().map(holds)).chain(none).collect()
}

/// The newest lines that fit, the newest first; among the `depth` lines that were stored last.
pub async fn newest_that_fit(tx: &mut Tx, filter: &LogFilter, depth: i64, limit: i64) -> Result<Vec<Log>> {
    let floor = newest(tx).await? - depth;
    let query = select(sql("seq > ? AND ").bind(floor).then(condition(Some(filter))));
    let query = query.text(" ORDER BY seq DESC LIMIT ?").bind(limit);
    Ok(tx.all::<LogRow>(query).await?.into_iter().map(Log::from).collect())
}
