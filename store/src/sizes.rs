//! How much the database holds.

pub mod samples;
mod waiting;

use domain::Timestamp;

use crate::column::Ts;
use crate::database::Backend;
use crate::sql::sql;
use crate::{Result, Tx, migrate};

pub use waiting::waiting;

/// One table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    pub table: String,
    /// Rows, as far as the database knows without counting: on SQLite at most so many, on PostgreSQL about so many.
    /// Nothing for tables that SQLite keeps by their key.
    pub rows: Option<i64>,
    /// Bytes with its indexes; SQLite does not say it without reading everything.
    pub bytes: Option<i64>,
}

/// The whole database in bytes, without its journal.
pub async fn whole(tx: &mut Tx) -> Result<i64> {
    tx.count(match tx.backend() {
        Backend::Sqlite => {
            sql("SELECT pages.page_count * size.page_size FROM pragma_page_count AS pages, pragma_page_size AS size")
        }
        Backend::Postgres => sql("SELECT pg_database_size(current_database())"),
    })
    .await
}

/// All tables that the migrations make, by name. Nothing is counted row by row.
pub async fn tables(tx: &mut Tx) -> Result<Vec<Size>> {
    let backend = tx.backend();
    let migrations = migrate::of(backend);
    let texts: Vec<&str> = migrations.iter().map(|migration| migration.sql.as_str()).collect();
    let mut sizes = Vec::new();
    for table in crate::reset::tables(&texts) {
        sizes.extend(of(tx, backend, table).await?);
    }
    sizes.sort_by_key(|size| std::cmp::Reverse((size.bytes, size.rows)));
    Ok(sizes)
}

/// Nothing for a table that a later migration has dropped.
async fn of(tx: &mut Tx, backend: Backend, table: &str) -> Result<Option<Size>> {
    let (rows, bytes) = match backend {
        Backend::Sqlite => {
            let made = sql("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?").bind(table);
            let Some((made,)) = tx.optional::<(String,)>(made).await? else { return Ok(None) };
            let last = sql("SELECT coalesce(max(rowid), 0) FROM ").text(table);
            (if made.contains("WITHOUT ROWID") { None } else { Some(tx.count(last).await?) }, None)
        }
        Backend::Postgres => {
            let query = sql("SELECT greatest(reltuples, 0)::bigint, pg_total_relation_size(oid) FROM pg_class
                             WHERE oid = to_regclass(?)");
            let Some((rows, bytes)) = tx.optional::<(i64, i64)>(query.bind(table)).await? else { return Ok(None) };
            (Some(rows), Some(bytes))
        }
    };
    Ok(Some(Size { table: table.to_owned(), rows, bytes }))
}

/// When the oldest log line and the oldest event were written.
pub async fn oldest(tx: &mut Tx) -> Result<[Option<Timestamp>; 2]> {
    let (line,) = tx
        .optional::<(Ts,)>(sql("SELECT created FROM log ORDER BY seq LIMIT 1"))
        .await?
        .map_or((None,), |(at,)| (Some(at.into()),));
    let (event,) = tx.one::<(Option<Ts>,)>(sql("SELECT min(occurred) FROM event")).await?;
    Ok([line, event.map(Timestamp::from)])
}

/// Log lines that were stored since; at most `most` are looked at, the newest first.
pub async fn lines_since(tx: &mut Tx, since: Timestamp, most: i64) -> Result<i64> {
    let query =
        sql("SELECT count(*) FROM (SELECT created FROM log ORDER BY seq DESC LIMIT ?) AS newest WHERE created >= ?");
    tx.count(query.bind(most).bind(since)).await
}
