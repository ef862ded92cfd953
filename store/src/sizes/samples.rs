//! Table `size_sample`: what each kind of table held at some time, kept so that growth can be told.

use std::collections::BTreeMap;

use domain::Timestamp;

use super::{tables, whole};
use crate::column::Ts;
use crate::database::Backend;
use crate::sql::sql;
use crate::{Result, Tx, row};

/// The kind that stands for all of the database.
pub const WHOLE: &str = "Database";

/// Larger SQLite databases are not gone through for the bytes of each table: that reads every page.
const SMALL: i64 = 256 * 1024 * 1024;

/// How much one kind of table holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    pub taken: Timestamp,
    pub kind: String,
    /// As far as the database knows without counting.
    pub rows: i64,
    /// With indexes; nothing where the database does not say.
    pub bytes: Option<i64>,
}

row! {
    struct SampleRow {
        taken: Ts,
        kind: String,
        rows_there: i64,
        bytes: Option<i64>,
    }
}

/// What a table is about.
fn kind_of(table: &str) -> &'static str {
    match table {
        "log" => "Logs",
        "event" | "event_resource" => "Events",
        "artifact" | "artifact_collection" => "Artifacts",
        "deployment" | "deployment_schedule" | "flow" | "origin" => "Flows and deployments",
        table if table.starts_with("flow_run") => "Runs",
        table if table.starts_with("task_run") => "Task runs",
        table if table.starts_with("work") => "Pools and workers",
        table if table.starts_with("automation") => "Automations",
        _ => "Everything else",
    }
}

/// How much each kind holds at `now`, and the whole.
pub async fn measure(tx: &mut Tx, now: Timestamp) -> Result<Vec<Sample>> {
    let all = whole(tx).await?;
    let bytes = if tx.backend() == Backend::Sqlite && all <= SMALL { by_table(tx).await? } else { BTreeMap::new() };
    let mut kinds: BTreeMap<&str, (i64, Option<i64>)> = BTreeMap::new();
    let mut rows = 0;
    for table in tables(tx).await? {
        let of = kinds.entry(kind_of(&table.table)).or_default();
        of.0 += table.rows.unwrap_or(0);
        rows += table.rows.unwrap_or(0);
        if let Some(bytes) = table.bytes.or_else(|| bytes.get(&table.table).copied()) {
            *of.1.get_or_insert(0) += bytes;
        }
    }
    let kinds = kinds.into_iter().map(|(kind, (rows, bytes))| (kind, rows, bytes)).chain([(WHOLE, rows, Some(all))]);
    Ok(kinds.map(|(kind, rows, bytes)| Sample { taken: now, kind: kind.to_owned(), rows, bytes }).collect())
}

/// The bytes of SQLite's tables with their indexes. Reads every page.
async fn by_table(tx: &mut Tx) -> Result<BTreeMap<String, i64>> {
    let query = sql("SELECT of.tbl_name, sum(pages.pgsize) FROM dbstat AS pages
                     JOIN sqlite_schema AS of ON of.name = pages.name WHERE pages.aggregate = TRUE GROUP BY of.tbl_name");
    Ok(tx.all::<(String, i64)>(query).await?.into_iter().collect())
}

/// Keeps what was measured.
pub async fn keep(tx: &mut Tx, samples: &[Sample]) -> Result<()> {
    for sample in samples {
        let insert = sql("INSERT INTO size_sample (taken, kind, rows_there, bytes) VALUES (?, ?, ?, ?)
                          ON CONFLICT (kind, taken) DO NOTHING");
        tx.run(insert.bind(sample.taken).bind(&sample.kind).bind(sample.rows).bind(sample.bytes)).await?;
    }
    Ok(())
}

/// Forgets what was measured before `at`; how many.
pub async fn forget(tx: &mut Tx, at: Timestamp) -> Result<u64> {
    tx.run(sql("DELETE FROM size_sample WHERE taken < ?").bind(at)).await
}

/// What was measured since, the oldest first.
pub async fn since(tx: &mut Tx, at: Timestamp) -> Result<Vec<Sample>> {
    let query = sql("SELECT taken, kind, rows_there, bytes FROM size_sample WHERE taken >= ? ORDER BY taken, kind");
    let rows = tx.all::<SampleRow>(query.bind(at)).await?;
    let sample =
        |row: SampleRow| Sample { taken: row.taken.into(), kind: row.kind, rows: row.rows_there, bytes: row.bytes };
    Ok(rows.into_iter().map(sample).collect())
}

/// The file that holds the database, where there is one.
pub async fn file(tx: &mut Tx) -> Result<Option<String>> {
    if tx.backend() == Backend::Postgres {
        return Ok(None);
    }
    let query = sql("SELECT coalesce(file, '') FROM pragma_database_list WHERE name = 'main'");
    let file = tx.optional::<(String,)>(query).await?.map(|(file,)| file);
    Ok(file.filter(|file| !file.is_empty()))
}
