//! The two databases behind one face: pools, transactions, and what differs between the dialects.

use std::str::FromStr;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Postgres, Sqlite, Transaction};

use crate::column::{Row, Ts};
use crate::sql::{Arg, Sql, sql};
use crate::sqlite_tx::Writing;
use crate::{Result, StoreError};

/// Which database is behind a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// An open database.
#[derive(Clone)]
pub struct Store {
    pools: Pools,
}

#[derive(Clone)]
enum Pools {
    /// One connection writes, so writers queue here instead of meeting SQLITE_BUSY; the others only read.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// A connection in use: a transaction, or for reading just a connection. Dropping it rolls back.
pub struct Tx {
    held: Held,
    /// Writes that wait for the next statement, or for the commit.
    later: Vec<Sql>,
}

enum Held {
    SqliteTx(Writing),
    SqliteRead(PoolConnection<Sqlite>),
    PostgresTx(Transaction<'static, Postgres>),
    PostgresRead(PoolConnection<Postgres>),
}

/// How long a writer waits for its turn before the caller is told to come again.
const WAIT_FOR_TURN: Duration = Duration::from_secs(20);

impl Store {
    /// Opens `url` (`sqlite:…` or `postgres:…`) and brings the schema up to date. A missing SQLite file is
    /// created, with its directory.
    pub async fn open(url: &str) -> Result<Store> {
        let store = if url.starts_with("sqlite:") { open_sqlite(url).await? } else { open_postgres(url).await? };
        store.migrate().await?;
        Ok(store)
    }

    /// Which database this is.
    pub fn backend(&self) -> Backend {
        match &self.pools {
            Pools::Sqlite { .. } => Backend::Sqlite,
            Pools::Postgres(_) => Backend::Postgres,
        }
    }

    /// Begins a transaction that may write. On SQLite it holds the only writer: keep it short, and never
    /// wait for a network in it.
    pub async fn write(&self) -> Result<Tx> {
        let held = match &self.pools {
            Pools::Sqlite { writer, .. } => Held::SqliteTx(Writing::new(writer.acquire().await?)),
            Pools::Postgres(pool) => Held::PostgresTx(pool.begin().await?),
        };
        Ok(Tx { held, later: Vec::new() })
    }

    /// A connection for reading; each statement sees what is committed when it begins.
    pub async fn read(&self) -> Result<Tx> {
        let held = match &self.pools {
            Pools::Sqlite { readers, .. } => Held::SqliteRead(readers.acquire().await?),
            Pools::Postgres(pool) => Held::PostgresRead(pool.acquire().await?),
        };
        Ok(Tx { held, later: Vec::new() })
    }

    /// Waits until all connections are back, then closes them.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    async fn migrate(&self) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => crate::migrate::of(Backend::Sqlite).run(writer).await?,
            Pools::Postgres(pool) => crate::migrate::of(Backend::Postgres).run(pool).await?,
        }
        Ok(())
    }
}

async fn open_sqlite(url: &str) -> Result<Store> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(10))
        .pragma("cache_size", "-4000")
        .pragma("temp_store", "memory")
        // Pages that logs write again and again are brought home less often: every 16 MB in place of four.
        .pragma("wal_autocheckpoint", "4000");
    if let Some(directory) = options.get_filename().parent() {
        std::fs::create_dir_all(directory).map_err(sqlx::Error::Io)?;
    }
    let pool = || {
        let options = SqlitePoolOptions::new().acquire_timeout(WAIT_FOR_TURN).idle_timeout(None).max_lifetime(None);
        options.test_before_acquire(false) // a file does not go away as a server may
    };
    let writer = pool().max_connections(1).connect_with(options.clone()).await?;
    let readers = pool().max_connections(4).min_connections(0).connect_lazy_with(options.read_only(true));
    Ok(Store { pools: Pools::Sqlite { writer, readers } })
}

async fn open_postgres(url: &str) -> Result<Store> {
    let options = PgConnectOptions::from_str(url)?.application_name("reeve");
    let pool = PgPoolOptions::new().max_connections(16).acquire_timeout(WAIT_FOR_TURN).connect_with(options).await?;
    Ok(Store { pools: Pools::Postgres(pool) })
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

    /// The number in the only column of the only row.
    pub async fn count(&mut self, sql: Sql) -> Result<i64> {
        let (n,) = self.one::<(i64,)>(sql).await?;
        Ok(n)
    }

    /// Writes at the latest before the next statement, and before the commit. SQLite, whose connection lives on
    /// another thread, is then asked once for several writes; what is wrong with them is told then.
    pub async fn later(&mut self, sql: Sql) -> Result<()> {
        match &self.held {
            Held::SqliteTx(_) => self.later.push(sql),
            _ => drop(self.run_now(sql).await?),
        }
        Ok(())
    }

    async fn catch_up(&mut self) -> Result<()> {
        if !self.later.is_empty() {
            let later = std::mem::take(&mut self.later);
            self.run_now(Sql::in_turn(later)).await?;
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
            self.catch_up().await?;
        }
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

    /// What a SELECT ends with to lock its rows until the end of the transaction. SQLite's only writer
    /// needs no words.
    pub fn for_update(&self) -> &'static str {
        match self.backend() {
            Backend::Sqlite => "",
            Backend::Postgres => " FOR UPDATE",
        }
    }

    /// Locks the row `id` of `table` until the end of the transaction, before it is read. A lock clause on
    /// the reading statement itself would not do: PostgreSQL reads the locked row anew after waiting, but
    /// joins it with what other tables held before.
    pub async fn lock_row(&mut self, table: &str, id: impl Into<Arg>) -> Result<()> {
        if self.backend() == Backend::Postgres {
            let lock = Sql::default().text("SELECT 1 FROM ").text(table).text(" WHERE id = ? FOR UPDATE").bind(id);
            self.run(lock).await?;
        }
        Ok(())
    }

    /// The same, passing over rows that somebody else has locked.
    pub fn for_update_skip_locked(&self) -> &'static str {
        match self.backend() {
            Backend::Sqlite => "",
            Backend::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// A condition: the JSON list in `column` holds the text of the next mark.
    pub fn list_holds(&self, column: &str) -> String {
        match self.backend() {
            Backend::Sqlite => format!("EXISTS (SELECT 1 FROM json_each({column}) AS item WHERE item.value = ?)"),
            Backend::Postgres => format!("jsonb_exists({column}::jsonb, ?)"),
        }
    }

    /// An expression: the text under `key` in the JSON object in `column`; NULL when there is none.
    pub fn json_text(&self, column: &str, key: &str) -> String {
        match self.backend() {
            Backend::Sqlite => format!("({column} ->> '{key}')"),
            Backend::Postgres => format!("(({column})::jsonb ->> '{key}')"),
        }
    }

    /// A table expression: the items of the JSON list in `column`, each as `item.value`.
    pub fn items(&self, column: &str) -> String {
        match self.backend() {
            Backend::Sqlite => format!("json_each({column}) AS item"),
            Backend::Postgres => format!("jsonb_array_elements({column}::jsonb) AS item"),
        }
    }

    /// An expression: the text under the key that the next mark gives, in the JSON object of `expression`.
    pub fn json_text_of(&self, expression: &str) -> String {
        match self.backend() {
            Backend::Sqlite => format!("({expression} ->> ?)"),
            Backend::Postgres => format!("(({expression})::jsonb ->> ?)"),
        }
    }

    /// A condition: the text of `expression` fits `pattern`, where `*` stands for any text and `?` for any
    /// character. Case matters.
    pub fn glob(&self, expression: Sql, pattern: &str) -> Sql {
        match self.backend() {
            Backend::Sqlite => expression.text(" GLOB ?").bind(pattern.replace('[', "[[]")),
            Backend::Postgres => {
                let escaped = pattern.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                expression.text(" LIKE ? ESCAPE '\\'").bind(escaped.replace('*', "%").replace('?', "_"))
            }
        }
    }

    /// An expression: the instant in `column` as microseconds since 1970, an integer of 64 bits.
    pub fn micros(&self, column: &str) -> String {
        match self.backend() {
            Backend::Sqlite => column.to_owned(),
            Backend::Postgres => format!("CAST(extract(epoch FROM {column}) * 1000000 AS bigint)"),
        }
    }

    /// What follows FROM to join each row of `table` with the rows of `other` whose ids the query `ids` gives
    /// for it. PostgreSQL asks the query once for each row only when it is told so.
    pub fn each_with(&self, table: &str, ids: &str, other: &str) -> String {
        match self.backend() {
            Backend::Sqlite => format!("{table} JOIN {other} ON {other}.id IN ({ids})"),
            Backend::Postgres => {
                format!("{table} CROSS JOIN LATERAL ({ids}) AS each_row JOIN {other} ON {other}.id = each_row.id")
            }
        }
    }

    /// Makes transactions that take the same key wait for each other until they end. PostgreSQL only
    /// needs it where the order of commits must be the order of numbers.
    pub async fn one_at_a_time(&mut self, key: i64) -> Result<()> {
        if self.backend() == Backend::Postgres {
            self.all::<(bool,)>(Sql::default().text("SELECT pg_advisory_xact_lock(?) IS NULL").bind(key)).await?;
        }
        Ok(())
    }
}

impl Store {
    /// One cheap round trip; an error means that nothing else will work either.
    pub async fn ping(&self) -> Result<()> {
        let mut tx = self.read().await?;
        match tx.count(crate::sql("SELECT CAST(1 AS bigint) AS n")).await? {
            1 => Ok(()),
            other => Err(StoreError::Db(sqlx::Error::Protocol(format!("SELECT 1 gave {other}")))),
        }
    }
}
