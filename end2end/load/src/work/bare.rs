//! What the database itself can do: log lines straight into the table of a server that has nothing to do.

use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection};

/// Lines a second that a loop of multi-row inserts stores in the table `log` of the SQLite file `database`, with its
/// indexes and its durability, `batch` lines a transaction, for `time`. The lines belong to a run that does not exist.
pub async fn lines_a_second(database: &Path, batch: usize, time: Duration) -> Result<f64> {
    let options = SqliteConnectOptions::from_str(&format!("sqlite://{}", database.display()))?
        .synchronous(SqliteSynchronous::Normal)
        .pragma("wal_autocheckpoint", "4000");
    let mut database = SqliteConnection::connect_with(&options).await?;
    let rows = vec!["(?, ?, ?, ?, ?, ?, ?, ?)"; batch].join(", ");
    let insert = format!(
        "INSERT INTO log (id, created, name, level, message, timestamp, flow_run_id, task_run_id) VALUES {rows}"
    );
    let run = uuid::Uuid::from_u128(fastrand::u128(..));
    let (began, mut stored) = (Instant::now(), 0);
    while began.elapsed() < time {
        let mut query = sqlx::query(AssertSqlSafe(insert.clone()));
        for n in 0..batch {
            let id = uuid::Uuid::from_u128(fastrand::u128(..));
            let at = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?;
            let message = format!(
                "line {n}: step {} of the load took {} ms and touched {} rows of the table",
                n % 97,
                n % 13,
                n * 7
            );
            query = query.bind(id).bind(at).bind("prefect.flow_runs").bind(20_i64);
            query = query.bind(message).bind(at).bind(run).bind(None::<uuid::Uuid>);
        }
        query.execute(&mut database).await?;
        stored += batch;
    }
    let rate = stored as f64 / began.elapsed().as_secs_f64();
    sqlx::query("DELETE FROM log WHERE flow_run_id = ?").bind(run).execute(&mut database).await?;
    Ok(rate)
}
