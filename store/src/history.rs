//! Sums over runs that the two run tables share: runs by interval and state, and how late they were.

use domain::Timestamp;
use domain::history::{HistoryBucket, HistoryRange, HistoryState};
use domain::state::StateType;

use crate::column::Word;
use crate::sql::{Sql, sql};
use crate::{Result, Tx, row};

row! {
    struct BucketRow {
        bucket: i64,
        state_type: Option<Word<StateType>>,
        state_name: Option<String>,
        count_runs: i64,
        run_time: f64,
        lateness: f64,
    }
}

row! {
    struct AverageRow {
        seconds: Option<f64>,
    }
}

/// Runs of `table` for which `matching` holds, counted by the interval of their expected start and by state.
/// Intervals without runs are there, too.
pub(crate) async fn of_table(
    tx: &mut Tx,
    table: &str,
    matching: Sql,
    range: &HistoryRange,
    now: Timestamp,
) -> Result<Vec<HistoryBucket>> {
    let mut buckets = range.buckets();
    let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else { return Ok(buckets) };
    let expected = format!("{table}.expected_start_time");
    let query = sql("SELECT (")
        .text(&tx.micros(&expected))
        .text(" - ?) / ? AS bucket, ")
        .bind(first.interval_start.micros())
        .bind(range.interval_micros())
        .text(&format!("{table}.state_type, {table}.state_name, count(*) AS count_runs, CAST(sum("))
        .then(run_time(tx, table, now))
        .text(") AS double precision) AS run_time, CAST(sum(")
        .then(lateness(tx, table, now))
        .text(&format!(") AS double precision) AS lateness FROM {table} WHERE {expected} >= ? AND {expected} < ? AND "))
        .bind(first.interval_start)
        .bind(last.interval_end)
        .then(matching)
        .text(&format!(
            " GROUP BY bucket, {table}.state_type, {table}.state_name ORDER BY {table}.state_type, {table}.state_name"
        ));
    for row in tx.all::<BucketRow>(query).await? {
        let bucket = usize::try_from(row.bucket).ok().and_then(|n| buckets.get_mut(n));
        if let (Some(bucket), Some(Word(state_type)), Some(state_name)) = (bucket, row.state_type, row.state_name) {
            bucket.states.push(HistoryState {
                state_type,
                state_name,
                count_runs: row.count_runs,
                sum_estimated_run_time: row.run_time.max(0.0),
                sum_estimated_lateness: row.lateness,
            });
        }
    }
    Ok(buckets)
}

/// Average delay in seconds of the runs of `table` for which `matching` holds; nothing without runs.
pub(crate) async fn average_lateness(tx: &mut Tx, table: &str, matching: Sql, now: Timestamp) -> Result<Option<f64>> {
    let query = sql("SELECT CAST(avg(")
        .then(lateness(tx, table, now))
        .text(&format!(") AS double precision) AS seconds FROM {table} WHERE "))
        .then(matching);
    Ok(tx.one::<AverageRow>(query).await?.seconds)
}

/// Seconds that a run has run, up to `now` while it still does.
fn run_time(tx: &Tx, table: &str, now: Timestamp) -> Sql {
    let since = tx.micros(&format!("{table}.state_timestamp"));
    Sql::default()
        .text(&format!("{table}.total_run_time + CASE WHEN {table}.state_type = 'RUNNING' THEN (? - {since}) / 1000000.0 ELSE 0 END"))
        .bind(now.micros())
}

/// Seconds between a run's expected and its real start, or `now` while it has not started.
fn lateness(tx: &Tx, table: &str, now: Timestamp) -> Sql {
    let [start, expected] = ["start_time", "expected_start_time"].map(|column| format!("{table}.{column}"));
    let (start_micros, expected_micros) = (tx.micros(&start), tx.micros(&expected));
    let ended = StateType::ALL.into_iter().filter(|kind| kind.is_terminal()).map(StateType::as_str);
    Sql::default()
        .text(&format!(
            "CASE WHEN {start} > {expected} THEN ({start_micros} - {expected_micros}) / 1000000.0
             WHEN {start} IS NULL AND {expected} < ? AND {table}.state_type NOT IN "
        ))
        .bind(now)
        .then(Sql::list(ended))
        .text(&format!(" THEN (? - {expected_micros}) / 1000000.0 ELSE 0 END"))
        .bind(now.micros())
}
