//! A copy of a database in a file, and what an update would do to it: for commands, not for servers.

use std::collections::BTreeSet;
use std::path::Path;

use crate::database::{Backend, Store};
use crate::{Result, migrate, row, sql};

row! {
    struct Done {
        version: i64,
    }
}

impl Store {
    /// Copies everything that is committed into a new SQLite file; servers can go on writing meanwhile. Only SQLite
    /// can do that: PostgreSQL has `pg_dump`.
    pub async fn copy_into(&self, file: &Path) -> Result<()> {
        let mut tx = self.read().await?;
        tx.run(sql("VACUUM INTO ?").bind(file.display().to_string())).await.map(drop)
    }

    /// The names of the steps that the schema still has to go through.
    pub async fn pending(&self) -> Result<Vec<String>> {
        let backend = self.backend();
        let mut tx = self.read().await?;
        let tables = match backend {
            Backend::Sqlite => sql("SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' AND name = "),
            Backend::Postgres => sql("SELECT count(*) AS n FROM information_schema.tables
                                      WHERE table_schema = current_schema() AND table_name = "),
        };
        let done = match tx.count(tables.text("?").bind("_sqlx_migrations")).await? {
            0 => Vec::new(),
            _ => tx.all::<Done>(sql("SELECT version FROM _sqlx_migrations")).await?,
        };
        let done: BTreeSet<i64> = done.into_iter().map(|step| step.version).collect();
        let steps = migrate::of(backend);
        let left = steps.migrations.iter().filter(|step| !done.contains(&step.version));
        Ok(left.map(|step| step.description.to_string()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_copy_holds_what_was_committed_and_nothing_is_updated() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let fresh = Store::open_as_it_is(&url("a.db")).await.expect("it opens");
        assert_eq!(fresh.pending().await.expect("steps").first().map(String::as_str), Some("0001_base"));
        let store = Store::open(&url("a.db")).await.expect("it opens");
        assert!(store.pending().await.expect("steps").is_empty());
        let mut tx = store.write().await.expect("a turn");
        crate::configuration::set(&mut tx, "key", &serde_json::json!(1)).await.expect("it is written");
        tx.commit().await.expect("it is kept");
        fresh.copy_into(&folder.path().join("b.db")).await.expect("it is copied");
        assert!(fresh.copy_into(&folder.path().join("b.db")).await.is_err(), "a file is never written over");
        let copy = Store::open_as_it_is(&url("b.db")).await.expect("it opens");
        let kept = crate::configuration::get(&mut copy.read().await.expect("a turn"), "key").await.expect("it reads");
        assert_eq!(kept, Some(serde_json::json!(1)));
    }
}
