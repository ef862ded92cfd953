//! SQLite's writer in a transaction.
//!
//! Its connection lives on a thread of its own, and every request to it costs two changes of threads. So BEGIN goes
//! along with the first statement, and COMMIT with the last writes.

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Sqlite, SqliteConnection};
use tokio::runtime::Handle;

const BEGIN: &str = "BEGIN IMMEDIATE";

/// The writer, in use. Dropped before [`Writing::committed`], it rolls back.
pub(crate) struct Writing {
    /// There until it is dropped.
    connection: Option<PoolConnection<Sqlite>>,
    is_open: bool,
}

impl Writing {
    pub(crate) fn new(connection: PoolConnection<Sqlite>) -> Writing {
        Writing { connection: Some(connection), is_open: false }
    }

    /// The connection, and the text that carries `statement` out: the first one begins the transaction. The number
    /// of rows that a first statement touches is not told rightly; [`Writing::begin`] before it helps.
    pub(crate) fn next(&mut self, statement: String) -> sqlx::Result<(&mut SqliteConnection, AssertSqlSafe<String>)> {
        let text = if self.is_open { statement } else { format!("{BEGIN};\n{statement}") };
        self.is_open = true;
        Ok((self.connection()?, AssertSqlSafe(text)))
    }

    /// Begins the transaction now, if it has not begun.
    pub(crate) async fn begin(&mut self) -> sqlx::Result<()> {
        if !self.is_open {
            self.is_open = true;
            sqlx::query(BEGIN).execute(self.connection()?).await?;
        }
        Ok(())
    }

    /// Whether there is something to commit.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// To be called when COMMIT was carried out.
    pub(crate) fn committed(mut self) {
        self.is_open = false;
    }

    fn connection(&mut self) -> sqlx::Result<&mut SqliteConnection> {
        self.connection.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take().filter(|_| self.is_open) else { return };
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            // It fails where SQLite has rolled back by itself, after a full disk for instance.
            if sqlx::query("ROLLBACK").execute(&mut *connection).await.is_err() {
                let _ = connection.close().await;
            }
        });
    }
}
