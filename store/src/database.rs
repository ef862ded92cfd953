//! The two databases behind one face: opening them, and connections to them.

use std::str::FromStr;
use std::time::{Duration, Instant};

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::sqlite_tx::Writing;
use crate::tx::{Held, Tx};
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

/// How long a writer waits for its turn before the caller is told to come again.
const WAIT_FOR_TURN: Duration = Duration::from_secs(20);

/// For how long a connection that answered is taken to live: a request to PostgreSQL for each use would be one in
/// eight of all.
const FRESH: Duration = Duration::from_secs(1);

impl Store {
    /// Opens `url` (`sqlite:…` or `postgres:…`) and brings the schema up to date. A missing SQLite file is
    /// created, with its directory.
    pub async fn open(url: &str) -> Result<Store> {
        let store = Store::open_as_it_is(url).await?;
        store.migrate().await?;
        Ok(store)
    }

    /// The same without touching the schema: for who only looks.
    pub async fn open_as_it_is(url: &str) -> Result<Store> {
        if url.starts_with("sqlite:") { open_sqlite(url).await } else { open_postgres(url).await }
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
        Ok(Tx::new(held))
    }

    /// A connection for reading; each statement sees what is committed when it begins.
    pub async fn read(&self) -> Result<Tx> {
        let held = match &self.pools {
            Pools::Sqlite { readers, .. } => Held::SqliteRead(readers.acquire().await?),
            Pools::Postgres(pool) => Held::PostgresRead(pool.acquire().await?),
        };
        Ok(Tx::new(held))
    }

    /// One cheap round trip; an error means that nothing else will work either.
    pub async fn ping(&self) -> Result<()> {
        let mut tx = self.read().await?;
        match tx.count(crate::sql("SELECT CAST(1 AS bigint) AS n")).await? {
            1 => Ok(()),
            other => Err(StoreError::Db(sqlx::Error::Protocol(format!("SELECT 1 gave {other}")))),
        }
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
    let pool = PgPoolOptions::new().max_connections(16).acquire_timeout(WAIT_FOR_TURN);
    // A connection is asked whether it lives when it comes back; only after a while it need be asked again.
    let pool = pool.test_before_acquire(false).before_acquire(|connection, used| {
        Box::pin(async move {
            if used.idle_for >= FRESH {
                connection.ping().await?;
            }
            Ok(true)
        })
    });
    let end = Instant::now() + WAIT_FOR_TURN;
    loop {
        match pool.clone().connect_with(options.clone()).await {
            // The pool itself waits for a port that nobody listens at yet. In a cluster the database's name may
            // not be known either before its pod is there, nor the network a way to it.
            Err(sqlx::Error::Io(_)) if Instant::now() < end => tokio::time::sleep(Duration::from_millis(500)).await,
            opened => return Ok(Store { pools: Pools::Postgres(opened?) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_postgres_that_is_not_to_be_found_yet_is_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("postgres://reeve@localhost/reeve?host={}", folder.path().display());
        let asked = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let listener = tokio::net::UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
            tokio::time::timeout(Duration::from_secs(5), listener.accept()).await.is_ok()
        };
        tokio::select! {
            opened = Store::open(&url) => panic!("it gave up: {:?}", opened.err()),
            asked = asked => assert!(asked, "it waits and does not ask"),
        }
    }
}
