//! Transactions: running statements on whichever database is behind them.

use sqlx::pool::PoolConnection;
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, Postgres, Sqlite, Transaction};

use crate::Result;
use crate::column::{Row, Ts};
use crate::database::Backend;
use crate::in_one;
use crate::sql::{Arg, Sql, sql};
use crate::sqlite_tx::Writing;

/// A connection in use: a transaction, or for reading just a connection. Dropping it rolls back.
pub struct Tx {
    held: Held,
    /// Writes that wait for the next statement, or for the commit.
    later: Vec<Sql>,
}

pub(crate) enum Held {
    SqliteTx(Writing),
    SqliteRead(PoolConnection<Sqlite>),
    PostgresTx(Transaction<'static, Postgres>),
    PostgresRead(PoolConnection<Postgres>),
}

macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let values = $values;
        let mut query = $query.persistent(values.is_kept);
        for arg in values.args {
            query = match arg {
                Arg::Uuid(value) => query.bind(value),
                Arg::Text(value) => query.bind(value),
                Arg::Int(value) => query.bind(value),
                Arg::Real(value) => query.bind(value),
                Arg::Bool(value) => query.bind(value),
                Arg::Time(value) => query.bind(value.map(Ts)),
            };
        }
        query
    }};
}

/// Runs `$method` of the query that `$make` makes on whichever connection is held.
macro_rules! on_held {
    ($tx:expr, $make:path, $text:expr, $values:expr, $method:ident) => {
        match &mut $tx.held {
            Held::SqliteTx(writing) => {
                let (connection, text) = writing.next($text)?;
                bound!($make(text), $values).$method(connection).await
            }
            Held::SqliteRead(connection) => {
                bound!($make(AssertSqlSafe($text)), $values).$method(&mut **connection).await
            }
            Held::PostgresTx(tx) => bound!($make(AssertSqlSafe($text)), $values).$method(&mut **tx).await,
            Held::PostgresRead(connection) => {
                bound!($make(AssertSqlSafe($text)), $values).$method(&mut **connection).await
            }
        }
    };
}

impl Tx {
    pub(crate) fn new(held: Held) -> Tx {
        Tx { held, later: Vec::new() }
    }

    /// All rows.
    pub async fn all<R: Row>(&mut self, sql: Sql) -> Result<Vec<R>> {
        self.catch_up().await?;
        let (text, values) = sql.finish(self.backend());
        Ok(on_held!(self, sqlx::query_as, text, values, fetch_all)?)
    }

    /// The first row, if there is one.
    pub async fn optional<R: Row>(&mut self, sql: Sql) -> Result<Option<R>> {
        self.catch_up().await?;
        let (text, values) = sql.finish(self.backend());
        Ok(on_held!(self, sqlx::query_as, text, values, fetch_optional)?)
    }

    /// The one row that there must be.
    pub async fn one<R: Row>(&mut self, sql: Sql) -> Result<R> {
        self.catch_up().await?;
        let (text, values) = sql.finish(self.backend());
        Ok(on_held!(self, sqlx::query_as, text, values, fetch_one)?)
    }

    /// The ids in the only column of all rows.
    pub async fn ids<T: From<Uuid>>(&mut self, sql: Sql) -> Result<Vec<T>> {
        Ok(self.all::<(Uuid,)>(sql).await?.into_iter().map(|(id,)| T::from(id)).collect())
    }

    /// The number in the only column of the only row.
    pub async fn count(&mut self, sql: Sql) -> Result<i64> {
        let (n,) = self.one::<(i64,)>(sql).await?;
        Ok(n)
    }

    /// Writes at the latest before the next statement, and before the commit, so that several writes are one
    /// request; what is wrong with them is told then. The statement must read no table that others before it
    /// have written with this.
    pub async fn later(&mut self, sql: Sql) -> Result<()> {
        if !in_one::fits(&sql, &self.later, self.backend()) {
            self.catch_up().await?;
        }
        self.later.push(sql);
        Ok(())
    }

    async fn catch_up(&mut self) -> Result<()> {
        if !self.later.is_empty() {
            let later = std::mem::take(&mut self.later);
            self.run_now(in_one::in_one(later, self.backend())).await?;
        }
        Ok(())
    }

    /// Runs a statement; how many rows it touched.
    pub async fn run(&mut self, sql: Sql) -> Result<u64> {
        self.catch_up().await?;
        if let Held::SqliteTx(writing) = &mut self.held {
            writing.begin().await?;
        }
        self.run_now(sql).await
    }

    async fn run_now(&mut self, sql: Sql) -> Result<u64> {
        let (text, values) = sql.finish(self.backend());
        Ok(match &mut self.held {
            Held::SqliteTx(writing) => {
                let (connection, text) = writing.next(text)?;
                bound!(sqlx::query(text), values).execute(connection).await?.rows_affected()
            }
            Held::SqliteRead(c) => {
                bound!(sqlx::query(AssertSqlSafe(text)), values).execute(&mut **c).await?.rows_affected()
            }
            Held::PostgresTx(tx) => {
                bound!(sqlx::query(AssertSqlSafe(text)), values).execute(&mut **tx).await?.rows_affected()
            }
            Held::PostgresRead(c) => {
                bound!(sqlx::query(AssertSqlSafe(text)), values).execute(&mut **c).await?.rows_affected()
            }
        })
    }

    /// Makes the writes last. For a reading connection there is nothing to do.
    pub async fn commit(mut self) -> Result<()> {
        if let Held::SqliteTx(writing) = &self.held
            && (writing.is_open() || !self.later.is_empty())
        {
            self.later.push(sql("COMMIT"));
        }
        self.catch_up().await?;
        match self.held {
            Held::SqliteTx(writing) => writing.committed(),
            Held::PostgresTx(tx) => tx.commit().await?,
            Held::SqliteRead(_) | Held::PostgresRead(_) => {}
        }
        Ok(())
    }

    /// Which database this is.
    pub fn backend(&self) -> Backend {
        match &self.held {
            Held::SqliteTx(_) | Held::SqliteRead(_) => Backend::Sqlite,
            Held::PostgresTx(_) | Held::PostgresRead(_) => Backend::Postgres,
        }
    }
}
