//! What can go wrong below the rules.

/// Why a statement gave no value.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique or foreign key said no; the text names it.
    #[error("the write contradicts a constraint: {0}")]
    Conflict(String),
    /// Locks, serialization, an exhausted pool, a server that is away, a full disk; worth another try.
    #[error("the database cannot do it now")]
    Busy(#[source] sqlx::Error),
    /// A stored value is not what this program writes.
    #[error("{table}.{column} of {id} holds what it must not: {what}")]
    Corrupt { table: &'static str, column: &'static str, id: String, what: String },
    /// A migration failed or the schema is newer than this program.
    #[error("the database schema cannot be brought up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Anything else the database says.
    #[error("the database failed")]
    Db(#[source] sqlx::Error),
}

impl StoreError {
    /// True for a violated unique key or foreign key.
    pub fn is_conflict(&self) -> bool {
        matches!(self, StoreError::Conflict(_))
    }
}

/// PostgreSQL: serialization failure, deadlock, lock not available, too many connections, shutdowns.
const BUSY_CODES: [&str; 7] = ["40001", "40P01", "55P03", "53300", "57P01", "57P02", "57P03"];

/// SQLite: busy, locked, an error of the disk, a full one, a file that cannot be opened.
const SQLITE_BUSY: [i32; 5] = [5, 6, 10, 13, 14];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::error::ErrorKind;
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => StoreError::Busy(error),
            // What a connection says that is cut in the middle.
            sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) => StoreError::Busy(error),
            sqlx::Error::Database(db) => match db.kind() {
                ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation => {
                    StoreError::Conflict(db.constraint().map_or_else(|| db.message().to_owned(), str::to_owned))
                }
                _ => {
                    let code = db.code().unwrap_or_default();
                    // Extended codes of SQLite keep the plain one in the low byte.
                    let sqlite_busy = code.parse::<i32>().is_ok_and(|code| SQLITE_BUSY.contains(&(code & 0xff)));
                    if BUSY_CODES.contains(&code.as_ref()) || (code.len() < 5 && sqlite_busy) {
                        StoreError::Busy(error)
                    } else {
                        StoreError::Db(error)
                    }
                }
            },
            _ => StoreError::Db(error),
        }
    }
}
